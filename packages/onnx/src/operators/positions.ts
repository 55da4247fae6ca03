/** Positions of one dim that a constant index lists, and the dim of the index along which it lists them. */
export interface Listed {
  readonly positions: readonly number[];
  /** -1 where it holds one position throughout. */
  readonly along: number;
}

/**
 * Positions that an index of some shape holds, one column for each indexed dim, where each column changes along one dim
 * of the index alone and no two along the same: it then picks a block of rows and columns. Undefined where it picks
 * positions one by one.
 *
 * @param sizes of the indexed dims; positions from the end count from there
 */
export function listed(
  index: ArrayLike<number>,
  shape: readonly number[],
  sizes: readonly (number | undefined)[],
): Listed[] | undefined {
  const columns: Listed[] = [];
  for (let c = 0; c < sizes.length; c++) {
    const column = listedBy(index, shape, c, sizes.length);
    const size = sizes[c];
    if (!column) return undefined;
    const positions = column.positions.map((p) => (p < 0 && size !== undefined ? p + size : p));
    if (positions.some((p) => p < 0 || (size !== undefined && p >= size))) return undefined;
    columns.push({ ...column, positions });
  }
  const used = columns.map(({ along }) => along).filter((d) => d >= 0);
  const wide = shape.filter((n) => n > 1).length;
  return new Set(used).size === used.length && used.length === wide ? columns : undefined;
}

function listedBy(
  index: ArrayLike<number>,
  shape: readonly number[],
  column: number,
  columns: number,
): Listed | undefined {
  const strides = stridesOf(shape);
  const at = (offset: number): number => index[offset * columns + column] as number;
  const changing = shape.flatMap((n, d) => {
    for (let i = 1; i < n; i++) if (at(i * (strides[d] as number)) !== at(0)) return [d];
    return [];
  });
  if (changing.length > 1) return undefined;
  const along = changing[0] ?? -1;
  const stride = strides[along] ?? 1;
  const n = along < 0 ? 1 : (shape[along] as number);
  const positions = Array.from({ length: n }, (_, i) => at(i * stride));
  const total = shape.reduce((a, b) => a * b, 1);
  for (let i = 0; i < total; i++)
    if (at(i) !== positions[along < 0 ? 0 : Math.floor(i / stride) % n]) return undefined;
  return { positions, along };
}

/** An index of some shape that holds the columns. */
export function indexOf(shape: readonly number[], columns: readonly Listed[]): number[] {
  const strides = stridesOf(shape);
  const total = shape.reduce((a, b) => a * b, 1);
  const values = new Array<number>(total * columns.length);
  columns.forEach(({ positions, along }, c) => {
    const [n, stride] = along < 0 ? [1, 1] : [shape[along] as number, strides[along] as number];
    for (let i = 0; i < total; i++)
      values[i * columns.length + c] = positions[Math.floor(i / stride) % n] as number;
  });
  return values;
}

function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= shape[d] as number;
  }
  return strides;
}
