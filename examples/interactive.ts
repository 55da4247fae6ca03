// A session in steps: look at what would leave, keep a unit by its name, go on.
// npm install @prune/onnx @prune/pruner @prune/importance-magnitude
import { magnitude } from "@prune/importance-magnitude";
import { noEdit, onnx } from "@prune/onnx";
import { openModel, saveModel } from "@prune/onnx/node";
import { openPruner, unitNamed, unitText } from "@prune/pruner";

const model = openModel("model.onnx");
const pruner = openPruner(model, { backend: onnx(), importance: magnitude(), ratio: 0.5, steps: 2 });
const favourite = unitNamed(pruner.trace, "conv1 channel 3");
for await (const step of pruner.steps()) {
  console.log(
    `step ${step.index}:`,
    step.leaving
      .slice(0, 3)
      .map((unit) => unitText(pruner.trace, unit))
      .join(", "),
    "...",
  );
  step.accept(step.change({ keep: [favourite] }));
}
const { model: smaller, report } = await pruner.cut();
await saveModel("chosen.onnx", smaller, noEdit);
console.log(`${report.removed} units removed, and conv1 channel 3 stays`);
