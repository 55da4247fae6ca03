/**
 * Atoms that name rows of another grid whose rows lie across this one's (ShuffleNet v1: groups of 34 over the outputs of
 * groups of 28). Tied down a column they would take whole rows of the other grid along; columns are told apart by what
 * else they have.
 *
 * Several columns of a row share such an atom, and unevenly: where every row is cut alike into equal stretches, the
 * stretches are levels of one grid, and tied like its columns. Rows cut evenly, but not all of them alike, may be either
 * (keys whose sizes constant queries name for all heads beside values of which each head has its own).
 *
 * @param beside puts the numbers of the atoms that a cell has beside its row's name into a list, and counts them
 */
export function crossingRows(
  rows: number,
  cols: number,
  beside: (col: number, row: number, list: Int32Array) => number,
): Crossing {
  const list = new Int32Array(64);
  const shared = new Set<number>();
  const plain = (r: number): boolean => {
    for (let c = 0; c < cols; c++) if (beside(c, r, list) > 1) return false;
    return true;
  };
  if (rows < 2 || (plain(0) && plain(rows - 1))) return { shared, even: true };
  let pattern: string | undefined;
  let even = true;
  let alike = true;
  for (let r = 0; r < rows; r++) {
    const columns = new Map<number, number>();
    for (let c = 0; c < cols; c++) {
      const n = beside(c, r, list);
      for (let i = 0; n > 1 && i < n; i++)
        columns.set(list[i] as number, (columns.get(list[i] as number) ?? 0) + 1);
    }
    const widths = new Map<number, number>();
    for (const [atom, width] of columns) {
      if (width === 1) continue;
      shared.add(atom);
      widths.set(width, (widths.get(width) ?? 0) + 1);
    }
    const found = [...widths].sort(([a], [b]) => a - b);
    even &&= found.every(([width, n]) => (width * n) % cols === 0);
    pattern ??= found.join();
    alike &&= pattern === found.join();
  }
  return { shared: even && alike ? new Set() : shared, even };
}

/** Names of rows that lie across a grid's, and whether every row is cut evenly by such names. */
export interface Crossing {
  readonly shared: ReadonlySet<number>;
  readonly even: boolean;
}
