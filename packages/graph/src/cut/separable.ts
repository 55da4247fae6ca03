import { stridesOf } from "../layout/layout.js";
import { ownersOfView } from "../layout/view.js";
import type { Selector } from "../trace/value.js";
import { copyInto, type Read, type Runs, sizeOf } from "./copy-runs.js";

/**
 * Which positions of each dim of a parameter live, where every selector concerns one dim; undefined entries are whole
 * dims, undefined altogether where a selector ties dims together.
 */
export function liveByDim(
  shape: readonly number[],
  selectors: readonly Selector[],
  life: Uint8Array,
): (Uint8Array | undefined)[] | undefined {
  const live: (Uint8Array | undefined)[] = shape.map(() => undefined);
  for (const selector of selectors) {
    const place = placeOf(shape, selector);
    if (!place) return undefined;
    const flags = live[place.dim] ?? new Uint8Array(shape[place.dim] as number).fill(1);
    for (let p = 0; p < flags.length; p++)
      flags[p] = (flags[p] as number) & (life[selector.ids[place.at(p)] as number] as number);
    live[place.dim] = flags;
  }
  return live;
}

/** The dim that a selector concerns, and the entry of its ids for a position of that dim. */
function placeOf(
  shape: readonly number[],
  { view, dims }: Selector,
): { dim: number; at: (position: number) => number } | undefined {
  const spans = ownersOfView(shape, view);
  const touched = new Set(dims.map((d) => spans[d]));
  if (touched.size !== 1) return undefined;
  const dim = spans[dims[0] as number] as number;
  const parts = view.flatMap((_, d) => (spans[d] === dim ? [d] : []));
  if (parts.length === 1) return { dim, at: (position) => position };
  const steps = stridesOf(parts.map((d) => view[d] as number));
  const own = stridesOf(dims.map((d) => view[d] as number));
  const terms = dims.map((d, i) => {
    const step = steps[parts.indexOf(d)] as number;
    return { step, size: view[d] as number, stride: own[i] as number };
  });
  return {
    dim,
    at: (position) =>
      terms.reduce((sum, { step, size, stride }) => sum + (Math.floor(position / step) % size) * stride, 0),
  };
}

/** The living elements' bytes, copied in runs along the innermost dim that loses positions; `into` holds them where given. */
export function copySeparable(
  source: Uint8Array,
  elementBytes: number,
  shape: readonly number[],
  live: readonly (Uint8Array | undefined)[],
  into?: Uint8Array,
): Uint8Array {
  const last = live.reduce((found, flags, d) => (flags ? d : found), -1);
  if (last < 0) return source;
  const unit = shape.slice(last + 1).reduce((a, b) => a * b, 1);
  const runs = runsOf(live[last] as Uint8Array, unit);
  const rows = offsetsOf(shape.slice(0, last + 1), live);
  const length = rows.length * sizeOf(runs) * elementBytes;
  const out = into?.subarray(0, length) ?? new Uint8Array(length);
  copyInto(out, source, rows, elementBytes, runs);
  return out;
}

/** The same by rows of the first dim that has several, as many as about `size` bytes of the source hold. */
export function* pieceSeparable(
  read: Read,
  elementBytes: number,
  shape: readonly number[],
  live: readonly (Uint8Array | undefined)[],
  size: number,
  memory?: Uint8Array,
): Generator<Uint8Array> {
  const first = shape.findIndex((n) => n > 1);
  const [rows = 1, ...inner] = shape.slice(first);
  const [some, ...others] = live.slice(first);
  const row = inner.reduce((a, b) => a * b, elementBytes);
  const step = Math.min(rows, Math.max(1, Math.floor(size / row)));
  const into = memory && memory.length >= step * row ? memory : new Uint8Array(step * row);
  for (let at = 0; at < rows; at += step) {
    const end = Math.min(rows, at + step);
    const flags = some?.subarray(at, end);
    if (flags && !flags.includes(1)) continue;
    yield copySeparable(
      read(at * row, end * row),
      elementBytes,
      [end - at, ...inner],
      [flags, ...others],
      into,
    );
  }
}

/** The stretches of living positions. */
function runsOf(flags: Uint8Array, unit: number): Runs {
  const starts: number[] = [];
  const lengths: number[] = [];
  for (let i = 0; i < flags.length; i++) {
    if (flags[i] === 0) continue;
    const start = i;
    while (i < flags.length && flags[i] === 1) i++;
    starts.push(start);
    lengths.push(i - start);
  }
  return { starts, lengths, unit };
}

/** Offsets of the living rows along all dims but the last, in positions of the last. */
function offsetsOf(shape: readonly number[], live: readonly (Uint8Array | undefined)[]): number[] {
  const strides = stridesOf(shape);
  let rows = [0];
  for (let d = 0; d < shape.length - 1; d++) {
    const next: number[] = [];
    for (const row of rows)
      for (let p = 0; p < (shape[d] as number); p++)
        if (live[d]?.[p] !== 0) next.push(row + p * (strides[d] as number));
    rows = next;
  }
  return rows;
}
