import type { Trace } from "@prune/graph";
import { type Living, type Mask, maskOf } from "./mask.js";

/** The cells of a tensor that a cut leaves: their flat places in the original, and their shape in the smaller model. */
export interface LivingCells {
  readonly dims: readonly number[];
  readonly places: Int32Array;
}

/**
 * What a cut leaves of a tensor of the original that has these dims in a run; "all" where it is whole, undefined where
 * that can't be known.
 */
export function livingCells(
  trace: Pick<Trace, "tensor">,
  cut: Living,
  tensor: string,
  dims: readonly number[],
): LivingCells | "all" | undefined {
  const layout = trace.tensor(tensor)?.layout;
  const mask = maskOf(layout, cut);
  if (!layout || !mask) return "all";
  const sizes = sizesIn(mask, dims);
  if (!sizes?.includes(0)) return sizes && cellsOf(mask, dims, sizes);
  // Nothing is in it, but its other dims are as wide as ever.
  const filled = (list: readonly number[]): number[] => list.map((size) => size || 1);
  const cells = cellsOf(mask, filled(dims), filled(sizes));
  return (
    cells && { dims: cells.dims.map((size, d) => (dims[d] === 0 ? 0 : size)), places: new Int32Array(0) }
  );
}

/** Sizes of a mask's factors in a run. */
function sizesIn({ factors, owner, rank, grids }: Mask, dims: readonly number[]): number[] | undefined {
  if (dims.length !== rank) return undefined;
  const touched = new Set(grids.flatMap(({ at }) => at.map((f) => owner[f])));
  const sizes: number[] = [];
  for (const [dim, size] of dims.entries()) {
    const own = [...factors.keys()].filter((f) => owner[f] === dim);
    const over = own.reduce((n, f) => n * (typeof factors[f] === "number" ? (factors[f] as number) : 1), 1);
    const open = own.filter((f) => typeof factors[f] !== "number");
    if (size % over !== 0 || (open.length === 0 && own.length > 0 && size !== over)) return undefined;
    // Several open factors count as one where nothing dies inside the dim.
    if (open.length > 1 && touched.has(dim)) return undefined;
    for (const f of own) sizes[f] = typeof factors[f] === "number" ? (factors[f] as number) : size / over;
    for (const f of open.slice(1)) sizes[f] = 1;
  }
  return sizes;
}

function cellsOf(
  { grids, owner }: Mask,
  dims: readonly number[],
  sizes: readonly number[],
): LivingCells | undefined {
  const total = sizes.reduce((a, b) => a * b, 1);
  const alive = new Uint8Array(total).fill(1);
  for (const { at, values } of grids) {
    const steps = new Array<number>(sizes.length).fill(0);
    let stride = 1;
    for (const f of [...at].reverse()) {
      steps[f] = stride;
      stride *= sizes[f] as number;
    }
    const position = new Array<number>(sizes.length).fill(0);
    for (let cell = 0, i = 0; cell < total; cell++) {
      alive[cell]! &= values[i] as number;
      for (let d = sizes.length - 1; d >= 0; d--) {
        i += steps[d] as number;
        if (++(position[d] as number) < (sizes[d] as number)) break;
        i -= (steps[d] as number) * (sizes[d] as number);
        position[d] = 0;
      }
    }
  }
  const places = new Int32Array(alive.reduce((sum, flag) => sum + flag, 0));
  let next = 0;
  for (let cell = 0; cell < total; cell++) if (alive[cell] === 1) places[next++] = cell;
  const first = places[0];
  if (first === undefined) return undefined;
  const touched = new Set(grids.flatMap(({ at }) => at.map((f) => owner[f] as number)));
  const kept = dims.map((size, dim) => (touched.has(dim) ? alongDim(alive, dims, dim, first) : size));
  return kept.reduce((a, b) => a * b, 1) === places.length ? { dims: kept, places } : undefined;
}

/** How many cells live on the line along a dim through a living cell: as many on each such line. */
function alongDim(alive: Uint8Array, dims: readonly number[], dim: number, cell: number): number {
  const stride = dims.slice(dim + 1).reduce((a, b) => a * b, 1);
  const size = dims[dim] as number;
  const start = cell - (Math.floor(cell / stride) % size) * stride;
  let count = 0;
  for (let k = 0; k < size; k++) count += alive[start + k * stride] as number;
  return count;
}
