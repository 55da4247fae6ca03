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
  copyInto(out, source, [0], elementBytes, runs);
  return out;
}

/** Copies the runs of each row of a source, whose offsets count units too. */
export function copyInto(
  out: Uint8Array,
  source: Uint8Array,
  rows: readonly number[],
  elementBytes: number,
  runs: Runs,
): void {
  const { starts, lengths, unit } = runs;
  const step = unit * elementBytes;
  // Short runs: a loop over words beats many small `set` calls.
  const isShort = step % 4 === 0 && sizeOf(runs) * elementBytes <= 256 * starts.length;
  const size = isShort ? step / 4 : step;
  const from = isShort ? wordsOf(source) : source;
  const to = isShort ? new Uint32Array(out.buffer, out.byteOffset) : out;
  let o = 0;
  for (let k = 0; k < rows.length; k++)
    for (let r = 0; r < starts.length; r++) {
      const begin = ((rows[k] as number) + (starts[r] as number)) * size;
      const end = begin + (lengths[r] as number) * size;
      if (isShort) for (let i = begin; i < end; i++) to[o++] = from[i] as number;
      else {
        to.set(from.subarray(begin, end), o);
        o += end - begin;
      }
    }
}

function wordsOf(source: Uint8Array): Uint32Array {
  const aligned = source.byteOffset % 4 === 0 ? source : source.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2);
}
