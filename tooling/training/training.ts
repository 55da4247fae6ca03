// Trains cut CIFAR-10 networks and writes docs/training.md of all that the log has. What is in the log is not run again.
//   pnpm training [--log FILE] [--page] [--only PART]
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { adamW } from "@prune/autodiff";
import { cosine, warmUp } from "@prune/training";
import { type Measured, type Run, trainCifar } from "./cifar.js";

const { values } = parseArgs({
  options: {
    log: { type: "string", default: ".cache/training.jsonl" },
    page: { type: "boolean", default: false },
    only: { type: "string", default: "" },
  },
});
const { log } = values;
const rates: Readonly<Record<string, number>> = { "cifar-resnet20": 0.002, "cifar-vit": 0.0005 };
const warm = 0.05;
// As many steps as fit into 20 minutes of one core's time, which is what 10 minutes on two cores give.
const networks = [
  { name: "cifar-resnet20", share: 0.48, by: "curves", steps: 2000 },
  { name: "cifar-resnet20", share: 0.34, by: "curves", steps: 2250 },
  { name: "cifar-resnet20", share: 0.26, by: "curves", steps: 2500 },
  { name: "cifar-vit", share: 0.34, by: "ranking", steps: 2000 },
  { name: "cifar-vit", share: 0.26, by: "ranking", steps: 2000 },
] as const;
const runs: readonly Run[] = networks.flatMap((network) =>
  (["both", "teacher"] as const).map((from) => ({ ...network, from, seed: 1 })),
);
const blended: Run = {
  ...{ name: "cifar-resnet20", share: 0.26, by: "curves", from: "teacher", seed: 1 },
  ...{ steps: 1500, blends: true },
};
/** The original knows the training images by heart, but its classes say more than a label: how much of each is best is tried. */
const fewLabels: readonly Run[] = networks
  .filter(({ name }) => name === "cifar-resnet20")
  .map((network) => ({ ...network, from: "both", hardShare: 0.1, seed: 1 }));
const keyOf = ({ name, share, from, blends, hardShare, seed, steps }: Run): string =>
  `${name} ${share} ${from} ${seed} ${steps}${blends ? " blended" : ""}${hardShare === undefined ? "" : ` labels ${hardShare}`}`;
const known = new Map(readLog().map((row) => [keyOf(row), row]));
const left = [...runs, ...fewLabels, blended].filter(
  (each) => !known.has(keyOf(each)) && keyOf(each).includes(values.only),
);
for (const run of values.page ? [] : left) {
  const row = await trainCifar(run, {
    optimiser: adamW({ weightDecay: 1e-4 }),
    rate: rates[run.name] as number,
    every: 100,
    schedule: warmUp(warm, cosine()),
    session: { intraOpNumThreads: 1 },
  });
  mkdirSync(dirname(log), { recursive: true });
  appendFileSync(log, `${JSON.stringify(row)}\n`);
  console.log(JSON.stringify(row));
}
writeFileSync("docs/training.md", page(readLog(), new Date().toISOString().slice(0, 10)));

function readLog(): Measured[] {
  if (!existsSync(log)) return [];
  return readFileSync(log, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((text) => JSON.parse(text) as Measured);
}

function page(rows: readonly Measured[], date: string): string {
  const lines = rows.map(
    (row) =>
      `| ${row.name} | ${(100 * row.share).toFixed(0)} | ${row.from}${row.blends ? ", blends" : ""}${row.hardShare === undefined ? "" : `, labels at ${row.hardShare}`} | ${row.dense.toFixed(1)} | ${row.recovered.toFixed(1)} | **${row.trained.toFixed(1)}** ± ${row.standardError.toFixed(1)} | ${row.taken} | ${row.bestStep} | ${row.processorSeconds.toFixed(0)} s | ${row.wallSeconds.toFixed(0)} s | ${row.seed} |`,
  );
  return `# Training

Networks of CIFAR-10 cut to a share of their multiply-accumulates, recovered without training on 1,024 images (units chosen by curves, or by one ranking for the transformer), then trained by \`pnpm training\`, ${date}: AdamW, batches of 128 of 7,200 training images (800 more are held out and say which step is best), flips and crops (and blends of two images where the table says so), a rate of ${rates["cifar-resnet20"]} (${rates["cifar-vit"]} for the transformer) that rises for a twentieth of the steps and falls along a cosine. *From*: labels at 0.3, or what the table says, and the original's classes at a temperature of 4 for the rest (both), or the original alone, without labels (teacher). One thread. The test images, 2,000, are only reported on.

Networks are ONNX models; GraphModels of TensorFlow.js are not trained, and LayersModels train by TensorFlow.js itself.

Processor time is that of the whole run, teacher and looks at what is held out included; wall time is on a machine that others used as well, so it says little.

| network | MACs left, % | from | dense | recovered | trained | steps | best step | processor | wall | seed |
|---|---|---|---|---|---|---|---|---|---|---|
${lines.join("\n")}
`;
}
