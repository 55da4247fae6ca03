import { type Model, modelToBytes, noEdit } from "@prune/onnx";
import { type Anchors, anchorsOf } from "@prune/onnx/advanced";
import { type Comparison, compareAll } from "../compare.js";
import { RuntimeError, reasonOf } from "../error.js";
import type { Outputs } from "../run.js";
import { stretchWithin } from "../stretches/stretch-within.js";
import { saysNothing } from "../summary.js";
import type { ValuesByName } from "../values.js";
import { type Budget, onAll, openBudget } from "./budget.js";
import { type LivingOf, leftOf } from "./left.js";
import {
  type Edited,
  lent,
  levelsFrom,
  type Opened,
  openUnrounded,
  outputsOf,
  type Running,
  read,
  type Source,
  type Subject,
} from "./models.js";
import { type Reference, type ReferenceOptions, referenceOf } from "./reference.js";
import { nudgedTurns, type Observed, observedRun, type Steered, steer } from "./steered.js";
import { type Turn, turnsLeft } from "./turns.js";

/** How well a cut obeys the law `cut = mask`: what was measured. {@link judge} says whether that is enough. */
export interface Law {
  /** Inputs that were tried. */
  readonly seeds: number;
  /** Stretches that the original was run in, one open at a time; undefined where it was in one piece. */
  readonly stretches?: number;
  /** Runs that went on from others by what these had made, each model from its own: decoding steps with a cache. */
  readonly steps: number;
  /** How many of them differ in shape: more than one only where the model leaves sizes open. */
  readonly shapes: number;
  /** max |cut - masked| / max |masked|, both over all inputs, the worst of the outputs; infinite where shapes differ. */
  readonly error: number;
  /** max |masked - original| / max |original|: near 0, the check says nothing. */
  readonly moved: number;
  /**
   * How far the masked model is from itself when the runtime rewrites it, or when the last bit of its inputs changes:
   * what an error can be of rounding alone. Looked for only where the error is above `noiseAbove`.
   */
  readonly noise: number | undefined;
  /** max |inlined - original| / max |original|, where reading put branches or functions in place; part of the error. */
  readonly inlining: number | undefined;
  /**
   * Tensors at which the two were given the same values, so that they decide the same where the model jumps or saturates;
   * undefined where the outputs by themselves agree. `error`, `noise` and `outputs` are then of that comparison.
   */
  readonly anchors: number | undefined;
  /**
   * The original compares, ranks or rounds what it computes, or draws random numbers: rounding or chance alone can
   * change its answers, and an error is no proof of a wrong cut.
   */
  readonly jumps: boolean;
  /** The cut model's outputs have the original's names, types and shapes. */
  readonly sameForm: boolean;
  /** No output of the masked model holds a finite number. */
  readonly blank: boolean;
  /** False where the original draws random numbers, so that no comparison can hold. */
  readonly repeatable: boolean;
  /** Where and how the two differ. */
  readonly outputs: Comparison["outputs"];
}

/** On which and how many inputs the law is measured, and for how long. */
export interface LawOptions extends ReferenceOptions {
  /** An error up to this needs no excuse. @default 1e-5 */
  readonly noiseAbove?: number;
  /**
   * Bytes of memory that it may take: a model that would take more is run by stretches, each opened alone.
   * @default half of what is free where the runtime's host says what is, else no limit
   */
  readonly memory?: number | undefined;
}

/** The original, the masked and the cut model of one law. */
export interface LawModels {
  /** The original with everything masked that was cut: see `onnx().mask` of `@prune/onnx`. */
  readonly masked: Source | Edited;
  readonly cut: Source | Edited;
  /**
   * What the cut leaves of a tensor, as the ONNX backend says it. With it, models that decide by comparing, ranking or
   * rounding what they compute are compared where they decide the same; without it, tensors are taken to be whole.
   */
  readonly living?: LivingOf | undefined;
}

/** An original whose outputs are known, for any number of cuts. */
export interface OpenLaw {
  check(models: LawModels): Promise<Law>;
}

/** Runs the original, the masked and the cut model on the same inputs, one model after the other. */
export const checkLaw = async (
  { original, ...models }: LawModels & { readonly original: Source },
  options: LawOptions = {},
): Promise<Law> => (await openLaw(original, options)).check(models);

/**
 * Runs an original once, to hold cuts of it against their masks.
 * @throws RuntimeError when the original can't be run.
 */
