import { factorShifted, multiplyMatrices, solve } from "./cholesky.js";
import type { Split } from "./choose-fit.js";
import { type Equations, equationsOf, errorOf, exact, type Fit, powerOf } from "./fit.js";
import type { Method } from "./method.js";
import type { Moments } from "./moments.js";
import type { Solver } from "./solver.js";

/** How layers are fitted. */
export interface FitOptions {
  readonly methods: readonly Method[];
  readonly rounds: number;
  readonly solver: Solver;
}

/**
 * A layer together with the one that reads it, through elementwise operators: place by place, or all places of a window
 * at once, its inputs being channels times places.
 */
export interface ReadBy {
  /** The reader's weights as they are. */
  readonly reader: Fit;
  /** What the reader is given where the layer has some fits, with what the reader should give. */
  given(fits: readonly Fit[], only?: "heldOut"): Promise<Split>;
  /** What pulls on the layer's outputs where both have some fits; of the samples that fit alone. */
  pull(fits: readonly Fit[], reader: Fit): Promise<Pull>;
}

/** What the error of the layer that reads a layer asks of it. */
export interface Pull {
  /** By group: the layer's inputs with the reader's error led back through its weights and the slopes on the way. */
  readonly moments: readonly Moments[];
  /** Mean products of the slopes behind two of the layer's outputs, outputs x outputs; over places that the reader sees. */
  readonly slopes: Float64Array;
}

/** Held-out errors of what the reader gives once it is refitted, relative to the variance of what it should give. */
export interface ReadFits {
  readonly fits: readonly Fit[];
  readonly before: number;
  readonly after: number;
}

/** Of a step, relative to the mean variance of the inputs. */
const ridge = 0.1;

/** Of the reader, which is fitted with care when its turn comes. */
const readerRidge = 0.01;

/** Shares of a step that held-out samples choose from. */
const lengths = [1, 0.5, 0.25];

/** A round that gains less than this share of the error is the last. */
const leastGain = 0.01;

/** Added to the curvature of the outputs, relative to its mean diagonal. */
const damping = 0.03;

/**
 * Moves what is left of a layer's outputs to where the layer that reads them needs them: in every round the reader is
 * refitted and the layer takes one natural-gradient step with Kronecker factors (K-FAC, Martens and Grosse 2015), which
 * is least squares with the covariance that is known already; behind a window the places count as independent (KFC, Grosse
 * and Martens 2016). Undefined where held-out samples gain nothing.
 */
export async function throughReader(
  read: ReadBy,
  start: readonly Fit[],
  { methods, rounds, solver }: FitOptions,
): Promise<ReadFits | undefined> {
  if (methods.every(({ alpha }) => alpha === undefined)) return undefined;
  const first = await readerOf(read, start, read.reader, solver);
  if (!(first.error >= exact)) return undefined;
  let [fits, best]: [readonly Fit[], Reader] = [start, first];
  let equations: readonly Equations[] | undefined;
  try {
    for (let round = 0; round < rounds; round++) {
      const pull = await read.pull(fits, best.fit);
      // A slope is not a number where one side of it lies outside of what an operator takes, as below 0 of a Sqrt.
      if (!isNumeric(pull)) break;
      equations ??= pull.moments.map((moments) => equationsOf(solver, moments, still(moments)));
      const ways: Fit[] = [];
      for (const [g, moved] of preconditioned(pull, best.fit).entries())
        ways.push(await (equations[g] as Equations).fit(moved, ridge));
      let found: { readonly fits: readonly Fit[]; readonly error: number } | undefined;
      for (const length of lengths) {
        const next = fits.map((fit, g) => along(fit, ways[g] as Fit, length));
        const { heldOut } = await read.given(next, "heldOut");
        const error = errorOf(heldOut, best.fit) / (powerOf(heldOut) || 1);
        if (error < (found?.error ?? best.error)) found = { fits: next, error };
      }
      if (!found) break;
      const last = best.error;
      fits = found.fits;
      best = await readerOf(read, fits, best.fit, solver);
      if (!(best.error < last * (1 - leastGain))) break;
    }
  } finally {
    for (const each of equations ?? []) each.keep(undefined);
  }
  if (!(best.error < first.error * (1 - leastGain))) return undefined;
  return { fits, before: first.error, after: best.error };
}

interface Reader {
  readonly fit: Fit;
  readonly error: number;
}

/** The reader refitted to what it is given, without the samples that judge it. */
async function readerOf(read: ReadBy, fits: readonly Fit[], old: Fit, solver: Solver): Promise<Reader> {
  const { train, heldOut } = await read.given(fits);
  const equations = equationsOf(solver, train, old);
  try {
    const fit = await equations.fit(train, readerRidge);
    return { fit, error: errorOf(heldOut, fit) / (powerOf(heldOut) || 1) };
  } finally {
    equations.keep(undefined);
  }
}

/** By group: targets that are the pull divided by the curvature of the reader's error in the layer's outputs. */
function preconditioned({ moments, slopes }: Pull, { weights, bias }: Fit): Moments[] {
  const all = Math.sqrt(slopes.length);
  const q = bias.length;
  const places = weights.length / (q * all);
  const each = q * places;
  const rows = Float64Array.from(weights, (_, k) => {
    const [a, o] = [Math.floor(k / each), Math.floor((k % each) / places)];
    return weights[(o * all + a) * places + (k % places)] as number;
  });
  const products = multiplyMatrices(rows, all, rows, each, all).map((sum) => sum / places);
  let from = 0;
  return moments.map((of) => {
    const { targets, inputs } = of;
    const curvature = new Float64Array(targets * targets);
    let mean = 0;
    for (let a = 0; a < targets; a++)
      for (let b = 0; b < targets; b++) {
        const at = (from + a) * all + from + b;
        const value = (products[at] as number) * (slopes[at] as number);
        curvature[a * targets + b] = value;
        if (a === b) mean += value / targets;
      }
    from += targets;
    const { l } = factorShifted(curvature, targets, damping * mean);
    const [xy, meanY] = [of.xy.slice(), of.meanY.slice()];
    solve(l, targets, xy, inputs);
    solve(l, targets, meanY, 1);
    return { ...of, xy, meanY };
  });
}

const isNumeric = ({ moments, slopes }: Pull): boolean =>
  [slopes, ...moments.flatMap(({ xy, meanY }) => [xy, meanY])].every((list) => list.every(Number.isFinite));

const still = ({ inputs, targets }: Moments): Fit => ({
  weights: new Float64Array(inputs * targets),
  bias: new Float64Array(targets),
});

const along = (fit: Fit, way: Fit, length: number): Fit => ({
  weights: fit.weights.map((w, k) => w + length * (way.weights[k] as number)),
  bias: fit.bias.map((b, o) => b + length * (way.bias[o] as number)),
});
