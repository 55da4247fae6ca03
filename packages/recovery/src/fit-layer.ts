import { type Choice, chooseMethod, fitBy, fitToAll, type Split, type Tried } from "./choose-fit.js";
import { equationsOf, exact, type Fit } from "./fit.js";
import type { Method } from "./method.js";
import { type FitOptions, throughReader } from "./through-reader.js";
import type { Mixed, Observed, Twins } from "./twins.js";

/** New weights of a layer, and what held-out samples say of them. */
export interface FittedLayer {
  /** Undefined where the old weights stay. */
  readonly fits: readonly Fit[] | undefined;
  /** Held-out errors relative to the dense output's variance. */
  readonly before: number;
  readonly after: number;
  /** Of what passes the Relu that follows, where one does. */
  readonly clipped?: { readonly before: number; readonly after: number };
  /** Of what the layer that reads it gives once that is refitted, where the fits serve that one. */
  readonly read?: { readonly before: number; readonly after: number };
  /** By group of channels, with "lead" where the layer that reads it led it; undefined where the old weights stay. */
  readonly methods: readonly (string | undefined)[];
  /** Every method's error, over all groups. */
  readonly tried: readonly Tried[];
}

/** Fits one layer to what it gave, and then to what the layer that reads it needs. */
export async function fitLayer<Model>(
  twins: Twins<Model>,
  layer: string,
  observed: Observed,
  options: FitOptions,
): Promise<FittedLayer> {
  const { judged, ...fitted } = await fitAlone(twins, layer, observed, options);
  const read = options.rounds > 0 ? twins.readBy?.(layer) : undefined;
  const found = read && (await throughReader(read, judged ?? observed.fits, options));
  if (!found) return fitted;
  const { fits, ...errors } = found;
  const methods = fitted.methods.map((name) => (name ? `${name}, lead` : "lead"));
  return { ...fitted, fits, methods, read: errors };
}

interface FittedAlone extends FittedLayer {
  /** The fits without the samples that judge them. */
  readonly judged?: readonly Fit[];
}

/** Fits one layer by the method that does best on held-out samples. */
async function fitAlone<Model>(
  twins: Twins<Model>,
  layer: string,
  observed: Observed,
  options: FitOptions,
): Promise<FittedAlone> {
  if (observed.mixed) return fitMixed(observed, observed.mixed, options);
  const { splits, fits: old, clips } = observed;
  const { methods, rounds, solver } = options;
  const choices: Choice[] = [];
  try {
    for (const [g, split] of splits.entries())
      choices.push(await chooseMethod(split, old[g] as Fit, methods, solver));
    const found = {
      before: total(choices, (choice) => choice.before),
      after: total(choices, (choice) => choice.after),
      methods: choices.map(({ method }) => method?.name),
      tried: methods.map(({ name }, m) => ({
        method: name,
        error: total(choices, ({ tried }) => tried[m]?.error ?? 0),
      })),
    };
    const kept = { ...found, after: found.before, methods: choices.map(() => undefined), fits: undefined };
    if (found.before < exact) return kept;
    if (clips && rounds > 0) {
      const passed = await throughRelu(twins, layer, observed, choices, options);
      if (passed) return passed.fits ? { ...found, ...passed } : { ...kept, ...passed };
    }
    if (choices.every(({ method }) => !method)) return kept;
    const [fits, judged]: [Fit[], Fit[]] = [[], []];
    for (const [g, { method, equations }] of choices.entries()) {
      const [kept, split] = [old[g] as Fit, splits[g] as Split];
      fits.push(method ? await fitToAll(method, split, kept, solver) : kept);
      judged.push(method ? await fitBy(method, split.train, kept, equations) : kept);
    }
    return { ...found, fits, judged };
  } finally {
    for (const { equations } of choices) equations.keep(undefined);
  }
}

/** Groups' relative errors as one; of targets that don't vary, as in a single row, errors are not relative. */
function total(choices: readonly Choice[], of: (choice: Choice) => number): number {
  const power = choices.reduce((sum, choice) => sum + choice.power, 0) || 1;
  return choices.reduce((sum, choice) => sum + of(choice) * (choice.power || 1), 0) / power;
}

/**
 * Alternates between moving the targets that a Relu hides to where the fit is and fitting them; keeps the round with
 * the least held-out error behind the Relu. Undefined if that error is too large to be compared.
 */
async function throughRelu<Model>(
  twins: Twins<Model>,
  layer: string,
  { fits: old, splits }: Observed,
  choices: readonly Choice[],
  { methods: asked, rounds, solver }: FitOptions,
): Promise<
  (Pick<FittedAlone, "fits" | "clipped" | "judged"> & Partial<Pick<FittedLayer, "methods">>) | undefined
> {
  const first = await twins.clipped(layer, old);
  if (!Number.isFinite(first.heldOut)) return undefined;
  const usual = asked.find(({ alpha }) => alpha === 1e-2) ?? (asked[0] as Method);
  const methods = choices.map(({ method }) => method ?? usual);
  let best:
    | { readonly from: readonly Split[]; readonly fits: readonly Fit[]; readonly error: number }
    | undefined;
  let from: readonly Split[] = splits;
  for (let round = 0; round <= rounds; round++) {
    const fits: Fit[] = [];
    for (const [g, { train }] of from.entries())
      fits.push(await fitBy(methods[g] as Method, train, old[g] as Fit, (choices[g] as Choice).equations));
    const next = await twins.clipped(layer, fits);
    if (!(next.heldOut < (best?.error ?? first.heldOut))) break;
    best = { from, fits, error: next.heldOut };
    from = next.splits;
  }
  if (!best) return { fits: undefined, clipped: { before: first.heldOut, after: first.heldOut } };
  const fits: Fit[] = [];
  for (const [g, split] of best.from.entries())
    fits.push(await fitToAll(methods[g] as Method, split, old[g] as Fit, solver));
  const clipped = { before: first.heldOut, after: best.error };
  return { fits, judged: best.fits, clipped, methods: methods.map(({ name }) => name) };
}

/** Judges what follows from fits of the input's channels by the layer's own output. */
async function fitMixed(
  { splits, fits: same }: Observed,
  mixed: Mixed,
  { methods, solver }: FitOptions,
): Promise<FittedLayer> {
  const before = await mixed.error();
  const kept = { fits: undefined, before, after: before, methods: [undefined], tried: [] };
  if (before < exact) return kept;
  const equations = splits.map(({ train }, g) => equationsOf(solver, train, same[g] as Fit));
  const tried: Tried[] = [];
  let best: { readonly method: Method; readonly error: number } | undefined;
  for (const method of methods) {
    const fits: Fit[] = [];
    for (const [g, { train }] of splits.entries()) {
      const its = equations[g] as (typeof equations)[number];
      try {
        fits.push(await fitBy(method, train, same[g] as Fit, its));
      } finally {
        its.keep(undefined);
      }
    }
    const error = await mixed.error(fits);
    tried.push({ method: method.name, error });
    if (error < (best?.error ?? before)) best = { method, error };
  }
  if (!best) return { ...kept, tried };
  const fits: Fit[] = [];
  for (const [g, split] of splits.entries())
    fits.push(await fitToAll(best.method, split, same[g] as Fit, solver));
  const name = `${best.method.name}, ${mixed.how}`;
  return { fits: mixed.layerOf(fits), before, after: best.error, methods: [name], tried };
}
