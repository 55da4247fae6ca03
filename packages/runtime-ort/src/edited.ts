import { type GraphEdit, type Model, modelToBytes } from "@prune/onnx";
import type { Source } from "./law/models.js";
import { type OrtRuntime, runtimeOf } from "./runtime.js";
import { weightBytes } from "./stretches/weight-bytes.js";

/** Above this an edited model goes to the runtime as files, and past 2 GiB it could not go otherwise. */
const mostBytes = 256 * 2 ** 20;

/**
 * Lends an edited model to a runtime: as bytes, or as files in a temporary folder where bytes would be too many to hold
 * beside what the runtime makes of them. A session that was opened on the files outlives them.
 */
export async function withEdited<T>(
  model: Model,
  edit: GraphEdit,
  use: (source: Source) => Promise<T>,
  options: { readonly runtime?: OrtRuntime | undefined } = {},
): Promise<T> {
  if (weightBytes(model.graph) <= mostBytes) return use(modelToBytes(model, edit));
  const { withFiles } = (await runtimeOf(options)).host;
  return withFiles ? withFiles(model, edit, use) : use(modelToBytes(model, edit));
}
