import { noEdit } from "@prune/onnx";
import { openModel, saveModel } from "@prune/onnx/node";

/** Saves a model slowly: run by a test that kills it. */
const [source, target] = process.argv.slice(2);
const model = openModel(source!);
const wait = new Int32Array(new SharedArrayBuffer(4));
const tensors = new Map(
  [...model.graph.initializers].map(([name, weight]) => [
    name,
    {
      shape: weight.shape,
      bytes: () => {
        process.stdout.write(".");
        Atomics.wait(wait, 0, 0, 20);
        return weight.bytes();
      },
    },
  ]),
);
await saveModel(target!, model, { ...noEdit, tensors });
