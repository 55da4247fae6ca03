// Makes up decoders of 1.1 and 7 billion float16 weights, and writes docs/scale.md: what it takes to look at one and to
// prune it, beside `cp` of its weights.
//   pnpm scale [--law] [0.1B | 1.1B | 7B]...       (Linux; 38 GB in the temporary folder, or in that of PRUNE_SCALE)
// Takes about five minutes; the machine should be quiet, as it reads clocks. With names it prints, and writes nothing of
// docs. `--law` checks each cut too, in 4 GB of memory: minutes more. Rows that are done are kept in the folder until all
// are, so that the same command goes on where one ended early; models and copies go in any case, also when it is stopped.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type DecoderSizes, writeDecoder } from "./decoder.js";
import { kernelRows } from "./kernel-rows.js";

const sizes: Readonly<Record<string, DecoderSizes>> = {
  "1.1B": { layers: 22, width: 2048, heads: 32, groups: 4, hidden: 5632, vocabulary: 32000 },
  "0.1B": { layers: 8, width: 1024, heads: 16, groups: 4, hidden: 2816, vocabulary: 16000 },
  "7B": { layers: 32, width: 4096, heads: 32, groups: 32, hidden: 11008, vocabulary: 32000 },
};
/** Those of the table; the other is for trying this program. */
const usual = ["1.1B", "7B"];
const given = process.argv.slice(2);
const isJudged = given.includes("--law");
const asked = given.filter((arg) => arg !== "--law");
for (const name of asked)
  if (!(name in sizes)) throw new Error(`No size "${name}": give ${Object.keys(sizes).join(", ")}.`);

const command = fileURLToPath(new URL("../../apps/cli/dist/prune.js", import.meta.url));

interface Measured {
  /** Seconds by the clock, and of processor time. */
  readonly wall: number;
  readonly cpu: number;
  /** Most bytes that were resident. */
  readonly peak: number;
}

/** Prints processor time and the high-water mark of the resident set when a process ends. */
const preload = `import { readFileSync } from "node:fs";
process.on("exit", () => {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  const [, kB] = /VmHWM:\\s*(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"));
  process.stderr.write("\\nmeasured " + (userCPUTime + systemCPUTime) + " " + kB + "\\n");
});`;

/** Runs the command in one process. */
function prune(...args: string[]): Measured {
  const before = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(preload)}`, command, ...args],
    { encoding: "utf8", env: { ...process.env, PRUNE_IN_ONE_PROCESS: "1" }, maxBuffer: 2 ** 28 },
  );
  const wall = (performance.now() - before) / 1000;
  const [, cpu, kB] = /measured (\d+) (\d+)/.exec(stderr) ?? [];
  if (status !== 0 || cpu === undefined) throw new Error(`prune ${args.join(" ")} failed: ${stderr}`);
  return { wall, cpu: Number(cpu) / 1e6, peak: Number(kB) * 1024 };
}

/** `cp`, and `sync` of what it wrote: the command, too, is done when its files are on the disk. */
function copied(from: string, to: string): Pick<Measured, "wall" | "cpu"> {
  const before = performance.now();
  const script = 'cp "$0" "$1" && sync "$1" && times';
  const { status, stdout, stderr } = spawnSync("bash", ["-c", script, from, to], { encoding: "utf8" });
  if (status !== 0) throw new Error(`cp failed: ${stderr}`);
  const wall = (performance.now() - before) / 1000;
  // The second line is of the children: user and system.
  const cpu = [...(stdout.trim().split("\n")[1] ?? "").matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds),
    0,
  );
  return { wall, cpu };
}

const GB = 1e9;

/** What a check of the law may take, in gigabytes. */
const lawMemory = 4;
const number = (value: number, digits = 1): string => value.toFixed(digits);

function rowsOf(folder: string, name: string, decoder: DecoderSizes): string[] {
  const model = join(folder, `${name}.onnx`);
  const bytes = writeDecoder(model, decoder);
  const out = join(folder, "out");
  const line = (
    what: string,
    { wall, cpu }: Pick<Measured, "wall" | "cpu">,
    moved: number,
    peak = "",
  ): string =>
    `| ${name} | ${what} | ${number(wall)} | ${number(cpu)} | ${peak} | ${moved > 0 ? number(moved / GB / wall, 2) : ""} | ${moved > 0 ? number(moved / GB / cpu, 2) : ""} |`;
  const rows: string[] = [];
  const add = (row: string): void => {
    rows.push(row);
    console.log(row);
  };
  const MB = (peak: number): string => (peak / 1e6).toFixed(0);
  const looked = prune("inspect", model);
  add(line("`inspect`", looked, 0, MB(looked.peak)));
  mkdirSync(out);
  const cut = prune(model, "-o", join(out, `${name}.onnx`), "--ratio", "0.25", "--no-verify");
  const written = readdirSync(out).reduce((sum, file) => sum + statSync(join(out, file)).size, 0);
  add(
    line(
      `\`--ratio 0.25 --no-verify\`, ${number(written / GB, 2)} GB written`,
      cut,
      bytes + written,
      MB(cut.peak),
    ),
  );
  rmSync(out, { recursive: true });
  if (isJudged) {
    const how = ["--ratio", "0.25", "--verify-memory", String(lawMemory)];
    mkdirSync(out);
    const judged = prune(model, "-o", join(out, `${name}.onnx`), ...how);
    add(line(`\`${how.join(" ")}\``, judged, 0, MB(judged.peak)));
    rmSync(out, { recursive: true });
  }
  const copy = copied(`${model}_data`, join(folder, "copy"));
  add(line(`\`cp\` and \`sync\` of its ${number(bytes / GB, 2)} GB`, copy, 2 * bytes));
  for (const file of readdirSync(folder)) rmSync(join(folder, file), { recursive: true });
  return rows;
}

