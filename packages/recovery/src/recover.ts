import { type Chosen, chooseFit, type Split } from "./choose-fit.js";
import type { Fit } from "./fit.js";
import { lsq, type Method } from "./method.js";
import { sumOfMoments } from "./moments.js";

/** A layer of the pruned net as the samples reach it, per group of its channels. */
export interface Observed {
  readonly splits: readonly Split[];
  /** The weights that it has. */
  readonly fits: readonly Fit[];
  /** A nonlinearity follows that `clipped` takes account of. */
  readonly clips: boolean;
}

/** What a fit does after the nonlinearity that follows, and moments with targets that it can't tell apart moved to the fit. */
export interface Clipped {
  readonly splits: readonly Split[];
  /** Error after the nonlinearity, relative to the power there. */
  readonly train: number;
  readonly heldOut: number;
}

/** The dense net and the pruned one side by side: what recovery asks of a runtime. */
export interface Twins<Model> {
  /** Layers that can be refitted, in topological order. */
  readonly layers: readonly string[];
  /** The layer's inputs in the pruned net, refitted so far, with the outputs it had in the dense one. */
  observe(layer: string): Promise<Observed>;
  clipped(layer: string, fits: readonly Fit[]): Promise<Clipped>;
  /** Takes new weights, or leaves the layer as it is, and goes on. */
  accept(layer: string, fits: readonly Fit[] | undefined): Promise<void>;
  model(): Model;
}

export interface RecoverOptions {
  /** What held-out samples choose from, layer by layer. @default least squares with several ridges, or the bias alone */
  readonly methods?: readonly Method[];
  /** Rounds that fit what passes a following Relu in place of what enters it. @default 3 */
  readonly rounds?: number;
  readonly onProgress?: (done: number, total: number, layer: string) => void;
  readonly signal?: AbortSignal;
}

/** What became of one layer. Errors are held-out mean squares relative to the dense output's variance. */
export interface LayerReport {
  readonly layer: string;
  readonly before: number;
  readonly after: number;
  /** Of what passes the Relu that follows, where one does. */
  readonly clipped?: { readonly before: number; readonly after: number };
  /** By group of channels; undefined where the old weights stay. */
  readonly methods: readonly (string | undefined)[];
  readonly result: "refitted" | "exact" | "kept";
}

/** Below this an error is rounding. */
const exact = 1e-6;

/**
 * Refits every layer in order: from the pruned net's own inputs to the dense net's outputs, so that a layer mends
 * what those before it left. A refit that does not lower the layer's held-out error is not applied.
 */
export async function recover<Model>(
  twins: Twins<Model>,
  { methods, rounds = 3, onProgress, signal }: RecoverOptions = {},
): Promise<{ readonly model: Model; readonly layers: readonly LayerReport[] }> {
  const reports: LayerReport[] = [];
  for (const layer of twins.layers) {
    signal?.throwIfAborted();
    const observed = await twins.observe(layer);
    const chosen = observed.splits.map((split, g) => chooseFit(split, observed.fits[g] as Fit, methods));
    const linear = { before: total(chosen, "before"), after: total(chosen, "after") };
    const isExact = linear.before < exact;
    let fits: readonly Fit[] | undefined;
    let clipped: LayerReport["clipped"];
    if (!isExact) {
      fits = chosen.some(({ method }) => method !== undefined) ? chosen.map(({ fit }) => fit) : undefined;
      if (observed.clips && rounds > 0) {
        const found = await throughRelu(twins, layer, observed, chosen, rounds);
        clipped = { before: found.before, after: found.after };
        fits = found.fits;
      }
    }
    await twins.accept(layer, fits);
    reports.push({
      layer,
      ...linear,
      ...(clipped ? { clipped } : {}),
      methods: chosen.map(({ method }) => method?.name),
      result: isExact ? "exact" : fits ? "refitted" : "kept",
    });
    onProgress?.(reports.length, twins.layers.length, layer);
  }
  return { model: twins.model(), layers: reports };
}

/** Groups' relative errors, weighed by the power that they are relative to. */
function total(chosen: readonly Chosen[], key: "before" | "after"): number {
  const power = chosen.reduce((sum, c) => sum + c.power, 0) || 1;
  return chosen.reduce((sum, c) => sum + c[key] * c.power, 0) / power;
}

interface Found {
  readonly fits: readonly Fit[] | undefined;
  readonly before: number;
  readonly after: number;
}

/**
 * Alternates between moving the targets that a Relu hides to where the fit is and fitting them; keeps the round with
 * the least held-out error behind the Relu.
 */
async function throughRelu<Model>(
  twins: Twins<Model>,
  layer: string,
  { fits: old, splits }: Observed,
  chosen: readonly Chosen[],
  rounds: number,
): Promise<Found> {
  const first = await twins.clipped(layer, old);
  const methodOf = (g: number): Method => chosen[g]?.method ?? lsq(1e-2);
  const solve = (from: readonly Split[], whole: boolean): Fit[] =>
    from.map(({ train, heldOut }, g) =>
      methodOf(g).fit(whole ? sumOfMoments([train, heldOut]) : train, old[g] as Fit),
    );
  let best: { readonly from: readonly Split[]; readonly error: number } | undefined;
  let from: readonly Split[] = splits;
  for (let round = 0; round <= rounds; round++) {
    const next = await twins.clipped(layer, solve(from, false));
    if (next.heldOut >= (best?.error ?? first.heldOut)) break;
    best = { from, error: next.heldOut };
    from = next.splits;
  }
  if (!best) return { fits: undefined, before: first.heldOut, after: first.heldOut };
  return { fits: solve(best.from, true), before: first.heldOut, after: best.error };
}
