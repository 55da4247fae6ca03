// Accuracy against MACs of every criterion and ranking on trained classifiers, in one shot and without recovery: writes
// docs/accuracy.md and docs/accuracy.svg. Needs ../shared.
//   pnpm accuracy [NAME...]   # of these networks alone, to the console
import { writeFileSync } from "node:fs";
import { page } from "./page.js";
import { type Beside, besides } from "./references.js";
import { present } from "./runs.js";
import { svg } from "./svg.js";
import { inProcesses } from "./workers.js";

const only = process.argv.slice(2);
const names = present().filter((name) => only.length === 0 || only.includes(name));
if (names.length === 0)
  throw new Error("There are no such networks: ../shared is missing, or none of them is there.");
const list = await inProcesses(names, ({ model, criterion, ranking, ratio, macs, top1 }) => {
  const what = criterion ? `${criterion} ${ranking} ${100 * ratio} %` : "original";
  process.stdout.write(
    `${model} ${what}: ${top1.toFixed(1)} % at ${(100 * macs).toFixed(1)} % of the MACs\n`,
  );
});
if (only.length === 0) {
  const beside: Beside[] = [];
  for await (const row of besides()) beside.push(row);
  const date = new Date().toISOString().slice(0, 10);
  const docs = new URL("../../docs/", import.meta.url);
  writeFileSync(new URL("accuracy.svg", docs), svg(list));
  writeFileSync(new URL("accuracy.md", docs), page(list, beside, date));
}
