// `pnpm fuzz [--seed N] [--count N] [--kind onnx|graph|layers|plan|data] [--keep FOLDER]`: changes sound inputs and puts
// them through the command. Every mutant must be pruned by the law or refused by a typed error, within 10 seconds and
// 1 GB. Prints a table, and each failure with as few changes as show it; `--keep` leaves the files of those in a folder.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Counts, fuzz, type Kind, kinds, writeMutant } from "./run.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "500" },
    kind: { type: "string", multiple: true },
    keep: { type: "string" },
  },
});
const asked = (values.kind ?? Object.keys(kinds)) as Kind[];
const count = Number(values.count);
const seed = Number(values.seed);
const unknown = asked.find((kind) => !(kind in kinds));
if (unknown !== undefined || !Number.isSafeInteger(count) || !Number.isSafeInteger(seed)) {
  console.error(`Kinds are ${Object.keys(kinds).join(", ")}; count and seed are whole numbers.`);
  process.exit(2);
}

// A run that is stopped says what it counted.
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());

let failures = 0;
const table = await fuzz({
  kinds: asked,
  count,
  seed,
  signal: stop.signal,
  onProgress(done) {
    if (done % 250 === 0) console.error(`${done} of ${count}`);
  },
  onFailure({ base, seeds, mutant, outcome }) {
    const line = outcome.message.replace(/\s+/g, " ").slice(0, 300);
    console.log(
      `\nFAILED ${base.kind}, "${base.name}", changes ${seeds.join(" ")}: ${outcome.code}: ${line}`,
    );
    for (const edit of mutant.edits) console.log(`  ${JSON.stringify(edit).slice(0, 160)}`);
    console.log(`  prune ${mutant.args.join(" ")}`);
    if (values.keep !== undefined) writeMutant(mutant, join(values.keep, `${base.kind}-${failures}`));
    failures++;
  },
});

const columns = ["fine", "typed", "late", "untyped", "hang", "memory", "abort", "left"] as const;
console.log(
  `\n| kind | ${columns.join(" | ")} | seconds |\n|---|${columns.map(() => "---:|").join("")}---:|`,
);
for (const [kind, counts] of table) console.log(row(kind, counts));
for (const [kind, { codes }] of table)
  console.log(
    `${kind}: ${[...codes]
      .sort(([, a], [, b]) => b - a)
      .map(([code, n]) => `${code} ${n}`)
      .join(", ")}`,
  );
process.exitCode = failures > 0 ? 1 : 0;

function row(kind: string, counts: Counts): string {
  return `| ${kind} | ${columns.map((column) => counts[column]).join(" | ")} | ${counts.seconds.toFixed(0)} |`;
}
