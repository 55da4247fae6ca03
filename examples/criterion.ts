// A criterion of your own: how unlike all others a unit's first weights are.
// npm install @prune/graph @prune/onnx @prune/pruner @prune/runtime-ort onnxruntime-node
import type { Importance, Trace } from "@prune/graph";
import { onnx } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { checkImportance, prune } from "@prune/pruner";
import { verifyLaw } from "@prune/runtime-ort";

/** The largest magnitude among the weights that make a unit. */
const peak = (): Importance => ({
  name: "peak",
  needs: ["weights"],
  async score({ units, members }, probe) {
    const scores = new Float32Array(units.length);
    const unitAt = new Map([...units].map((unit, i) => [unit, i]));
    for (const m of members) {
      const { parameter, selector } = probe.trace.members[m] as Trace["members"][number];
      const weights = probe.weights(parameter.tensor);
      // Only plain axes here: one dim of the tensor as it is stored.
      const [dim] = selector.dims;
      if (!weights || selector.role !== "out" || dim === undefined || selector.dims.length > 1) continue;
      const behind = selector.view.slice(dim + 1).reduce((a, b) => a * b, 1);
      const size = selector.view[dim] as number;
      const unitOf = new Map<number, number>();
      for (const unit of units)
        probe.trace.eachPlace(unit, (member, position) => {
          if (member === m) unitOf.set(position, unitAt.get(unit) as number);
        });
      weights.data.forEach((value, i) => {
        const unit = unitOf.get(Math.floor(i / behind) % size);
        if (unit !== undefined) scores[unit] = Math.max(scores[unit] as number, Math.abs(value));
      });
    }
    return scores;
  },
});

const model = openModel("model.onnx");
const backend = onnx();
const wrong = await checkImportance(peak(), backend.probe(model, backend.trace(model)));
if (wrong.length > 0) throw new Error(wrong.join("\n"));
const { report } = await prune(model, { backend, importance: peak(), ratio: 0.25, verify: verifyLaw() });
const { holds } = report.law as { readonly holds: boolean };
console.log(`${report.removed} units removed by ${report.criterion}, the law holds: ${holds}`);
