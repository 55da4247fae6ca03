/** Runs of surviving elements, in order; starts and lengths count `unit` elements. */
export interface Runs {
  readonly starts: readonly number[];
  readonly lengths: readonly number[];
  readonly unit: number;
}

/** Reads bytes [from, to) of what is copied from; good until the next call. */
export type Read = (from: number, to: number) => Uint8Array;

export const sizeOf = ({ lengths, unit }: Runs): number => unit * lengths.reduce((a, b) => a + b, 0);

export function copyRuns(source: Uint8Array, elementBytes: number, runs: Runs): Uint8Array {
  const out = new Uint8Array(sizeOf(runs) * elementBytes);
  copyInto(out, source, elementBytes, runs, 0, runs.starts.length, 0);
  return out;
}

/** The same by stretches of about `size` bytes of the source; each piece is good until the next. */
export function* pieceRuns(
  read: Read,
  elementBytes: number,
  { starts, lengths, unit }: Runs,
  size: number,
  memory?: Uint8Array,
): Generator<Uint8Array> {
  const step = unit * elementBytes;
  const most = Math.max(1, Math.floor(size / step));
  const needed = Math.min(sizeOf({ starts, lengths, unit }) * elementBytes, most * step);
  const out = memory && memory.length >= needed ? memory : new Uint8Array(needed);
  for (let first = 0; first < starts.length; ) {
    const origin = starts[first] as number;
    const end = (k: number): number => (starts[k] as number) + (lengths[k] as number);
    if (end(first) - origin > most) {
      for (let at = origin; at < end(first); at += most)
        yield read(at * step, Math.min(end(first), at + most) * step);
      first++;
      continue;
    }
    let last = first;
    while (last + 1 < starts.length && end(last + 1) - origin <= most) last++;
    const source = read(origin * step, end(last) * step);
    const length = copyInto(out, source, elementBytes, { starts, lengths, unit }, first, last + 1, origin);
    yield out.subarray(0, length);
    first = last + 1;
  }
}

/** Copies runs [first, last) of a source that begins at `origin`; returns how many bytes. */
function copyInto(
  out: Uint8Array,
  source: Uint8Array,
  elementBytes: number,
  { starts, lengths, unit }: Runs,
  first: number,
  last: number,
  origin: number,
): number {
  const step = unit * elementBytes;
  if (step % 4 === 0 && step <= 64) {
    const from = wordsOf(source);
    const to = new Uint32Array(out.buffer, out.byteOffset);
    const words = step / 4;
    let o = 0;
    for (let r = first; r < last; r++) {
      const begin = ((starts[r] as number) - origin) * words;
      const end = begin + (lengths[r] as number) * words;
      for (let i = begin; i < end; i++) to[o++] = from[i] as number;
    }
    return 4 * o;
  }
  let o = 0;
  for (let r = first; r < last; r++) {
    const begin = ((starts[r] as number) - origin) * step;
    const bytes = (lengths[r] as number) * step;
    out.set(source.subarray(begin, begin + bytes), o);
    o += bytes;
  }
  return o;
}

/** Short runs: a loop over words beats many small `set` calls. */
export function wordsOf(source: Uint8Array): Uint32Array {
  const aligned = source.byteOffset % 4 === 0 ? source : source.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2);
}
