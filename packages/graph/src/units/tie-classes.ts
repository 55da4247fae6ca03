import { createDisjoint, type Disjoint } from "./disjoint.js";

/**
 * Ties rows that lie across columns of an earlier grid, as groups do across a channel shuffle whose group size is no
 * multiple of their number: a row then holds mostly whole classes of tied cells, and parts of others that straddle rows.
 * Whole classes of one size are tied one by one with those of the other rows; all else leaves together.
 *
 * @param atom the one atom of a cell that tells its column apart, or -1
 * @returns false, and nothing is tied, where rows are not of this kind or cells tied down the columns leave as many
 * classes
 */
export function tieClasses(
  rows: number,
  cols: number,
  atom: (col: number, row: number) => number,
  ties: Disjoint,
): boolean {
  if (rows < 2 || !repeats(cols, (c) => atom(c, 0), ties)) return false;
  const counts = countsOf(rows, cols, atom, ties);
  if (!counts) return false;
  const whole = new Map<number, number[][]>();
  const rest: number[] = [];
  let straddles = false;
  for (const [root, inRow] of counts) {
    const row = inRow.findIndex((n) => n > 0);
    const size = inRow[row] as number;
    if (inRow.every((n, r) => r === row || n === 0)) {
      if (!whole.has(size))
        whole.set(
          size,
          Array.from({ length: rows }, () => []),
        );
      whole.get(size)?.[row]?.push(root);
    } else if (inRow.some((n) => n !== size)) {
      straddles = true;
      rest.push(root);
    }
  }
  if (!straddles || whole.size === 0) return false;
  const pairs: Pair[] = [];
  for (const lists of whole.values()) {
    const common = Math.min(...lists.map(({ length }) => length));
    for (const list of lists) {
      for (let i = 0; i < common; i++) pairs.push([list[i] as number, lists[0]?.[i] as number]);
      rest.push(...list.slice(common));
    }
  }
  if (rest.length * 2 > counts.size || !balanced(rows, rest, counts)) return false;
  for (const root of rest) pairs.push([root, rest[0] as number]);
  const down = Array.from({ length: (rows - 1) * cols }, (_, i): Pair => {
    const c = i % cols;
    return [ties.find(atom(c, 1 + (i - c) / cols)), ties.find(atom(c, 0))];
  });
  if (classesLeft(counts, pairs) <= classesLeft(counts, down)) return false;
  for (const [a, b] of pairs) ties.union(a, b);
  return true;
}

type Pair = readonly [number, number];

/** How many classes are left once pairs of them are tied. */
function classesLeft(counts: ReadonlyMap<number, unknown>, pairs: readonly Pair[]): number {
  const number = new Map([...counts.keys()].map((root, i) => [root, i]));
  const tied = createDisjoint(number.size);
  let left = number.size;
  for (const pair of pairs) {
    const [a, b] = pair.map((root) => tied.find(number.get(root) as number)) as [number, number];
    if (a === b) continue;
    tied.union(a, b);
    left--;
  }
  return left;
}

/** Some class is in the row more than once. */
function repeats(cols: number, atom: (col: number) => number, ties: Disjoint): boolean {
  const seen = new Set<number>();
  for (let c = 0; c < cols; c++) {
    const k = atom(c);
    if (k < 0) return false;
    const root = ties.find(k);
    if (seen.has(root)) return true;
    seen.add(root);
  }
  return false;
}

/** How many cells of each row are of each class; undefined where some cell has no atom of its own. */
function countsOf(
  rows: number,
  cols: number,
  atom: (col: number, row: number) => number,
  ties: Disjoint,
): Map<number, Int32Array> | undefined {
  const counts = new Map<number, Int32Array>();
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < cols; c++) {
      const k = atom(c, r);
      if (k < 0) return undefined;
      const root = ties.find(k);
      const inRow = counts.get(root) ?? new Int32Array(rows);
      counts.set(root, inRow);
      inRow[r]!++;
    }
  return counts;
}

/** Together the classes have as many cells in every row. */
function balanced(rows: number, roots: readonly number[], counts: ReadonlyMap<number, Int32Array>): boolean {
  const sum = new Int32Array(rows);
  for (const root of roots)
    counts.get(root)?.forEach((n, r) => {
      sum[r]! += n;
    });
  return sum.every((n) => n === sum[0]);
}
