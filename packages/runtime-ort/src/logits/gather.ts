import type { Kept } from "@prune/graph";
import { type Model, segmentModel } from "@prune/onnx";
import type { LogitProducts } from "@prune/recovery";
import { run } from "../run.js";
import { createSession, type SessionOptions } from "../session.js";
import type { Values, ValuesByName } from "../values.js";
import { fedInputs } from "../walk/fed.js";
import type { Moved } from "./channels.js";
import { probedPlaces } from "./probed-places.js";
import type { Product } from "./products.js";

/** One head: which channels its queries and keys are, and what samples say. */
export interface Head {
  readonly queries: Int32Array;
  readonly keys: Int32Array;
  readonly samples: LogitProducts[];
}

export interface GatherOptions extends SessionOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Runs both models up to a product, and gathers the products of each head, sample by sample. */
export async function gatherHeads(
  { dense, pruned, kept }: { readonly dense: Model; readonly pruned: Model; readonly kept: Kept },
  product: Product,
  samples: readonly ValuesByName[],
  { bias, ...options }: GatherOptions & { readonly bias: boolean },
): Promise<Head[]> {
  const tensors = [product.queries.tensor, product.keys.tensor];
  const open = (model: Model) =>
    createSession(segmentModel(model, { inputs: fedInputs(model), outputs: tensors }), options);
  const sessions = [await open(dense), await open(pruned)] as const;
  const heads = new Map<string, Head>();
  try {
    for (const feeds of samples) {
      options.signal?.throwIfAborted();
      const [whole, left] = [await run(sessions[0], feeds), await run(sessions[1], feeds)];
      const pick = (of: typeof whole, i: number): Values => of[tensors[i] as string] as Values;
      const places = leadingPlaces(product, kept, pick(whole, 0).dims, pick(left, 0).dims);
      if (!places) return [];
      const queriesAt = probedPlaces(product.queries, pick(left, 0).dims);
      const keysAt = probedPlaces(product.keys, pick(left, 1).dims);
      // Of other sizes than what was probed, with heads that can't be told from samples.
      if (!queriesAt || !keysAt) continue;
      for (const [to, from] of places.entries())
        addSample(heads, product, {
          queriesAt: queriesAt[to] as number,
          keysAt: keysAt[to] as number,
          q: matrixAt(pick(left, 0), to),
          k: matrixAt(pick(left, 1), to),
          wholeQ: matrixAt(pick(whole, 0), from),
          wholeK: matrixAt(pick(whole, 1), from),
          bias,
        });
    }
  } finally {
    for (const session of sessions) await session.release();
  }
  return [...heads.values()];
}

/** Where each matrix of the pruned tensor lies in the original's, by leading place: heads may have left. */
function leadingPlaces(
  { queries: { tensor } }: Product,
  kept: Kept,
  before: readonly number[],
  after: readonly number[],
): number[] | undefined {
  let places = [0];
  for (let d = 0; d < before.length - 2; d++) {
    const [was, is] = [before[d] as number, after[d] as number];
    const here = was === is ? Array.from({ length: was }, (_, i) => i) : kept(tensor, d);
    if (here?.length !== is) return undefined;
    places = places.flatMap((place) => here.map((i) => place * was + i));
  }
  return places;
}

interface Matrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

function matrixAt({ data, dims }: Values, place: number): Matrix {
  const [rows, columns] = dims.slice(-2) as [number, number];
  const size = rows * columns;
  return { data: (data as Float32Array).subarray(place * size, (place + 1) * size), rows, columns };
}

interface Sample {
  /** Where the probe has matrices that hold the same channels. */
  readonly queriesAt: number;
  readonly keysAt: number;
  readonly q: Matrix;
  readonly k: Matrix;
  readonly wholeQ: Matrix;
  readonly wholeK: Matrix;
  readonly bias: boolean;
}

function addSample(heads: Map<string, Head>, product: Product, sample: Sample): void {
  const queries = channelsAt(product.queries, sample.queriesAt, false);
  const keys = channelsAt(product.keys, sample.keysAt, true);
  const key = `${queries} ${keys}`;
  const head = heads.get(key) ?? { queries, keys, samples: [] };
  heads.set(key, head);
  head.samples.push(productsOf(sample, product.softmax));
}

/** Channels of the matrix that begins at a cell of the probe, by column or by row. */
function channelsAt({ dims, channels }: Moved, start: number, byRow: boolean): Int32Array {
  const [rows, columns] = dims.slice(-2) as [number, number];
  return Int32Array.from(
    { length: byRow ? rows : columns },
    (_, i) => channels[start + (byRow ? i * columns : i)] as number,
  );
}

function productsOf({ q, k, wholeQ, wholeK, bias }: Sample, centre: boolean): LogitProducts {
  const [x, big] = [bias ? withOnes(q) : asDoubles(q), asDoubles(wholeQ)];
  const [y, bigY] = [rowsOfKeys(k, centre), rowsOfKeys(wholeK, centre)];
  const [n, d] = [q.columns + (bias ? 1 : 0), wholeQ.columns];
  const [qq, kk] = [crossed(x, n, x, n), crossed(y, k.rows, y, k.rows)];
  const [across, along] = [crossed(x, n, big, d), crossed(bigY, d, y, k.rows)];
  const target = new Float64Array(n * k.rows);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < d; j++) {
      const by = across[i * d + j] as number;
      for (let c = 0; c < k.rows; c++) target[i * k.rows + c]! += by * (along[j * k.rows + c] as number);
    }
  const [all, allY] = [crossed(big, d, big, d), crossed(bigY, d, bigY, d)];
  return { qq, kk, target, power: all.reduce((sum, v, i) => sum + v * (allY[i] as number), 0) };
}

const asDoubles = ({ data }: Matrix): Float64Array => Float64Array.from(data);

function withOnes({ data, rows, columns }: Matrix): Float64Array {
  const out = new Float64Array(rows * (columns + 1)).fill(1);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) out[r * (columns + 1) + c] = data[r * columns + c] as number;
  return out;
}

/** Keys as rows, one per position; about their mean where only differences between keys count. */
function rowsOfKeys({ data, rows, columns }: Matrix, centre: boolean): Float64Array {
  const out = new Float64Array(data.length);
  for (let d = 0; d < rows; d++) {
    let mean = 0;
    if (centre) for (let p = 0; p < columns; p++) mean += (data[d * columns + p] as number) / columns;
    for (let p = 0; p < columns; p++) out[p * rows + d] = (data[d * columns + p] as number) - mean;
  }
  return out;
}

/** aᵀ b of two matrices with n and m columns. */
function crossed(a: Float64Array, n: number, b: Float64Array, m: number): Float64Array {
  const out = new Float64Array(n * m);
  for (let r = 0; r < a.length / n; r++)
    for (let i = 0; i < n; i++) {
      const by = a[r * n + i] as number;
      for (let j = 0; j < m; j++) out[i * m + j]! += by * (b[r * m + j] as number);
    }
  return out;
}
