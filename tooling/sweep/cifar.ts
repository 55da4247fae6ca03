// `pnpm sweep:cifar FOLDER`: 60 candidates of cifar-resnet20 (criteria, rankings, budgets of MACs), recovered and judged, halved
// once; puts their front into docs/sweeps.md, beside the rows of docs/recovery.md. A run that was stopped goes on where it was, with the same code.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SweepPlan } from "@prune/sweep";
import type { ResultsFile } from "@prune/sweep/advanced";
import { models } from "../recovery/images.js";
import { bundledCommand, ended, planFile, started } from "./command.js";

const at = (name: string): string => join(models, name);
const config = at("cifar-resnet20.json");
const plan: SweepPlan = {
  models: [at("cifar-resnet20.onnx")],
  options: { data: at("cifar10-train.images.u8"), dataConfig: config, seed: 1 },
  list: (["l2", "lamp", "wanda", "reconstruction"] as const).flatMap((importance) =>
    [0.78, 0.6, 0.48, 0.34, 0.26].flatMap((macs) =>
      [{}, { global: true }, { isomorphic: true }].map((ranking) => ({
        importance,
        target: { macs },
        ...ranking,
      })),
    ),
  ),
  measure: ["bytes", "macs", "parameters", "agreement", "accuracy"],
  judge: {
    data: at("cifar10-test.images.u8"),
    labels: at("cifar10-test.labels.u8"),
    dataConfig: config,
    samples: 2000,
  },
  front: ["macs", "accuracy"],
  halving: { samples: [128, 1024], keep: 0.25 },
};

const folder = process.argv[2] ?? "out/sweep-cifar";
mkdirSync(folder, { recursive: true });
const command = await bundledCommand();
const sweep = started(command, ["sweep", planFile(folder, plan), "-o", folder], join(folder, "log"));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => sweep.kill(signal));
if ((await ended(sweep)) !== 0) throw new Error(`see ${folder}/log`);
const { candidates, ended: how } = JSON.parse(
  readFileSync(join(folder, "results.json"), "utf8"),
) as ResultsFile;
const last = Math.max(...candidates.map(({ round }) => round));
const inLast = candidates.filter(({ round }) => round === last).length;
console.log(`${candidates.length} candidates, ended: ${how}; the last round has ${inLast}\n`);

/** By hand: MACs and accuracy after recovery, in %, of docs/recovery.md. */
const rows = [
  ...readFileSync("docs/recovery.md", "utf8").matchAll(/^\| ([\d.]+) \|(?: [\d.]+ \|){4} \*\*([\d.]+)\*\*/gm),
]
  .slice(0, 5)
  .map(([, macs, accuracy]) => ({ macs: Number(macs), accuracy: Number(accuracy) }));
const percent = (value: number | undefined): string => (100 * (value ?? Number.NaN)).toFixed(1);

/** A row of the table for each candidate of the front, beside that by hand with as many MACs. */
const table = candidates
  .filter(({ front }) => front)
  .flatMap(({ options, outcome }) => {
    if (outcome.state !== "done") return [];
    const { measures, original } = outcome;
    const share = (measures.macs ?? 0) / (original.macs ?? 1);
    const near = rows.find(({ macs }) => Math.abs(macs - 100 * share) < 2.5);
    const ranking = options.global ? ", global" : options.isomorphic ? ", isomorphic" : "";
    const cells = [
      `${options.importance}${ranking}`,
      percent(share),
      percent((measures.parameters ?? 0) / (original.parameters ?? 1)),
      percent(measures.agreement),
      percent(measures.accuracy),
      near ? near.accuracy.toFixed(1) : "",
    ];
    return [{ share, row: `| ${cells.join(" | ")} |` }];
  })
  .sort((a, b) => a.share - b.share)
  .map(({ row }) => row);
const text = [
  "| candidate | MACs | parameters | agreement | accuracy | by hand, at these MACs |",
  "| --- | --- | --- | --- | --- | --- |",
  ...table,
].join("\n");
console.log(text);

// A sweep that is whole takes the place of the one before it in the docs.
const docs = "docs/sweeps.md";
const [begin, end] = ["<!-- front of `pnpm sweep:cifar` -->", "<!-- end of the front -->"];
const page = readFileSync(docs, "utf8");
const [before = "", after] = page.split(begin);
if (how === "done" && after !== undefined) {
  writeFileSync(docs, `${before}${begin}\n\n${text}\n\n${end}${after.split(end)[1] ?? ""}`);
  console.log(`\nwritten into ${docs}`);
}
