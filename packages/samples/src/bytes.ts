import { SamplesError } from "./errors.js";

/** Bytes that are read in parts, best from the front to the end. */
export interface Bytes {
  readonly path: string;
  readonly size: number;
  /** Some bytes; fewer come back only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Runs of neighbouring places in ascending order: what one read can fetch. */
export function* runsOf(
  places: ArrayLike<number>,
): Generator<{ readonly first: number; readonly slots: number[] }> {
  const order = Array.from({ length: places.length }, (_, slot) => slot).sort(
    (a, b) => (places[a] as number) - (places[b] as number),
  );
  for (let i = 0; i < order.length; ) {
    const first = places[order[i] as number] as number;
    let end = i + 1;
    while (end < order.length && (places[order[end] as number] as number) === first + end - i) end++;
    yield { first, slots: order.slice(i, end) };
    i = end;
  }
}

/** Half of the memory of a small machine. */
const mostAtOnce = 4 * 2 ** 30;

/** Samples of `size` bytes from a place of a file on, in the order asked for. */
export async function readRows(
  bytes: Bytes,
  start: number,
  size: number,
  places: ArrayLike<number>,
): Promise<Uint8Array> {
  if (places.length * size > mostAtOnce)
    throw new SamplesError("bad-file", {
      path: bytes.path,
      why: `${places.length} samples of ${size} bytes are more than the ${mostAtOnce} bytes that are read at once; ask for fewer`,
    });
  const out = new Uint8Array(places.length * size);
  for (const { first, slots } of runsOf(places)) {
    const data = await bytes.read(start + first * size, slots.length * size);
    if (data.length < slots.length * size)
      throw new SamplesError("bad-file", { path: bytes.path, why: "it ends early" });
    slots.forEach((slot, i) => {
      out.set(data.subarray(i * size, (i + 1) * size), slot * size);
    });
  }
  return out;
}

/** Everything, as text. */
export const textOf = async (bytes: Bytes): Promise<string> =>
  new TextDecoder().decode(await bytes.read(0, bytes.size));

/** Bytes in memory. */
export const memoryBytes = (path: string, bytes: Uint8Array): Bytes => ({
  path,
  size: bytes.length,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});
