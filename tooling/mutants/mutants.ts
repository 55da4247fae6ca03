// Changes code that a wrong model could come from, a little at a time, and counts the changes that a test notices.
//   pnpm mutants [--sample 10] [--seed 1] [--write] [AREA]...
// Takes so many mutants of every area, or all with --sample 0. A mutant is killed when a test fails, or runs on for
// minutes, far longer than without a mutant: the tests of an area run without one first, and have to pass, since on a
// machine that is too slow for them every mutant would look killed. --write puts the score into docs/mutants.md.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Area, areas } from "./areas.js";
import { type Mutation, mutationsOf } from "./mutations.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    write: { type: "boolean", default: false },
  },
});
const root = fileURLToPath(new URL("../..", import.meta.url));
/** Milliseconds that tests may take at least; beyond that, so many times what they took without a mutant. */
const longest = 300_000;
const slower = 5;

interface Score {
  readonly area: Area;
  readonly of: number;
  readonly tried: number;
  readonly survived: readonly Mutation[];
}

const scores: Score[] = [];
for (const area of areas.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  const all = area.code
    .flatMap(filesOf)
    .flatMap((file) => mutationsOf(file, readFileSync(root + file, "utf8")));
  const chosen = sampled(all, Number(values.sample), Number(values.seed));
  const limits = area.tests.map((tests) => {
    const began = performance.now();
    if (fails(tests))
      throw new Error(`${tests.join(" ")} fail without a mutant: no mutant can be judged by them.`);
    return Math.max(longest, slower * (performance.now() - began));
  });
  const survived: Mutation[] = [];
  for (const mutation of chosen) {
    const { file, line, before, after } = mutation;
    const killed = area.tests.some((tests, i) => fails(tests, mutation, limits[i]));
    if (!killed) survived.push(mutation);
    console.log(`${killed ? "killed  " : "SURVIVED"} ${file}:${line} ${short(before)} => ${short(after)}`);
  }
  scores.push({ area, of: all.length, tried: chosen.length, survived });
  console.log(`${area.name}: ${chosen.length - survived.length} of ${chosen.length} killed`);
}
if (values.write) writeFileSync(`${root}docs/mutants.md`, document());

function fails(tests: readonly string[], mutation?: Mutation, timeout?: number): boolean {
  const vitest = `${root}node_modules/.bin/vitest`;
  const { status } = spawnSync(vitest, ["run", "--bail", "1", "--maxWorkers", "1", ...tests], {
    cwd: root,
    env: { ...process.env, ...(mutation && { PRUNE_MUTANT: JSON.stringify(mutation) }) },
    stdio: "ignore",
    timeout,
  });
  return status !== 0;
}

function filesOf(path: string): string[] {
  if (statSync(root + path).isFile()) return [path];
  return readdirSync(root + path)
    .sort()
    .map((name) => `${path}/${name}`)
    .flatMap((inner) => (statSync(root + inner).isDirectory() ? filesOf(inner) : [inner]))
    .filter(
      (file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !/(errors|index)\.ts$/.test(file),
    );
}

/** Some of a list, the same ones for the same seed; all of it for 0. */
function sampled<T>(list: readonly T[], count: number, seed: number): T[] {
  if (count === 0 || count >= list.length) return [...list];
  const left = [...list];
  let state = seed >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return left.splice(Math.floor((state / 2 ** 32) * left.length), 1)[0] as T;
  });
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}

function document(): string {
  const rows = scores.map(({ area, of, tried, survived }) => {
    const share = ((100 * (tried - survived.length)) / tried).toFixed(0);
    return `| ${area.name} | ${of} | ${tried} | ${tried - survived.length} | ${share}% |`;
  });
  const left = scores.flatMap(({ survived }) =>
    survived.map(
      ({ file, line, before, after }) => `- \`${file}:${line}\`: \`${short(before)}\` => \`${short(after)}\``,
    ),
  );
  return `# Mutants

How many small changes of the code that a wrong model could come from are noticed by a test: operators and comparisons
swapped, conditions negated, constants off by one, \`some\` for \`every\`. A sample of each area, drawn with seed ${values.seed}.

| area | mutants | tried | killed | share |
|---|---|---|---|---|
${rows.join("\n")}

Survivors, of which some change speed or nothing at all:

${left.length > 0 ? left.join("\n") : "none"}

Made by \`pnpm mutants --sample ${values.sample} --seed ${values.seed} --write\`.
`;
}
