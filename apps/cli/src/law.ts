import { compare, createSession, findFeeds, type Outputs, randomFeeds, run, inputsOf, summarise, type Session, type ValuesByName } from "@prune/runtime-ort";

/** A model as a path or as bytes. */
export type Source = string | Uint8Array;

/** How the removed units were masked in the original: before every operator that mixes positions, or in the weights. */
export type Masking = "gated" | "zeroed";

/** The law `cut = mask`, checked by running both in onnxruntime. */
export interface Law {
  readonly method: Masking;
  readonly seeds: number;
  /** max |cut - masked| / max |masked|, the worst of all outputs and seeds. */
  readonly error: number;
  readonly tolerance: number;
  /** Outputs have the original's names, types and shapes. */
  readonly sameForm: boolean;
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
  /** Random inputs to try. @default 3 */
  readonly seeds?: number;
}

/** Runs the original, the masked and the cut model on the same random inputs, one model after the other. */
export async function checkLaw(models: LawModels, { method, tolerance, seeds = 3 }: LawOptions): Promise<Law> {
  const { feeds, outputs: original, optimise } = await reference(models.original, seeds);
  const masked = await outputsOf(models.masked, feeds, optimise);
  const cut = await outputsOf(models.cut, feeds, optimise);
  const error = worst(cut, masked);
  const moved = worst(masked, original);
  const sameForm = cut.every((outputs, seed) =>
    compare(outputs, original[seed] ?? {}).outputs.every((o) => o.sameShape && o.sameType),
  );
  const vacuous = moved <= tolerance || masked.every((outputs) => Object.values(outputs).every(saysNothing));
  return { method, seeds, error, tolerance, sameForm, holds: sameForm && error <= tolerance, moved, vacuous };
}

interface Reference {
  readonly feeds: readonly ValuesByName[];
  readonly outputs: readonly Outputs[];
  readonly optimise: boolean;
}

/** The original's outputs, unoptimised unless the model then answers differently each time. */
async function reference(model: Source, seeds: number, optimise = false): Promise<Reference> {
  return withSession(model, optimise, async (session) => {
    const first = await findFeeds(session);
    const shapes = Object.fromEntries(Object.entries(first).map(([name, { dims }]) => [name, dims]));
    const feeds = Array.from({ length: seeds }, (_, i) =>
      i === 0 ? first : randomFeeds(inputsOf(session), { seed: i + 1, shapes }),
    );
    const outputs = await runAll(session, feeds);
    const again = await run(session, first);
    if (optimise || worst([again], outputs.slice(0, 1)) === 0) return { feeds, outputs, optimise };
    return reference(model, seeds, true);
  });
}

const outputsOf = (model: Source, feeds: readonly ValuesByName[], optimise: boolean): Promise<Outputs[]> =>
  withSession(model, optimise, (session) => runAll(session, feeds));

async function runAll(session: Session, feeds: readonly ValuesByName[]): Promise<Outputs[]> {
  const outputs: Outputs[] = [];
  for (const values of feeds) outputs.push(await run(session, values));
  return outputs;
}

async function withSession<T>(model: Source, optimise: boolean, use: (session: Session) => Promise<T>): Promise<T> {
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