export async function openLaw(
  original: Source,
  { noiseAbove = 1e-5, ...given }: LawOptions = {},
): Promise<OpenLaw> {
  // Samples are run as many as they are.
  const bounds = { limit: given.limit, seconds: given.seconds ?? (given.feeds && Infinity) };
  const first = openBudget(bounds);
  const whole = await read(original, given);
  const stretches = await stretchWithin(whole, given);
  const options = { ...given, stretch: stretches?.most };
  const opened = await openUnrounded(original, options, whole);
  const anchors = anchorsOf(opened.model);
  const canSteer = anchors.random.length + anchors.tensors.length > 0;
  const running = { ...options, budget: first, runsPerInput: canSteer ? steeredRuns : plainRuns };
  const reference = await referenceOf(opened, running);
  const inlining = await inliningOf(opened, reference, anchors, { ...options, budget: onAll(first) });
  const progress = options.onProgress ?? (() => {});
  const before = first.spent();
  return {
    async check({ masked, cut, living = () => "all" }) {
      const budget = openBudget(bounds, before);
      const { observed, actual, by } = await bothRun({ masked, cut, living }, reference, {
        ...options,
        budget,
        anchors,
      });
      const { outputs: whole } = observed;
      const run = reference.turns.slice(0, whole.length);
      const original = reference.outputs.slice(0, whole.length);
      const expected = whole.map((outputs) => leftOf(outputs, living) as Outputs);
      const plain = compareAll(actual, expected);
      const draws = anchors.random.length > 0;
      const steered =
        draws || (plain.worst > noiseAbove && anchors.tensors.length > 0)
          ? await steeredBy({ masked, cut, living, observed }, anchors, run, {
              ...options,
              ...by,
              noiseAbove,
            })
          : undefined;
      const compared = steered ?? { expected, actual };
      const turns = run.slice(0, compared.actual.length);
      const firsts = turns.filter(({ carried }) => carried === undefined);
      const error = Math.max(steered?.error ?? plain.worst, inlining ?? 0);
      const noisy = error > noiseAbove && !steered;
      if (noisy) progress("looking for the runtime's own noise");
      return {
        seeds: firsts.length,
        steps: turns.length - firsts.length,
        ...(stretches && { stretches: stretches.count }),
        shapes: new Set(firsts.map(({ feeds }) => shapesOf(feeds))).size,
        error,
        inlining,
        anchors: steered?.anchors,
        jumps: anchors.jumps,
        moved: compareAll(whole, original).worst,
        noise: noisy ? await noiseOf(masked, turns, whole, by) : steered?.noise,
        sameForm: compared.actual.every((outputs, i) =>
          sameForm(outputs, compared.expected[i] ?? {}, original[i] ?? {}),
        ),
        blank: expected.every((outputs) => Object.values(outputs).every(saysNothing)),
        repeatable: reference.repeatable || steered !== undefined,
        outputs: steered?.outputs ?? plain.outputs,
      };
    },
  };
}

/** Runs of the masked model and of the cut one that follow each of the original, and the time to open them. */
const plainRuns = 4;

/** The same where they may have to be compared where they decide alike, and the masked one with itself. */
const steeredRuns = 8;

/** How far a model is from what reading made of it, where it put branches or functions in place. */
async function inliningOf(
  { model }: Opened,
  { turns, outputs, optimise }: Reference,
  { random }: Anchors,
  options: Pick<Running, "runtime" | "signal" | "budget">,
): Promise<number | undefined> {
  // What draws random numbers can't be compared without being steered, nor steered before it is flat.
  if (!model.inlined || random.length > 0) return undefined;
  const flat = await outputsOf(modelToBytes(model, noEdit), turns, { ...options, optimise });
  return compareAll(flat, outputs).worst;
}

interface BothRun {
  /** The masked model's outputs, and what it made of the anchors, on as many inputs as there was time for. */
  readonly observed: Observed;
  readonly actual: readonly Outputs[];
  /** How both were run. */
  readonly by: Running;
}

