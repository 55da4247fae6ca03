import { type Model, modelToBytes, noEdit, readModel, withoutRounding } from "@prune/onnx";
import { RuntimeError } from "../error.js";
import { type Outputs, run } from "../run.js";
import { type OrtRuntime, runtimeOf } from "../runtime.js";
import { createSession, type Session } from "../session.js";
import type { ValuesByName } from "../values.js";

/** A model as a path or as bytes. */
export type Source = string | Uint8Array;

/** What models of the law are run by. */
export interface Running {
  readonly runtime?: OrtRuntime | undefined;
  /** Let the runtime rewrite the graph. */
  readonly optimise: boolean;
}

/** A quantised model without the roundings of activations, which tip: see `withoutRounding`. */
export const unrounded = async (source: Source, by: Pick<Running, "runtime">): Promise<Source> =>
  withoutTipping(await read(source, by)) ?? source;

/** The same, and beside a model that rounds nothing what it is traced as, where reading put branches or functions in place. */
export async function unroundedAndFlat(
  source: Source,
  by: Pick<Running, "runtime">,
): Promise<{ readonly plain: Source; readonly flat: Uint8Array | undefined }> {
  const model = await read(source, by);
  const plain = withoutTipping(model);
  return { plain: plain ?? source, flat: plain || !model.inlined ? undefined : modelToBytes(model, noEdit) };
}

/** undefined where a model rounds nothing. */
function withoutTipping(model: Model): Uint8Array | undefined {
  const edit = withoutRounding(model);
  return edit.nodes.size > 0 ? modelToBytes(model, edit) : undefined;
}

async function read(source: Source, by: Pick<Running, "runtime">): Promise<Model> {
  if (typeof source !== "string") return readModel(source);
  const { openModel } = (await runtimeOf(by)).host;
  if (!openModel)
    throw new RuntimeError("model-refused", {
      model: `"${source}"`,
      reason: "there are no files here; give its bytes.",
    });
  return openModel(source);
}

/** What a model answers to each of the feeds, as written or as the runtime rewrites it. */
export const outputsOf = (model: Source, feeds: readonly ValuesByName[], by: Running): Promise<Outputs[]> =>
  withSession(model, by, (session) => runAll(session, feeds));

export async function runAll(session: Session, feeds: readonly ValuesByName[]): Promise<Outputs[]> {
  const outputs: Outputs[] = [];
  for (const values of feeds) outputs.push(await run(session, values));
  return outputs;
}

export async function withSession<T>(
  model: Source,
  by: Running,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await createSession(model, by);
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}
