// Accuracy against MACs of magnitude criteria, by layer and globally, in one shot and without recovery: writes
// docs/accuracy.md and docs/accuracy.svg. Some minutes; needs ../shared.
//   npx tsx tooling/accuracy/accuracy.ts
import { writeFileSync } from "node:fs";
import { page } from "./page.js";
import { type Run, runs } from "./runs.js";
import { svg } from "./svg.js";

const list: Run[] = [];
for await (const run of runs()) {
  list.push(run);
  const { model, criterion, ranking, ratio, target, macs, top1 } = run;
  console.log(
    `${model} ${criterion || "original"} ${ranking} ${target ?? ratio}: ${(100 * top1).toFixed(2)} % at ${(100 * macs).toFixed(1)} % of the MACs`,
  );
}
if (list.length === 0) throw new Error("There are no models: ../shared is missing.");
const docs = new URL("../../docs/", import.meta.url);
writeFileSync(new URL("accuracy.svg", docs), svg(list));
writeFileSync(new URL("accuracy.md", docs), page(list));
