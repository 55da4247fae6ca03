import { type Comparison, compare, compareAll } from "../compare.js";
import { RuntimeError, reasonOf } from "../error.js";
import { nudge } from "../nudge.js";
import type { Outputs } from "../run.js";
import { saysNothing } from "../summary.js";
import type { ValuesByName } from "../values.js";
import { outputsOf, type Source, unrounded, unroundedAndFlat } from "./models.js";
import { type ReferenceOptions, referenceOf } from "./reference.js";

/** How well a cut obeys the law `cut = mask`: what was measured. {@link judge} says whether that is enough. */
export interface Law {
  /** Inputs that were tried. */
  readonly seeds: number;
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
  /** The cut model's outputs have the original's names, types and shapes. */
  readonly sameForm: boolean;
  /** No output of the masked model holds a finite number. */
  readonly blank: boolean;
  /** False where the original draws random numbers, so that no comparison can hold. */
  readonly repeatable: boolean;
  /** Where and how the two differ. */
  readonly outputs: Comparison["outputs"];
}

export interface LawOptions extends ReferenceOptions {
  /** An error up to this needs no excuse. @default 1e-5 */
  readonly noiseAbove?: number;
}

export interface LawModels {
  /** The original with everything masked that was cut: see `maskModel` of `@prune/onnx`. */
  readonly masked: Source;
  readonly cut: Source;
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
  { noiseAbove = 1e-5, ...options }: LawOptions = {},
): Promise<OpenLaw> {
  const { plain, flat } = await unroundedAndFlat(original, options);
  const reference = await referenceOf(plain, options);
  const { feeds, optimise } = reference;
  const { runtime } = options;
  const [written, rewriting] = [
    { runtime, optimise },
    { runtime, optimise: !optimise },
  ];
  const inlining = flat && worst(await outputsOf(flat, feeds, written), reference.outputs);

  const noiseOf = async (model: Source, expected: readonly Outputs[]): Promise<number> => {
    const rewritten = await outputsOf(model, feeds, rewriting);
    const nudged = await outputsOf(model, feeds.map(nudge), written);
    return Math.max(worst(rewritten, expected), worst(nudged, expected));
  };

  return {
    async check(models) {
      const masked = await unrounded(models.masked, options);
      const expected = await named("masked", outputsOf(masked, feeds, written));
      const cut = await named("cut", outputsOf(await unrounded(models.cut, options), feeds, written));
      const most = compareAll(cut, expected);
      const error = Math.max(most.worst, inlining ?? 0);
      return {
        seeds: feeds.length,
        shapes: new Set(feeds.map(shapesOf)).size,
        error,
        inlining,
        moved: worst(expected, reference.outputs),
        noise: error > noiseAbove ? await noiseOf(masked, expected) : undefined,
        sameForm: cut.every((outputs, i) => sameForm(outputs, reference.outputs[i] ?? {})),
        blank: expected.every((outputs) => Object.values(outputs).every(saysNothing)),
        repeatable: reference.repeatable,
        outputs: most.outputs,
      };
    },
  };
}

const sameForm = (actual: ValuesByName, reference: ValuesByName): boolean =>
  compare(actual, reference).outputs.every(({ sameShape, sameType }) => sameShape && sameType);

const shapesOf = (feeds: ValuesByName): string =>
  JSON.stringify(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));

const worst = (actual: readonly Outputs[], expected: readonly Outputs[]): number =>
  compareAll(actual, expected).worst;

/** A model that we made and that can't be run is a fault of ours: the error says which of the two it is. */
async function named<T>(model: "masked" | "cut", running: Promise<T>): Promise<T> {
  try {
    return await running;
  } catch (error) {
    throw new RuntimeError("law-run-failed", { model, reason: reasonOf(error) }, { cause: error });
  }
}