/** Runs the masked and then the cut model; where one doesn't open as it is, the runtime may rewrite both. */
async function bothRun(
  { masked, cut, living }: LawModels & { readonly living: LivingOf },
  { turns, optimise, refused }: Reference,
  options: LawOptions & Pick<Running, "stretch"> & { readonly budget: Budget; readonly anchors: Anchors },
): Promise<BothRun> {
  const { runtime, signal, onProgress = () => {}, budget, anchors, stretch } = options;
  const run = <T>(
    which: "masked" | "cut",
    model: Source | Edited,
    use: (opened: Opened, level: Running) => Promise<T>,
    by: Running,
  ): Promise<T> => {
    onProgress(`running the ${which} model`);
    return named(
      { model: which, refused },
      lend(model, async (subject) => use(await openUnrounded(subject, by), by), by),
    );
  };
  let failure: unknown;
  for (const level of levelsFrom(optimise))
    try {
      const by: Running = { runtime, signal, optimise: level, budget, stretch };
      const observed = await run(
        "masked",
        masked,
        (opened, how) => observedRun(opened, anchors, turns, how),
        by,
      );
      const fed = turnsLeft(turns.slice(0, observed.outputs.length), living);
      const actual = await run("cut", cut, ({ source }, how) => outputsOf(source, fed, how), by);
      return { observed: firstOf(observed, actual.length), actual, by };
    } catch (error) {
      if (!(error instanceof RuntimeError) || codeOf(error.cause) !== "model-refused") throw error;
      failure ??= error;
    }
  throw failure;
}

const firstOf = ({ outputs, made }: Observed, count: number): Observed => ({
  outputs: outputs.slice(0, count),
  made: made?.slice(0, count),
});

const codeOf = (error: unknown): string | undefined =>
  error instanceof RuntimeError ? error.code : undefined;

const lend = <T>(
  model: Source | Edited,
  use: (subject: Subject) => Promise<T>,
  by: Pick<Running, "runtime" | "stretch">,
): Promise<T> => (typeof model === "object" && "edit" in model ? lent(model, use, by) : use(model));

const runOn = async (source: Subject, turns: readonly Turn[], by: Running): Promise<Outputs[]> =>
  outputsOf((await openUnrounded(source, by)).source, turns, by);

async function noiseOf(
  model: Source | Edited,
  turns: readonly Turn[],
  expected: readonly Outputs[],
  by: Running,
): Promise<number> {
  // A noise on fewer inputs than the error's would excuse too little.
  const same: Running = { ...by, budget: onAll(by.budget) };
  const other: Running = { ...same, optimise: by.optimise === "all" ? "disabled" : "all" };
  const errors: number[] = [];
  for (const [inputs, way] of [
    [turns, other],
    [nudgedTurns(turns), same],
  ] as const)
    try {
      errors.push(
        compareAll(await lend(model, (subject) => runOn(subject, inputs, way), way), expected).worst,
      );
    } catch (error) {
      if (codeOf(error) !== "model-refused") throw error;
    }
  return Math.max(0, ...errors);
}

/** undefined where the models can't be run that way: then the outputs by themselves have to agree. */
async function steeredBy(
  { masked, cut, living, observed }: LawModels & { readonly living: LivingOf; readonly observed: Observed },
  anchors: Anchors,
  turns: readonly Turn[],
  by: Running & LawOptions & { readonly noiseAbove: number },
): Promise<Steered | undefined> {
  by.onProgress?.("comparing the models where they decide alike");
  const opened =
    (model: Source | Edited) =>
    <T>(use: (model: Model) => Promise<T>): Promise<T> =>
      lend(model, async (subject) => use((await openUnrounded(subject, by)).model), by);
  try {
    return await steer({ masked: opened(masked), cut: opened(cut), living, observed }, anchors, turns, by);
  } catch (error) {
    if (error instanceof RuntimeError && error.code !== "law-late") return undefined;
    throw error;
  }
}

/**
 * Same types and ranks as the original's, and its shapes too, but for outputs whose shape follows from values, which
 * a mask changes.
 */
const sameForm = (actual: ValuesByName, masked: ValuesByName, reference: ValuesByName): boolean =>
  Object.keys(actual).length === Object.keys(masked).length &&
  Object.entries(masked).every(([name, expected]) => {
    const found = actual[name];
    const { type, dims } = reference[name] ?? expected;
    if (found?.type !== type || found.dims.length !== dims.length) return false;
    const wanted = String(expected.dims) === String(dims) ? dims : expected.dims;
    return String(found.dims) === String(wanted);
  });

const shapesOf = (feeds: ValuesByName): string =>
  JSON.stringify(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));

/**
 * A model that we made and that can't be run where the original can is a fault of ours: the error says which of the two
 * it is. Where the original isn't run as it is either, it may be the file's.
 */
async function named<T>(
  { model, refused }: { readonly model: "masked" | "cut"; readonly refused: string | undefined },
  running: Promise<T>,
): Promise<T> {
  try {
    return await running;
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.code === "law-late") throw error;
    throw new RuntimeError(
      "law-run-failed",
      { model, reason: reasonOf(error), ...(refused !== undefined && { refused }) },
      { cause: error },
    );
  }
}
