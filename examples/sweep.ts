// Several candidates of a smaller model on threads of this machine, and those that nothing beats.
// npm install @prune/sweep onnxruntime-node
import { checkPlan, embedded, frontsOf, runSweep, writeResults } from "@prune/sweep";

const folder = "swept";
const plan = checkPlan({
  models: ["model.onnx"],
  grid: { ratio: [0.2, 0.4] },
  options: { importance: "lamp", global: true },
  judge: { data: "test.images.u8", dataConfig: "test.json", labels: "test.labels.u8" },
  measure: ["macs", "bytes", "accuracy"],
  front: ["macs", "accuracy"],
});
// What ended before is in the folder's journal, and is not run again.
const { points, ended } = await runSweep(plan, {
  folder,
  engine: () => embedded({ folder, threads: 1 }),
  finish: (swept, engine) => writeResults(folder, swept, engine),
});
console.log(
  `${points.length} candidates, ${frontsOf(plan, points)[0]?.points.length} on the front, ${ended}; results.json, front.svg and models in ${folder}`,
);
