import type { Selector } from "@prune/graph";

/** Sums a function of the elements at every position of a selector: one pass, in the order of the weights. */
export function sumByPosition(
  data: Float32Array,
  { view, dims, ids }: Selector,
  of: (value: number) => number,
): Float64Array {
  const sums = new Float64Array(ids.length);
  const [outer, run, positions] = runs(view, dims);
  for (let o = 0, i = 0; o < outer; o++) {
    const at = positions[o] as number;
    let sum = 0;
    for (const end = i + run; i < end; i++) sum += of(data[i] as number);
    sums[at]! += sum;
  }
  return sums;
}

/** The elements of each position of a selector, position by position. */
export function elementsByPosition(data: Float32Array, { view, dims, ids }: Selector): Float32Array {
  const [outer, run, positions] = runs(view, dims);
  const size = data.length / Math.max(1, ids.length);
  const next = new Int32Array(ids.length);
  const out = new Float32Array(data.length);
  for (let o = 0; o < outer; o++) {
    const at = positions[o] as number;
    out.set(data.subarray(o * run, (o + 1) * run), at * size + (next[at] as number));
    next[at]! += run;
  }
  return out;
}

/** Runs of consecutive elements with one position: how many, how long, and the position of each. */
function runs(view: readonly number[], dims: readonly number[]): [number, number, Int32Array] {
  const last = Math.max(...dims);
  const run = view.slice(last + 1).reduce((a, b) => a * b, 1);
  let positions: Int32Array = new Int32Array(1);
  for (let d = 0; d <= last; d++) {
    const size = view[d] as number;
    const k = dims.indexOf(d);
    const stride = k < 0 ? 0 : dims.slice(k + 1).reduce((a, e) => a * (view[e] as number), 1);
    const next = new Int32Array(positions.length * size);
    for (let o = 0; o < positions.length; o++)
      for (let i = 0; i < size; i++) next[o * size + i] = (positions[o] as number) + i * stride;
    positions = next;
  }
  return [positions.length, run, positions];
}
