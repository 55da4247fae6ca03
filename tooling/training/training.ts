// Trains cut CIFAR-10 networks and writes docs/training.md of all that the log has. What is in the log is not run again.
//   pnpm training [--log FILE] [--page] [--steps N]
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { cosine, warmUp } from "@prune/training";
import { type Measured, type Run, trainCifar } from "./cifar.js";

const { values } = parseArgs({
  options: {
    log: { type: "string", default: ".cache/training.jsonl" },
    page: { type: "boolean", default: false },
    steps: { type: "string", default: "240" },
  },
});
const { log } = values;
const [rate, every] = [0.006, 40];
const runs: readonly Run[] = [0.26, 0.34, 0.48].flatMap((share) =>
  (["both", "teacher"] as const).map((from) => ({
    name: "cifar-resnet20",
    share,
    from,
    seed: 1,
    steps: Number(values.steps),
  })),
);
const keyOf = ({ name, share, from, seed, steps }: Run): string =>
  `${name} ${share} ${from} ${seed} ${steps}`;
const known = new Map(readLog().map((row) => [keyOf(row), row]));
for (const run of values.page ? [] : runs.filter((each) => !known.has(keyOf(each)))) {
  const row = await trainCifar(run, {
    rate,
    every,
    schedule: warmUp(0.1, cosine()),
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
      `| ${row.name} | ${(100 * row.share).toFixed(0)} | ${row.from} | ${row.dense.toFixed(1)} | ${row.recovered.toFixed(1)} | **${row.trained.toFixed(1)}** ± ${row.standardError.toFixed(1)} | ${row.taken} | ${row.bestStep} | ${row.processorSeconds.toFixed(0)} s | ${row.wallSeconds.toFixed(0)} s | ${row.seed} |`,
  );
  return `# Training

Networks of CIFAR-10 cut to a share of their multiply-accumulates, recovered without training on 1,024 images, then trained by \`pnpm training\`, ${date}: stochastic gradient descent with momentum 0.9, batches of 128 of 7,200 training images (800 more are held out and say which step is best), flips and crops, a rate of ${rate} that rises for a tenth of the steps and falls along a cosine. *From*: labels at 0.3 and the original's classes at a temperature of 4 for the rest (both), or the original alone, without labels (teacher). One thread. The test images, 2,000, are only reported on.

Processor time is that of the whole run, teacher and looks at what is held out included; wall time is on a machine that others used as well, so it says little.

| network | MACs left, % | from | dense | recovered | trained | steps | best step | processor | wall | seed |
|---|---|---|---|---|---|---|---|---|---|---|
${lines.join("\n")}
`;
}
