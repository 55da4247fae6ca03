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
  const step = runs.unit * elementBytes;
  const isShort = sizeOf(runs) * elementBytes <= shortRun * runs.starts.length;
  if (isShort && rows.length >= manyRows) gather(out, source, rows, step, runs);
  else byRuns(out, source, rows, step, runs, isShort);
}

/** Bytes of a run, on average, up to which a loop beats a call of `set` for each. */
const shortRun = 256;

/** As many rows make up for a list of what every one of them keeps. */
const manyRows = 4;

function byRuns(
  out: Uint8Array,
  source: Uint8Array,
  rows: readonly number[],
  step: number,
  { starts, lengths }: Runs,
  isShort: boolean,
): void {
  const word = isShort ? wordOf(step, out) : 1;
  const size = step / word;
  const from = wordsOf(source, word);
  const to = wordsOf(out, word);
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

/**
 * Words of every row by one list of where they lie: a loop over short runs is left at another place each time, which a
 * processor can't foresee.
 */
function gather(
  out: Uint8Array,
  source: Uint8Array,
  rows: readonly number[],
  step: number,
  { starts, lengths }: Runs,
): void {
  const word = wordOf(step, out);
  const size = step / word;
  const kept = new Int32Array(lengths.reduce((a, b) => a + b, 0) * size);
  let n = 0;
  for (let r = 0; r < starts.length; r++) {
    const begin = (starts[r] as number) * size;
    const end = begin + (lengths[r] as number) * size;
    for (let i = begin; i < end; i++) kept[n++] = i;
  }
  const from = wordsOf(source, word);
  const to = wordsOf(out, word);
  for (let k = 0, o = 0; k < rows.length; k++, o += n) {
    const base = (rows[k] as number) * size;
    if (to instanceof Uint16Array) gatherHalves(to, o, from as Uint16Array, base, kept);
    else for (let i = 0; i < n; i++) to[o + i] = from[base + kept[i]!]!;
  }
}

/** One row of 16-bit words, eight at a time: the largest share of cutting a model in half precision goes here. */
function gatherHalves(to: Uint16Array, at: number, from: Uint16Array, base: number, kept: Int32Array): void {
  let i = 0;
  for (const whole = kept.length - (kept.length % 8); i < whole; i += 8) {
    const o = at + i;
    to[o] = from[base + kept[i]!]!;
    to[o + 1] = from[base + kept[i + 1]!]!;
    to[o + 2] = from[base + kept[i + 2]!]!;
    to[o + 3] = from[base + kept[i + 3]!]!;
    to[o + 4] = from[base + kept[i + 4]!]!;
    to[o + 5] = from[base + kept[i + 5]!]!;
    to[o + 6] = from[base + kept[i + 6]!]!;
    to[o + 7] = from[base + kept[i + 7]!]!;
  }
  for (; i < kept.length; i++) to[at + i] = from[base + kept[i]!]!;
}

type Words = Uint8Array | Uint16Array | Uint32Array;

/** Bytes of the largest word that a step is whole ones of, and the output begins at one of. */
const wordOf = (step: number, { byteOffset }: Uint8Array): 1 | 2 | 4 =>
  step % 4 === 0 && byteOffset % 4 === 0 ? 4 : step % 2 === 0 && byteOffset % 2 === 0 ? 2 : 1;

function wordsOf(bytes: Uint8Array, size: 1 | 2 | 4): Words {
  if (size === 1) return bytes;
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return size === 2
    ? new Uint16Array(buffer, byteOffset, byteLength >> 1)
    : new Uint32Array(buffer, byteOffset, byteLength >> 2);
}
