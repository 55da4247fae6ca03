import type { Kept } from "@prune/graph/advanced";
import type { Model } from "@prune/onnx";
import { linears } from "@prune/onnx/advanced";
import type { Fit, Twins } from "@prune/recovery";
import { logitError, logitSolver, type Picked, startStopwatch } from "@prune/recovery/advanced";
import type { ValuesByName } from "@prune/runtime-ort";
import type { SidesDims } from "../recovery/alike.js";
import { fitsOf } from "../recovery/fits.js";
import type { OrtTwins, TwinsOptions } from "../recovery/twins.js";
import { firstSamples } from "../samples/count.js";
import { forBoth } from "../samples/shrunk.js";
import { dimsOf } from "../walk/dims.js";
import { runnerOf } from "../walk/runner.js";
import { gatherHeads, type Head, leadingOf } from "./gather.js";
import { findProducts, type Product } from "./products.js";

/** What became of the products of one head's queries and keys: held-out errors relative to the power of the logits. */
export interface LogitReport {
  /** The layer that makes the queries. */
  readonly layer: string;
  readonly before: number;
  readonly after: number;
}

/** Twins whose attention gives nearly the logits that it gave, with a report for each pair of layers. */
export interface LogitTwins extends Twins<Model> {
  readonly logits: readonly LogitReport[];
}

interface Pair {
  readonly dense: Model;
  readonly kept: Kept;
}

/** Samples that cores are fitted on, about. */
const most = 512;

/** A product with what is left of its leading dims. */
interface Due extends Product {
  readonly picked: readonly Picked[];
}

/**
 * Twins whose attention also gives the logits that it gave: once the layers that make queries and keys with fewer dims
 * are refitted, a core between the two is fitted in closed form and folded into the one that comes last (CORP). A core
 * that does not lower the held-out error of its head's logits is not applied.
 */
export async function withLogits(
  twins: OrtTwins,
  { dense, kept }: Pair,
  samples: readonly ValuesByName[],
  options: TwinsOptions = {},
): Promise<LogitTwins> {
  const pruned = twins.model();
  const layers = new Map(linears(pruned).map((linear) => [linear.output, linear]));
  const some = firstSamples(samples, most);
  const both = forBoth(some, options.living);
  const [given, feeds] = [both.dense[0], both.pruned[0]];
  const found =
    given && feeds ? await findProducts(dense, pruned, { dense: given, pruned: feeds }, options) : [];
  const runner = runnerOf(options, options.stopwatch ?? startStopwatch());
  const operands = found.flatMap(({ queries, keys }) => [queries.tensor, keys.tensor]);
  const dims: SidesDims = {
    dense: await dimsOf(dense, operands, both.dense, runner),
    pruned: await dimsOf(pruned, operands, both.pruned, runner),
  };
  const products = found.flatMap((product): Due[] => {
    const picked = leadingOf(product, dims, kept);
    return picked ? [{ ...product, picked }] : [];
  });
  const logits: LogitReport[] = [];
  const place = new Map(twins.layers.map((layer, i) => [layer, i]));
  const placeOf = (layer: string): number => place.get(layer) ?? -1;
  /** The product is complete with this layer. */
  const due = (layer: string): Due[] =>
    products.filter(
      ({ queries, keys }) =>
        (placeOf(queries.layer) >= placeOf(keys.layer) ? queries.layer : keys.layer) === layer,
    );
  return {
    ...twins,
    logits,
    async accept(layer, fits) {
      let current = fits;
      for (const { picked, ...product } of due(layer)) {
        const linear = layers.get(layer);
        const [old] = current ?? (linear ? fitsOf(linear) : []);
        if (!old) continue;
        const byQueries = product.queries.layer === layer;
        const trial = { layer, fits: [old], bias: byQueries, batches: some.length };
        const heads = await gatherHeads(twins, product, trial, { picked, dims: dims.pruned });
        const changed = foldCores(old, product, heads, byQueries, logits);
        if (changed) current = [changed];
      }
      await twins.accept(layer, current);
    },
  };
}

/** The layer with the cores of its heads folded in; undefined if none helps. */
function foldCores(
  { weights, bias }: Fit,
  product: Product,
  heads: readonly Head[],
  byQueries: boolean,
  reports: LogitReport[],
): Fit | undefined {
  const n = weights.length / bias.length;
  const out: Fit = { weights: weights.slice(), bias: bias.slice() };
  const own = heads.map((head) => (byQueries ? head.queries : head.keys));
  // A channel that several heads read can take one core only.
  if (new Set(own.flatMap((list) => [...list])).size < own.reduce((sum, list) => sum + list.length, 0))
    return undefined;
  let changed = false;
  for (const [h, head] of heads.entries()) {
    const { core, before, after } = chosenCore(head, byQueries);
    reports.push({ layer: product.queries.layer, before, after });
    if (!core) continue;
    changed = true;
    const channels = own[h] as Int32Array;
    const columns = head.keys.length;
    const by = (i: number, j: number): number =>
      byQueries ? (core[i * columns + j] as number) : (core[j * columns + i] as number);
    channels.forEach((to, j) => {
      const target = out.weights.subarray(to * n, (to + 1) * n).fill(0);
      let shift = byQueries ? (core[head.queries.length * columns + j] as number) / product.queries.scale : 0;
      channels.forEach((from, i) => {
        const factor = by(i, j);
        shift += factor * (bias[from] as number);
        for (let c = 0; c < n; c++) target[c]! += factor * (weights[from * n + c] as number);
      });
      out.bias[to] = shift;
    });
  }
  return changed ? out : undefined;
}

const alphas = [1e-4, 1e-3, 1e-2, 1e-1];

/** The core whose ridge does best on the last eighth of the samples, if any does better than none. */
function chosenCore(
  { queries, keys, samples }: Head,
  bias: boolean,
): { readonly core: Float64Array | undefined; readonly before: number; readonly after: number } {
  const sizes = { rows: queries.length + (bias ? 1 : 0), columns: keys.length };
  const none = new Float64Array(sizes.rows * sizes.columns);
  for (let i = 0; i < keys.length; i++) none[i * keys.length + i] = 1;
  const split = Math.max(1, Math.floor((samples.length * 7) / 8));
  const [train, heldOut] = [samples.slice(0, split), samples.slice(split)];
  const solve = logitSolver(train, sizes);
  const before = logitError(heldOut, sizes, none);
  let best: { readonly alpha: number; readonly error: number } | undefined;
  for (const alpha of alphas) {
    const error = logitError(heldOut, sizes, solve(alpha, none));
    if (error < (best?.error ?? before)) best = { alpha, error };
  }
  if (!best || heldOut.length === 0) return { core: undefined, before, after: before };
  return { core: logitSolver(samples, sizes)(best.alpha, none), before, after: best.error };
}
