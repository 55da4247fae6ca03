// What every runtime and bundler of the matrix has to run: cut a model, read the result again.
import { magnitude } from "@prune/importance-magnitude";
import { modelToBytes, noEdit, OnnxError, onnx, readModel } from "@prune/onnx";
import { prune } from "@prune/pruner";

export async function pruned(bytes) {
  const model = readModel(bytes);
  const { model: smaller, report } = await prune(model, {
    backend: onnx(),
    importance: magnitude({ p: 2 }),
    ratio: 0.5,
  });
  const again = readModel(modelToBytes(smaller, noEdit));
  let refused = false;
  try {
    readModel(new Uint8Array(3));
  } catch (error) {
    refused = error instanceof OnnxError;
  }
  const isSmaller = again.source.length < model.source.length;
  return `removed ${report.removed}, smaller ${isSmaller}, refused ${refused}`;
}
