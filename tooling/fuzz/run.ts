import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { dataBases } from "./bases/data.js";
import { onnxBases } from "./bases/onnx.js";
import { planBases } from "./bases/plans.js";
import { graphBases, layersBases } from "./bases/tfjs.js";
import { bundledWorker } from "./bundle.js";
import { type Guard, guard, type Outcome } from "./guard.js";
import type { Base, Mutant } from "./mutant.js";
import { seeded } from "./random.js";

export const kinds = {
  onnx: onnxBases,
  graph: graphBases,
  layers: layersBases,
  plan: planBases,
  data: dataBases,
};

export type Kind = keyof typeof kinds;

export interface FuzzOptions {
  readonly kinds: readonly Kind[];
  /** Mutants of all kinds together. */
  readonly count: number;
  readonly seed: number;
  /** Called with each failure once it is as small as it gets. */
  readonly onFailure?: (failure: Failure) => void;
  readonly onProgress?: (done: number) => void;
  /** Stops after the mutant that is being run; what was counted stands. */
  readonly signal?: AbortSignal;
}

/** A mutant that ended as none should. */
export interface Failure {
  readonly base: Base;
  /** As few changes as show it. */
  readonly seeds: readonly number[];
  readonly mutant: Mutant;
  readonly outcome: Outcome;
}

/** How mutants of one kind ended. */
export interface Counts {
  /** The command did what it was asked to, and proved the law of what it made. */
  fine: number;
  /** A typed error. */
  typed: number;
  /** A typed error, but one that says that what @prune made is wrong: the input should have been refused, or cut well. */
  late: number;
  untyped: number;
  hang: number;
  memory: number;
  abort: number;
  /** Files were left where nothing should be. */
  left: number;
  /** Of processor time. */
  seconds: number;
  /** By code of the error. */
  readonly codes: Map<string, number>;
}

const limits = { time: 10_000, wait: 120_000, memory: 2 ** 30 };

/** Codes of errors that come after something was made that doesn't hold. */
const late = new Set(["law-broken", "inconsistent-cut", "no-plan", "mask-failed"]);

const isLate = ({ code, message }: Outcome): boolean => late.has(code) || /report it/.test(message);

/** A typed error around what an engine says of a mistake in code of ours: TensorFlow.js's own is quoted by `unloadable`. */
const isOfJavaScript = ({ code, message }: Outcome): boolean =>
  code !== "unloadable" &&
  !message.includes("its rule failed") &&
  /Cannot read prop|Cannot convert|is not a function|is not iterable|is not defined|Invalid (typed )?array length|Maximum call stack|Array buffer allocation|out of memory|Invalid string length|Cannot mix BigInt/.test(
    message,
  );

type Class = Exclude<keyof Counts, "codes" | "seconds">;

function classOf(outcome: Outcome, left: boolean): Class {
  if (outcome.code === "hang" || outcome.code === "memory" || outcome.code === "abort") return outcome.code;
  if (outcome.code === "ok") return "fine";
  if (["internal", "thrown", "no-json"].includes(outcome.code) || isOfJavaScript(outcome)) return "untyped";
  if (left) return "left";
  return isLate(outcome) ? "late" : "typed";
}

/** Runs mutants of each kind in turn, and counts how they end. */
export async function fuzz(options: FuzzOptions): Promise<Map<Kind, Counts>> {
  const { count, seed, onFailure = () => {}, onProgress = () => {}, signal } = options;
  const worker = await bundledWorker();
  const guarded = guard(worker.script, limits);
  const folder = mkdtempSync(join(tmpdir(), "fuzz-prune-"));
  const table = new Map<Kind, Counts>();
  try {
    const bases = new Map<Kind, readonly Base[]>();
    for (const kind of options.kinds) bases.set(kind, await kinds[kind]());
    for (let i = 0; i < count && !signal?.aborted; i++) {
      const kind = options.kinds[i % options.kinds.length] as Kind;
      const random = seeded(seed * 1_000_003 + i);
      const base = random.pick(bases.get(kind) ?? []);
      const seeds = Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () => random.below(2 ** 31));
      const counts = table.get(kind) ?? none();
      table.set(kind, counts);
      const { mutant, outcome, found } = await attempt(base, seeds, guarded, join(folder, "case"));
      counts.seconds += outcome.time / 1000;
      counts[found]++;
      if (outcome.code !== "ok") counts.codes.set(outcome.code, (counts.codes.get(outcome.code) ?? 0) + 1);
      if (found !== "fine" && found !== "typed")
        onFailure(await minimised({ base, seeds, mutant, outcome }, found, guarded, join(folder, "case")));
      onProgress(i + 1);
    }
  } finally {
    guarded.close();
    worker.remove();
    rmSync(folder, { recursive: true, force: true });
  }
  return table;
}

const none = (): Counts => ({
  fine: 0,
  typed: 0,
  late: 0,
  untyped: 0,
  hang: 0,
  memory: 0,
  abort: 0,
  left: 0,
  seconds: 0,
  codes: new Map(),
});

interface Attempt {
  readonly mutant: Mutant;
  readonly outcome: Outcome;
  readonly found: Class;
}

async function attempt(
  base: Base,
  seeds: readonly number[],
  guarded: Guard,
  folder: string,
): Promise<Attempt> {
  const mutant = base.mutate(seeds);
  writeMutant(mutant, folder);
  const args = mutant.args.map((arg) => (arg.startsWith("@/") ? join(folder, arg.slice(2)) : arg));
  const outcome = await guarded.run([...args, "--json"]);
  const left =
    outcome.code !== "ok" && (existsSync(join(folder, "out")) || existsSync(join(folder, "out.onnx")));
  rmSync(folder, { recursive: true, force: true });
  return { mutant, outcome, found: classOf(outcome, left) };
}

/** Writes the files of a mutant into a folder of its own. */
export function writeMutant({ files }: Mutant, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
}

/** Leaves changes out one by one, as long as what is left ends the same way. */
async function minimised(failure: Failure, found: Class, guarded: Guard, folder: string): Promise<Failure> {
  let smallest = failure;
  for (let i = smallest.seeds.length - 1; i >= 0 && smallest.seeds.length > 1; i--) {
    const seeds = smallest.seeds.filter((_, at) => at !== i);
    const { mutant, outcome, found: now } = await attempt(smallest.base, seeds, guarded, folder);
    if (now === found) smallest = { base: smallest.base, seeds, mutant, outcome };
  }
  return smallest;
}
