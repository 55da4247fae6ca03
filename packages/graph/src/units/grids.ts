import { type Layout, sizesOf } from "../layout/layout.js";
import type { Names } from "../names/names.js";
import { rowNames } from "../names/rows.js";
import type { Value } from "../trace/value.js";

/** A grid of names whose surviving rows keep equal counts. */
export interface Grid {
  readonly ids: Int32Array;
  readonly sizes: readonly number[];
  /** First tensor that has it. */
  readonly tensor: string;
}

/** The distinct grids of several axes among all tensors. */
export function collectGrids(values: Iterable<Value>): Grid[] {
  const grids: Grid[] = [];
  const seen = new Map<Int32Array, Set<string>>();
  for (const { name, layout } of values)
    for (const block of layout?.blocks ?? []) {
      if (block.at.length < 2) continue;
      const sizes = sizesOf(layout as Layout, block.at);
      const key = sizes.join();
      const known = seen.get(block.ids) ?? new Set();
      seen.set(block.ids, known);
      if (known.has(key)) continue;
      known.add(key);
      grids.push({ ids: block.ids, sizes, tensor: name });
    }
  return grids;
}

/** Names the rows of every grid at every level, so that rows can leave and columns can be told apart. */
export function nameRows(names: Names, grids: readonly Grid[]): void {
  for (const { ids, sizes } of grids) {
    let level: Int32Array = ids;
    for (let axis = sizes.length - 1; axis > 0; axis--)
      level = rowNames(names, level, level.length / (sizes[axis] as number));
  }
}
