import { join } from "node:path";
import { temporaryFolder } from "@prune/files";
import type { GraphEdit, Model } from "@prune/onnx";
import { saveModel } from "@prune/onnx/node";

/** Lends an edited model as files in a temporary folder. */
export async function withFiles<T>(
  model: Model,
  edit: GraphEdit,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = temporaryFolder();
  try {
    const path = join(folder.path, "model.onnx");
    await saveModel(path, model, edit);
    return await use(path);
  } finally {
    folder.remove();
  }
}
