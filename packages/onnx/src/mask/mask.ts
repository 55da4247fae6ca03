import type { Cut } from "@prune/graph";
import { type Layout, ownersOfView, type Selector } from "@prune/graph/advanced";

/** Which names are left. */
export type Living = Pick<Cut, "living">;

/**
 * Which cells of a tensor live. Dims are products of factors as in a layout; a grid is 1 where names live, over some
 * of the factors, and only grids with dead cells are listed. A cell lives while all grids say so.
 */
export interface Mask {
  readonly factors: readonly (number | string)[];
  /** Dim of each factor, ascending. */
  readonly owner: readonly number[];
  readonly rank: number;
  readonly grids: readonly Grid[];
}

/** Values over factors of a mask, row-major in the order of `at`. */
export interface Grid<Values extends ArrayLike<number> = Uint8Array> {
  readonly at: readonly number[];
  readonly values: Values;
}

/** The cells of a tensor that live after a cut; undefined when all do. */
export function maskOf(layout: Layout | undefined, cut: Living): Mask | undefined {
  const grids = (layout?.blocks ?? []).flatMap(({ at, ids }) => dying(at, ids, cut));
  return layout && grids.length > 0 ? { ...layout, grids } : undefined;
}

/** The same for the elements of a parameter, by one of its selectors. */
export function maskOfSelector(
  shape: readonly number[],
  { view, dims, ids }: Pick<Selector, "view" | "dims" | "ids">,
  cut: Living,
): Mask | undefined {
  const grids = dying(dims, ids, cut);
  return grids.length === 0
    ? undefined
    : { factors: view, owner: ownersOfView(shape, view), rank: shape.length, grids };
}

function dying(at: readonly number[], ids: Int32Array, cut: Living): Grid[] {
  const values = cut.living(ids);
  return values ? [{ at, values }] : [];
}

/** Values of a grid over other factors: cell k of the result, counted over `at`. */
export function spread<Values extends Uint8Array | Float64Array>(
  { factors }: Mask,
  { at: own, values }: Grid<Values>,
  at: readonly number[],
): Values {
  const sizes = at.map((f) => factors[f] as number);
  const strides = new Map<number, number>();
  let stride = 1;
  for (const f of [...own].reverse()) {
    strides.set(f, stride);
    stride *= factors[f] as number;
  }
  const total = sizes.reduce((a, b) => a * b, 1);
  const out = new (values.constructor as new (n: number) => Values)(total);
  const steps = at.map((f) => strides.get(f) ?? 0);
  const position = new Array<number>(at.length).fill(0);
  for (let o = 0, i = 0; o < total; o++) {
    out[o] = values[i] as number;
    for (let d = at.length - 1; d >= 0; d--) {
      i += steps[d] as number;
      if (++(position[d] as number) < (sizes[d] as number)) break;
      i -= (steps[d] as number) * (sizes[d] as number);
      position[d] = 0;
    }
  }
  return out;
}

/**
 * For each position that a reduction over `dims` keeps: how many times more cells there are than live. undefined when
 * all is alive or all dead wherever it reduces, so that nothing needs correcting.
 */
export function excess(mask: Mask, dims: readonly number[]): Grid<Float64Array> | undefined {
  const gone = (f: number): boolean => dims.includes(mask.owner[f] as number);
  const all = [...new Set(mask.grids.flatMap(({ at }) => at))].sort((a, b) => a - b);
  const kept = all.filter((f) => !gone(f));
  const lost = all.filter(gone);
  const order = [...kept, ...lost];
  const lives = mask.grids.map((grid) => spread(mask, grid, order));
  const width = lost.reduce((n, f) => n * (mask.factors[f] as number), 1);
  const rows = (lives[0]?.length ?? 0) / width;
  const values = new Float64Array(rows).fill(1);
  let uneven = false;
  for (let r = 0; r < rows; r++) {
    let alive = 0;
    for (let i = r * width; i < (r + 1) * width; i++) alive += lives.every((flags) => flags[i] === 1) ? 1 : 0;
    if (alive === 0 || alive === width) continue;
    values[r] = width / alive;
    uneven = true;
  }
  return uneven ? { at: kept, values } : undefined;
}
