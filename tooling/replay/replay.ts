// Shows that a change of no behaviour is one: traces, prunes, masks and shrinks every graph of the zoo and every model of
// ../shared/models on made-up weights, and compares groups, frozen axes, plans, recipes, reports, costs and the bytes of
// cut and masked models with those that another commit gives.
//   pnpm replay [--against COMMIT] [--quick] [NAME[=PATH]]...    default: main
//   pnpm replay --write FILE [--quick] [NAME[=PATH]]...          keeps what this checkout gives
//   pnpm replay --against FILE ...                               compares with what --write kept
//   pnpm replay --recover ...                                    recoveries of trained models on made-up samples instead
// What a commit gives is kept in the temporary folder, so the next comparison with it takes half the time.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Outcome, outcomeOf } from "./outcome.js";
import { recoveredOf } from "./recovered.js";
import { recoverable, subjects } from "./subjects.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    against: { type: "string", default: "main" },
    quick: { type: "boolean", default: false },
    recover: { type: "boolean", default: false },
    write: { type: "string" },
  },
});

const here = fileURLToPath(new URL("../..", import.meta.url));
const known = values.recover ? recoverable() : subjects(false);
const ofModel = values.recover ? recoveredOf : outcomeOf;
const all = values.recover ? known : subjects(values.quick);
const chosen = new Map(positionals.length > 0 ? positionals.map(named) : all);
if (values.write) await write(values.write);
else await compare(wanted(values.against));

async function write(file: string): Promise<void> {
  const outcomes = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, Outcome>)
    : {};
  for (const [name, path] of chosen) {
    outcomes[name] ??= await ofModel(path);
    writeFileSync(file, `${JSON.stringify(outcomes, null, 1)}\n`);
  }
}

async function compare(before: Readonly<Record<string, Outcome>>): Promise<void> {
  let different = 0;
  let facts = 0;
  for (const [name, path] of chosen) {
    const want = before[name] ?? {};
    const got = await ofModel(path);
    const names = [...new Set([...Object.keys(want), ...Object.keys(got)])];
    const changed = names.filter((fact) => want[fact] !== got[fact]);
    facts += names.length;
    if (changed.length === 0) continue;
    different++;
    console.log(`${name}: ${changed.map((fact) => `${fact} (${want[fact]} => ${got[fact]})`).join(", ")}`);
  }
  console.log(`${chosen.size} models, ${facts} facts, ${different} models differ from ${values.against}`);
  process.exitCode = different > 0 ? 1 : 0;
}

/** What a file has kept, or a commit gives, by a checkout of it that this script is copied into. */
function wanted(commit: string): Record<string, Outcome> {
  if (existsSync(commit)) return JSON.parse(readFileSync(commit, "utf8")) as Record<string, Outcome>;
  const id = run("git", ["rev-parse", "--short=12", commit], here).trim();
  const folder = join(tmpdir(), "prune-replay");
  const file = join(folder, `${id}.json`);
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, Outcome>) : {};
  if ([...chosen.keys()].every((name) => kept[name])) return kept;
  const checkout = join(folder, id);
  mkdirSync(folder, { recursive: true });
  if (!existsSync(checkout)) {
    run("git", ["worktree", "add", "--detach", checkout, id], here);
    run("npx", ["--yes", "pnpm@10.34.9", "install", "--frozen-lockfile", "--prefer-offline"], checkout);
  }
  try {
    cpSync(join(here, "tooling/replay"), join(checkout, "tooling/replay"), { recursive: true });
    const script = join(checkout, "tooling/replay/replay.ts");
    const models = [...chosen].map(([name, path]) => `${name}=${path}`);
    const how = values.recover ? ["--recover"] : [];
    run("node", ["--import", "tsx", script, "--write", file, ...how, ...models], checkout);
  } finally {
    run("git", ["worktree", "remove", "--force", checkout], here);
  }
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, Outcome>;
}

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

/** `NAME`, or `NAME=PATH` for a model that is not in ../shared. */
function named(argument: string): readonly [string, string] {
  const [name = "", path = known.get(name)] = argument.split("=");
  if (!path) throw new Error(`No model "${name}" in ../shared.`);
  return [name, path];
}
