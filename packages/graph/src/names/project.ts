import { atoms, conjunction, conjunctionOf, difference, type Names } from "./names.js";
import { memoised, rowNames } from "./rows.js";
import { unite } from "./unite.js";

/**
 * Names of a sub-grid: the names, over the kept axes, of what survives along them. Keeping a prefix of the nested
 * axes names rows. Keeping others makes the grid a product first (all rows lose the same columns).
 */
export function project(
  names: Names,
  ids: Int32Array,
  sizes: readonly number[],
  keep: readonly boolean[],
  why: number,
): Int32Array {
  const lead = keep.indexOf(false);
  if (lead < 0) return ids;
  const kept = size(sizes.slice(0, lead));
  if (!keep.includes(true, lead)) return rowNames(names, ids, kept);
  return memoised(names, ids, `${sizes} ${keep}`, () =>
    lead === 0 ? columns(names, ids, sizes, keep, why) : batched(names, ids, sizes, keep, lead, why),
  );
}

const size = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

function columns(
  names: Names,
  ids: Int32Array,
  sizes: readonly number[],
  keep: readonly boolean[],
  why: number,
): Int32Array {
  const lead = keep.indexOf(true);
  const rows = size(sizes.slice(0, lead));
  const cols = ids.length / rows;
  const rest = residual(names, ids, rowNames(names, ids, rows));
  const first = rest.subarray(0, cols);
  for (let r = 1; r < rows; r++) unite(names, rest.subarray(r * cols, (r + 1) * cols), first, why);
  return project(names, first, sizes.slice(lead), keep.slice(lead), why);
}

/** What is left of each cell's name without its row's. */
export function residual(names: Names, ids: Int32Array, rows: Int32Array): Int32Array {
  const cols = ids.length / rows.length;
  return ids.map((id, i) =>
    conjunctionOf(names, difference(atoms(names, id), atoms(names, rows[Math.floor(i / cols)] as number))),
  );
}

function batched(
  names: Names,
  ids: Int32Array,
  sizes: readonly number[],
  keep: readonly boolean[],
  lead: number,
  why: number,
): Int32Array {
  const rows = size(sizes.slice(0, lead));
  const cols = ids.length / rows;
  const row = rowNames(names, ids, rows);
  const parts = Array.from(row, (_, r) =>
    project(names, ids.slice(r * cols, (r + 1) * cols), sizes.slice(lead), keep.slice(lead), why),
  );
  const width = (parts[0] as Int32Array).length;
  const out = new Int32Array(rows * width);
  parts.forEach((part, r) => {
    for (let c = 0; c < width; c++)
      out[r * width + c] = conjunction(names, row[r] as number, part[c] as number);
  });
  return out;
}