const folder = process.env.PRUNE_SCALE ?? tmpdir();
/** Rows of sizes that were measured, by size, as far as an earlier start of the same command came. */
const done = join(folder, `prune-scale-rows${isJudged ? "-law" : ""}.json`);
const names = asked.length > 0 ? asked : usual;
const home = mkdtempSync(join(folder, "prune-scale-"));
const remove = (): void => rmSync(home, { recursive: true, force: true });
process.on("exit", remove);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));

const needed = names.includes("7B") ? 38 * GB : 7 * GB;
const { bavail, bsize } = statfsSync(home);
if (bavail * bsize < needed)
  throw new Error(
    `${home} has ${number((bavail * bsize) / GB)} GB left, and ${number(needed / GB)} are needed.`,
  );
const load = loadavg()[0] as number;
/** What built the command: rows of another one say nothing of this. */
const build = statSync(command).mtimeMs;
const kept = existsSync(done)
  ? (JSON.parse(readFileSync(done, "utf8")) as {
      readonly build: number;
      readonly rows: Record<string, string[]>;
    })
  : undefined;
const known = kept?.build === build ? kept.rows : {};
for (const name of names) {
  const before = known[name];
  if (before) for (const row of before) console.log(`${row} (measured before)`);
  else {
    known[name] = rowsOf(home, name, sizes[name] as DecoderSizes);
    writeFileSync(done, JSON.stringify({ build, rows: known }));
  }
}
const kernels = kernelRows();
for (const row of kernels) console.log(row);
if (asked.length === 0)
  write(
    load,
    kernels,
    names.flatMap((name) => known[name] ?? []),
  );
rmSync(done, { force: true });

function write(load: number, kernels: readonly string[], rows: readonly string[]): void {
  const text = `# Scale

Made by \`pnpm scale\`, on a machine whose load was ${number(load)} when it began.

## Decoders

Made-up decoders in float16 as ONNX Runtime GenAI writes them, with caches as inputs and outputs and their weights beside the
model: 22 layers of width 2,048, and 32 of width 4,096. Seconds are by the clock and of processor time; the command, like
\`cp\` with \`sync\`, is done when its files are on the disk. GB/s count the bytes of the input once, though its weights are read
twice (to score and to cut), and the bytes written.${isJudged ? ` With \`--verify-memory\` each cut is held against its mask too, by stretches of layers.` : ""}

| model | command | s | processor s | MB resident | GB/s | GB per processor s |
|---|---|---|---|---|---|---|
${rows.join("\n")}

## Scoring

Sums of w² over rows and columns of weights in memory, GB of stored weights per second of processor time: the plain loops, and
the WebAssembly kernel whose sums are the same bits.

| weights | loops | kernel |
|---|---|---|
${kernels.join("\n")}
`;
  writeFileSync(fileURLToPath(new URL("../../docs/scale.md", import.meta.url)), text);
}
