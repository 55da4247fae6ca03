const period = 1 << 22;

/** A few million floats that no two positions nearby have in common, in [-0.1, 0.1). */
const floats: Float32Array = Float32Array.from({ length: period }, (_, i) => {
  const mixed = Math.imul(i ^ (i >>> 15), 0x2c1b3c6d) >>> 0;
  return mixed / 2 ** 32 / 5 - 0.1;
});
const bytes = new Uint8Array(floats.buffer);

/** What an external file would hold at a range: the same in every run, and finite as float32. */
export function madeUpBytes(_: string, offset: number, length = 0): Uint8Array {
  const out = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const from = (offset + at) % bytes.length;
    const part = bytes.subarray(from, from + length - at);
    out.set(part, at);
    at += part.length;
  }
  return out;
}
