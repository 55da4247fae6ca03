/** Runs of consecutive weights, each of which is one position of a column of sums. */
export interface Runs {
  readonly count: number;
  readonly length: number;
  readonly column: Float64Array;
  /** From one run to the next in the column. */
  readonly stride: number;
}

/** Adds the sum of |w|^p of each run to its place in the column, from `first` on, and returns the sum of all. */
export function addPowers(
  data: Float32Array,
  from: number,
  { count, length, column, stride }: Runs,
  first: number,
  p: number,
): number {
  const isFast = p === 1 || p === 2;
  if (isFast && length === 1) return addElements(data, from, count, column, first, stride, p === 2);
  let total = 0;
  for (let k = 0, i = from, to = first; k < count; k++, i += length, to += stride) {
    const sum = isFast ? fastSum(data, i, i + length, p === 2) : powerSum(data, i, i + length, p);
    column[to]! += sum;
    total += sum;
  }
  return total;
}

/** Four sums side by side, as one would wait for itself. */
function fastSum(data: Float32Array, from: number, end: number, square: boolean): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = from;
  for (const last = end - 3; i < last; i += 4) {
    const a = data[i]!;
    const b = data[i + 1]!;
    const c = data[i + 2]!;
    const d = data[i + 3]!;
    s0 += square ? a * a : Math.abs(a);
    s1 += square ? b * b : Math.abs(b);
    s2 += square ? c * c : Math.abs(c);
    s3 += square ? d * d : Math.abs(d);
  }
  for (; i < end; i++) {
    const a = data[i]!;
    s0 += square ? a * a : Math.abs(a);
  }
  return s0 + s1 + (s2 + s3);
}

/** Runs of one element, four at a time. */
function addElements(
  data: Float32Array,
  from: number,
  count: number,
  column: Float64Array,
  first: number,
  stride: number,
  square: boolean,
): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = from;
  let to = first;
  const end = from + count;
  for (const last = end - 3; i < last; i += 4, to += 4 * stride) {
    const a = data[i]!;
    const b = data[i + 1]!;
    const c = data[i + 2]!;
    const d = data[i + 3]!;
    const w = square ? a * a : Math.abs(a);
    const x = square ? b * b : Math.abs(b);
    const y = square ? c * c : Math.abs(c);
    const z = square ? d * d : Math.abs(d);
    column[to]! += w;
    column[to + stride]! += x;
    column[to + 2 * stride]! += y;
    column[to + 3 * stride]! += z;
    s0 += w;
    s1 += x;
    s2 += y;
    s3 += z;
  }
  for (; i < end; i++, to += stride) {
    const a = data[i]!;
    const w = square ? a * a : Math.abs(a);
    column[to]! += w;
    s0 += w;
  }
  return s0 + s1 + (s2 + s3);
}

function powerSum(data: Float32Array, from: number, end: number, p: number): number {
  let sum = 0;
  for (let i = from; i < end; i++) sum += Math.abs(data[i]!) ** p;
  return sum;
}
