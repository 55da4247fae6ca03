/** Places in a family of the units that leave. */
export interface Lowest {
  readonly places: readonly number[];
  /** Fewer leave than asked, as rows don't fit together. */
  readonly short: boolean;
}

/** The lowest of a family, the first of equals first: `count(n)` of every row of n units, in up to two rowings. */
export function lowestOf(
  scores: Float32Array,
  [rows, columns]: readonly Int32Array[],
  count: (units: number) => number,
): Lowest {
  const order = ranked(scores);
  if (!rows) return { places: order.slice(0, count(order.length)), short: false };
  const sizes = new Int32Array(Math.max(...rows) + 1);
  for (const row of rows) sizes[row]!++;
  const each = count(Math.min(...sizes));
  if (!columns) {
    const taken = new Int32Array(sizes.length);
    return { places: order.filter((i) => taken[rows[i] as number]!++ < each), short: false };
  }
  return rounds(order, rows, columns, each);
}

/** The same with whole columns, by their mean scores: for rows that can't differ after all. */
export function lowestColumns(
  scores: Float32Array,
  columns: ArrayLike<number>,
  count: (units: number) => number,
): Lowest {
  const places = new Map<number, number[]>();
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i] as number;
    places.set(column, [...(places.get(column) ?? []), i]);
  }
  const lists = [...places.values()];
  const means = Float32Array.from(lists, (list) =>
    list.reduce((sum, i) => sum + (scores[i] as number) / list.length, 0),
  );
  const chosen = ranked(means).slice(0, count(lists.length));
  return { places: chosen.flatMap((c) => lists[c] as number[]), short: false };
}

export function ranked(scores: Float32Array): number[] {
  const order = Array.from(scores.keys());
  return order.sort((a, b) => (scores[a] as number) - (scores[b] as number) || a - b);
}

/** Two grids that cut the same units into rows otherwise: every round takes one unit from each row of both. */
function rounds(order: readonly number[], rows: Int32Array, columns: Int32Array, count: number): Lowest {
  const places: number[] = [];
  let left = order;
  for (let round = 0; round < count; round++) {
    const matched = match(left, rows, columns);
    if (!matched) return { places, short: true };
    places.push(...matched);
    const gone = new Set(matched);
    left = left.filter((i) => !gone.has(i));
  }
  return { places, short: false };
}

/** A perfect matching of rows with columns that takes low units first, by augmenting paths. */
function match(order: readonly number[], rows: Int32Array, columns: Int32Array): number[] | undefined {
  const n = Math.max(...rows) + 1;
  if (n !== Math.max(...columns) + 1) return undefined;
  const edges: number[][] = Array.from({ length: n }, () => []);
  for (const i of order) edges[rows[i] as number]?.push(i);
  const unitOf = new Array<number>(n).fill(-1);
  const augment = (row: number, seen: Uint8Array): boolean =>
    (edges[row] as number[]).some((i) => {
      const column = columns[i] as number;
      if (seen[column]) return false;
      seen[column] = 1;
      const other = unitOf[column] as number;
      if (other >= 0 && !augment(rows[other] as number, seen)) return false;
      unitOf[column] = i;
      return true;
    });
  for (let row = 0; row < n; row++) if (!augment(row, new Uint8Array(n))) return undefined;
  return unitOf;
}
