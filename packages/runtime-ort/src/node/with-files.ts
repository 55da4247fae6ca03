import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GraphEdit, Model } from "@prune/onnx";
import { saveModel } from "@prune/onnx/node";

/** Lends an edited model as files in a temporary folder. */
export async function withFiles<T>(
  model: Model,
  edit: GraphEdit,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "prune-"));
  try {
    const path = join(folder, "model.onnx");
    await saveModel(path, model, edit);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
