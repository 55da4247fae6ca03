// The law cut = mask, checked by hand: the smaller model computes what the original does with the removed units masked.
// npm install @prune/onnx @prune/pruner @prune/importance-magnitude @prune/runtime-ort onnxruntime-node
import { magnitude } from "@prune/importance-magnitude";
import { onnx } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { prune } from "@prune/pruner";
import { verifyLaw } from "@prune/runtime-ort";

const { report } = await prune(openModel("model.onnx"), {
  backend: onnx(),
  importance: magnitude(),
  ratio: 0.4,
  verify: verifyLaw({ seeds: 2 }),
});
const { error, moved, holds } = report.law as { error: number; moved: number; holds: boolean };
console.log(
  `holds: ${holds}, error ${error.toExponential(1)}, while masking moved the outputs by ${moved.toFixed(2)}`,
);
