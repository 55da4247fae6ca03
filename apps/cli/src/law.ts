import { modelToBytes, readModel, withoutRounding } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import {
  compare,
  createSession,
  findFeeds,
  inputsOf,
  nudge,
  type Outputs,
  randomFeeds,
  run,
  type Session,
  summarise,
  type ValuesByName,
} from "@prune/runtime-ort";

/** A model as a path or as bytes. */
export type Source = string | Uint8Array;

/** How the removed units were masked in the original: before each operator that mixes positions, or in the weights. */
export type Masking = "gated" | "zeroed";

/** The law `cut = mask`, checked by running both in onnxruntime. */
export interface Law {
  readonly method: Masking;
  /** Random inputs that were tried. */
  readonly seeds: number;
  /** max |cut - masked| / max |masked|, the worst of all outputs and inputs. */
  readonly error: number;
  readonly tolerance: number;
  /**
   * How far the masked model is from itself when the runtime rewrites it, or when the last bit of its inputs changes;
   * only where the error is above tolerance.
   */
  readonly noise?: number;
  /** Outputs have the original's names, types and shapes. */
  readonly sameForm: boolean;
  /** The error is within tolerance, or within the runtime's own noise. */
  readonly holds: boolean;
  /** max |masked - original| / max |original|. */
  readonly moved: number;
  /** The mask changes no output, so that the comparison shows little. */
  readonly vacuous: boolean;
}

export interface LawModels {
  readonly original: Source;
  readonly masked: Source;
  readonly cut: Source;
}

export interface LawOptions {
  readonly method: Masking;
  readonly tolerance: number;
  /** @default 3 */
  readonly seeds?: number;
}

/** Runs the original, the masked and the cut model on the same random inputs, one model after the other. */
export async function checkLaw(models: LawModels, options: LawOptions): Promise<Law> {
  const { method, tolerance, seeds = 3 } = options;
  const masked = unrounded(models.masked);
  const { feeds, outputs: original, optimise } = await reference(unrounded(models.original), seeds);
  const expected = await outputsOf(masked, feeds, optimise);
  const cut = await outputsOf(unrounded(models.cut), feeds, optimise);
  const error = worst(cut, expected);
  const noise = error > tolerance ? await noiseOf(masked, feeds, optimise, expected) : undefined;
  const moved = worst(expected, original);
  const sameForm = cut.every((outputs, seed) =>
    compare(outputs, original[seed] ?? {}).outputs.every((o) => o.sameShape && o.sameType),
  );
  return {
    method,
    seeds,
    error,
    tolerance,
    ...(noise !== undefined && { noise }),
    sameForm,
    holds: sameForm && error <= Math.max(tolerance, noise ?? 0) && Number.isFinite(error),
    moved,
    vacuous: moved <= tolerance || expected.every((outputs) => Object.values(outputs).every(saysNothing)),
  };
}

async function noiseOf(
  model: Source,
  feeds: readonly ValuesByName[],
  optimise: boolean,
  expected: readonly Outputs[],
): Promise<number> {
  const rewritten = worst(await outputsOf(model, feeds, !optimise), expected);
  return Math.max(rewritten, worst(await outputsOf(model, feeds.map(nudge), optimise), expected));
}

/** A quantised model without the roundings of activations, which tip: see `withoutRounding`. */
function unrounded(source: Source): Source {
  const model = typeof source === "string" ? openModel(source) : readModel(source);
  const edit = withoutRounding(model);
  return edit.nodes.size > 0 ? modelToBytes(model, edit) : source;
}

interface Reference {
  readonly feeds: readonly ValuesByName[];
  readonly outputs: readonly Outputs[];
  readonly optimise: boolean;
}

/** The original's outputs, unoptimised unless the model then answers differently each time. */
async function reference(model: Source, seeds: number, optimise = false): Promise<Reference> {
  const found = await withSession(model, optimise, async (session) => {
    const first = await findFeeds(session);
    const shapes = Object.fromEntries(Object.entries(first).map(([name, { dims }]) => [name, dims]));
    const feeds = Array.from({ length: seeds }, (_, i) =>
      i === 0 ? first : randomFeeds(inputsOf(session), { seed: i + 1, shapes }),
    );
    const outputs = await runAll(session, feeds);
    const repeats = worst([await run(session, first)], outputs.slice(0, 1)) === 0;
    return { feeds, outputs, optimise, repeats };
  });
  return found.repeats || optimise ? found : reference(model, seeds, true);
}

const outputsOf = (model: Source, feeds: readonly ValuesByName[], optimise: boolean): Promise<Outputs[]> =>
  withSession(model, optimise, (session) => runAll(session, feeds));

async function runAll(session: Session, feeds: readonly ValuesByName[]): Promise<Outputs[]> {
  const outputs: Outputs[] = [];
  for (const values of feeds) outputs.push(await run(session, values));
  return outputs;
}

async function withSession<T>(
  model: Source,
  optimise: boolean,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await createSession(model, { optimise });
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}

const worst = (actual: readonly Outputs[], expected: readonly Outputs[]): number =>
  actual.reduce((most, outputs, i) => Math.max(most, compare(outputs, expected[i] ?? {}).worst), 0);

/** All NaN or infinite: equal to anything of the kind. */
function saysNothing(values: Outputs[string]): boolean {
  const { count, nonFinite } = summarise(values);
  return count === nonFinite;
}
