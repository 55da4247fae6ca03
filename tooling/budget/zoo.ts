// Sets budgets on zoo graphs and prints how close each comes, with the time it takes. No weights are needed.
//   npx tsx tooling/budget/zoo.ts [NAME]...
import { random } from "@prune/importance-magnitude";
import { onnx } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { plan } from "@prune/pruner";
import { sharedFile } from "../zoo/zoo.js";
import { graphs, targets } from "./targets.js";

const backend = onnx();
const importance = random();
const chosen = process.argv.slice(2);
console.log("| graph | target | reached | of the target | ranked | seconds |\n|---|---|---|---|---|---|");
for (const name of chosen.length > 0 ? chosen : graphs) {
  const path = sharedFile(`zoo/${name}.onnx`);
  if (!path) continue;
  const model = openModel(path);
  const trace = backend.trace(model);
  for (const target of targets)
    for (const global of [false, true]) {
      const started = performance.now();
      const found = await plan(model, { backend, importance, trace, target, global });
      const { budget } = found;
      if (!budget) continue;
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const [resource, share] = Object.entries(target)[0] ?? [];
      const reached = `${((100 * budget.reached) / budget.original).toFixed(2)} %`;
      const of = `${((100 * budget.reached) / budget.target).toFixed(2)} %${budget.why ? `: ${budget.why}` : ""}`;
      console.log(
        `| ${name} | ${resource} ${share} | ${reached} | ${of} | ${global ? "globally" : "by layer"} | ${seconds} |`,
      );
    }
}
