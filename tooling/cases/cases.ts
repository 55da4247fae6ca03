// `pnpm cases [WORD]`: puts inputs that failed once, or whose kind did, through the built command, and prints a line for
// each: what happened, what is right, and whether that is the same. The inputs are not part of the repository; without
// them this says so and ends. `PRUNE_CASES` is where they lie.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { judgeInspect, judgePrune, type Verdict } from "./judge.js";
import { type Right, type Row, rows } from "./rows.js";
import { runCommand } from "./run-command.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cases = process.env.PRUNE_CASES ?? join(root, "../shared/cases");
const command = join(root, "apps/cli/dist/prune.js");
const sample = join(root, "apps/cli/sample/glyphs.onnx");
const limits = { time: 60_000, memory: 2 * 2 ** 30 };
const [word = ""] = process.argv.slice(2);

if (!existsSync(cases)) {
  console.log(`skipped: there are no cases at ${cases}`);
  process.exit(0);
}
if (!existsSync(command)) {
  console.error("There is no built command: `pnpm turbo run build --filter @prune/cli` first.");
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "cases-prune-"));
const counts = { ok: 0, not: 0 };

function told(input: string, what: string, { happened, ok }: Verdict, right: Right, seconds: number): void {
  counts[ok ? "ok" : "not"]++;
  const line = happened.replace(/\s+/g, " ").slice(0, 110);
  console.log(
    `${ok ? "ok " : "NOT"} ${input} | ${what} | ${line} | right: ${rightText(right)} | ${seconds.toFixed(1)} s`,
  );
}

function rightText(right: Right): string {
  if (right.is === "refused") return `refused${right.codes ? ` (${right.codes.join(", ")})` : ""}`;
  if (right.is === "either") return "refused, or pruned by the law";
  return `pruned by the law${right.share === undefined ? "" : `, ${100 * right.share} % prunable`}`;
}

async function runRow(row: Row, path: string): Promise<void> {
  const input = relative(cases, path);
  const model = row.model === "SAMPLE" ? sample : path;
  const args = (row.args ?? ["--ratio", "0.25"]).map((arg) => (arg === "INPUT" ? path : arg));
  const home = mkdtempSync(join(folder, "case-"));
  const recipe = join(home, "recipe.json");
  const out = join(home, model.endsWith(".json") ? "smaller" : "smaller.onnx");
  if (row.model === undefined && row.args === undefined) {
    const ended = await runCommand([command, "inspect", model, "--json"], limits);
    told(input, "inspect", judgeInspect(row, ended), row.right, ended.seconds);
  }
  const line = row.command ? [row.command, model] : [model, "--recipe", recipe];
  const ended = await runCommand([command, ...line, "-o", out, ...args, "--json"], limits);
  const verdict = judgePrune(row, ended, existsSync(recipe) ? removalsIn(recipe) : undefined);
  const left = ended.end === 0 || !existsSync(out);
  told(
    input,
    args.map((arg) => (arg === path ? "INPUT" : arg)).join(" "),
    left ? verdict : { happened: `${verdict.happened}; an output was left`, ok: false },
    row.right,
    ended.seconds,
  );
  rmSync(home, { recursive: true });
}

const removalsIn = (recipe: string): string[] =>
  (JSON.parse(readFileSync(recipe, "utf8")) as { parameters: { tensor: string }[] }).parameters.map(
    ({ tensor }) => tensor,
  );

/** `*` is anything within a name. */
const patternOf = (input: string): RegExp =>
  new RegExp(`^${input.replace(/[.+]/g, "\\$&").replaceAll("*", "[^/]*")}$`);

try {
  const files = readdirSync(cases, { recursive: true })
    .map((name) => String(name).replaceAll(sep, "/"))
    .sort();
  for (const row of rows) {
    const fitting = files.filter((name) => patternOf(row.input).test(name));
    if (fitting.length === 0) console.log(`--- nothing fits ${row.input}`);
    for (const name of fitting) if (name.includes(word)) await runRow(row, join(cases, name));
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`\n${counts.ok} of ${counts.ok + counts.not} as they should be`);
process.exitCode = counts.not > 0 ? 1 : 0;
