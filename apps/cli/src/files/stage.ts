import { discardAll, publishAll, type Staged, stageContents } from "@prune/files";
import { type GraphEdit, type Model, modelToBytes } from "@prune/onnx";
import { stageModel } from "@prune/onnx/node";
import { isStream, stageStream } from "./stream.js";

const utf8 = new TextEncoder();

export async function stageText(path: string, text: string): Promise<Staged> {
  return isStream(path) ? stageStream(path, utf8.encode(text)) : stageContents(path, text);
}

export const stageJson = (path: string, value: unknown): Promise<Staged> =>
  stageText(path, `${JSON.stringify(value, null, 2)}\n`);

/** An ONNX model, with its weights files; into a pipe or a device it goes in one piece. */
export const stageOnnx = async (path: string, model: Model, edit: GraphEdit): Promise<Staged> =>
  isStream(path) ? stageStream(path, modelToBytes(model, edit)) : stageModel(path, model, edit);

/** Makes files of a run, each complete, and publishes them only once all are: the model first, what tells of it after. */
export async function publishTogether(
  model: Staged | undefined,
  others: readonly (() => Promise<Staged> | undefined)[],
): Promise<void> {
  const staged: Staged[] = model ? [model] : [];
  try {
    for (const make of others) {
      const made = await make();
      if (made) staged.push(made);
    }
  } catch (error) {
    await discardAll(staged);
    throw error;
  }
  await publishAll(staged);
}

/** Text that is published at once. */
export const writeText = async (path: string, text: string): Promise<void> =>
  publishTogether(undefined, [() => stageText(path, text)]);
