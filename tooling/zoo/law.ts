import { modelToBytes, readModel, withoutRounding } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import {
  type Comparison,
  compare,
  createSession,
  findFeeds,
  nudge,
  type Outputs,
  run,
  type ValuesByName,
} from "@prune/runtime-ort";

/** A model as a path or as bytes. */
export type Source = string | Uint8Array;

export interface LawOptions {
  readonly original: Source;
  /** The original with everything masked that was cut: see `maskModel`. */
  readonly masked: Source;
  readonly cut: Source;
  /** Drawn at random when not given. */
  readonly feeds?: ValuesByName | undefined;
  /** Let the runtime rewrite the graphs; undefined: only where the original needs it to give the same output twice. */
  readonly optimise?: boolean | undefined;
}

/** How well a cut obeys the law `cut = mask` on one input. */
export interface Law {
  /** max |cut - masked| / max |masked|, the worst of the outputs; infinite where shapes or non-finite values differ. */
  readonly error: number;
  /** max |masked - original| / max |original|: near 0, the check says nothing. */
  readonly moved: number;
  /**
   * How far the masked model is from itself when the runtime rewrites it: what an error can be of rounding alone.
   * Looked for only where the error is more than 1e-5.
   */
  readonly noise: number | undefined;
  /** The cut model's outputs have the original's names, types and shapes. */
  readonly sameForm: boolean;
  /** Elements of the masked outputs that are NaN or infinite. */
  readonly nonFinite: number;
  readonly optimised: boolean;
  /** False where the original draws random numbers, so that no comparison can hold. */
  readonly repeatable: boolean;
  /** The models round activations: they were compared without. */
  readonly unrounded: boolean;
  readonly outputs: Comparison["outputs"];
}

/** Runs the original, the masked and the cut model in onnxruntime, one after the other, and compares. */
export const checkLaw = async ({ original, feeds, optimise, ...models }: LawOptions): Promise<Law> =>
  (await openLaw(original, { feeds, optimise })).check(models);

/** An original whose outputs are known, for any number of cuts. */
export interface OpenLaw {
  check(models: { readonly masked: Source; readonly cut: Source }): Promise<Law>;
}

export async function openLaw(
  original: Source,
  { feeds, optimise }: Pick<LawOptions, "feeds" | "optimise"> = {},
): Promise<OpenLaw> {
  const plain = unrounded(original);
  const first = await twice(plain.source, feeds, optimise);
  return {
    async check(models) {
      const [masked, cut] = [unrounded(models.masked).source, unrounded(models.cut).source];
      const options = { optimise: first.optimise };
      const mask = await outputsOf("masked", masked, first.feeds, options);
      const small = await outputsOf("cut", cut, first.feeds, options);
      const { outputs, worst } = compare(small, mask);
      const noise = async (): Promise<number> => {
        const rewritten = await outputsOf("masked", masked, first.feeds, { optimise: !first.optimise });
        const nudged = await outputsOf("masked", masked, nudge(first.feeds), options);
        return Math.max(compare(rewritten, mask).worst, compare(nudged, mask).worst);
      };
      const form = compare(small, first.outputs).outputs;
      return {
        error: worst,
        moved: compare(mask, first.outputs).worst,
        noise: worst > 1e-5 ? await noise() : undefined,
        sameForm: form.every(({ sameShape, sameType }) => sameShape && sameType),
        nonFinite: nonFinite(mask),
        optimised: first.optimise,
        repeatable: first.repeatable,
        unrounded: plain.changed,
        outputs,
      };
    },
  };
}

/** The model without roundings that tip: see `withoutRounding`. */
function unrounded(source: Source): { readonly source: Source; readonly changed: boolean } {
  const model = typeof source === "string" ? openModel(source) : readModel(source);
  const edit = withoutRounding(model);
  const changed = edit.nodes.size > 0;
  return { source: changed ? modelToBytes(model, edit) : source, changed };
}

/** The original's outputs, in a way of running it that gives them again. */
async function twice(
  original: Source,
  given: ValuesByName | undefined,
  wish: boolean | undefined,
): Promise<{ feeds: ValuesByName; outputs: Outputs; optimise: boolean; repeatable: boolean }> {
  const optimise = wish ?? false;
  const session = await createSession(original, { optimise });
  const feeds = given ?? (await findFeeds(session));
  const outputs = await run(session, feeds);
  const again = await run(session, feeds);
  await session.release();
  const repeatable = compare(again, outputs).worst === 0;
  if (repeatable || wish !== undefined) return { feeds, outputs, optimise, repeatable };
  return twice(original, feeds, true);
}

async function outputsOf(
  which: string,
  model: Source,
  feeds: ValuesByName,
  options: { optimise: boolean },
): Promise<Outputs> {
  try {
    const session = await createSession(model, options);
    const outputs = await run(session, feeds);
    await session.release();
    return outputs;
  } catch (error) {
    throw new Error(`The ${which} model: ${(error as Error).message}`, { cause: error });
  }
}

function nonFinite(outputs: Outputs): number {
  let count = 0;
  for (const { data, type } of Object.values(outputs))
    if (/float(32|64)/.test(type))
      for (const value of data as Float32Array) if (!Number.isFinite(value)) count++;
  return count;
}
