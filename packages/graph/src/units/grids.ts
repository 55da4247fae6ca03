import { type Layout, sizesOf } from "../layout/layout.js";
import type { Names } from "../names/names.js";
import { rowNames } from "../names/rows.js";

/** A grid of names whose surviving rows keep equal counts. */
export interface Grid {
  readonly ids: Int32Array;
  readonly sizes: readonly number[];
  /** First tensor that has it. */
  readonly tensor: string;
}

/** The distinct names arrays of all layouts seen, with the sizes they are laid out by. */
export interface GridList {
  /** Grids of one axis included. */
  readonly all: readonly Grid[];
  add(layout: Layout, tensor: string): void;
}

export function createGridList(): GridList {
  const all: Grid[] = [];
  const seen = new Map<Int32Array, string[]>();
  return {
    all,
    add(layout, tensor) {
      for (const block of layout.blocks) {
        const sizes = sizesOf(layout, block.at);
        const key = sizes.join();
        const known = seen.get(block.ids);
        if (known?.includes(key)) continue;
        if (known) known.push(key);
        else seen.set(block.ids, [key]);
        all.push({ ids: block.ids, sizes, tensor });
      }
    },
  };
}

/** Names the rows of every grid at every level, so that rows can leave and columns can be told apart. */
export function nameRows(names: Names, grids: readonly Grid[]): void {
  for (const { ids, sizes } of grids) {
    let level: Int32Array = ids;
    for (let axis = sizes.length - 1; axis > 0; axis--)
      level = rowNames(names, level, level.length / (sizes[axis] as number));
  }
}
