const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);
const magic = 1.5 * 2 ** 52;

/** Nearest integer, ties to even. */
export function roundEven(x: number): number {
  return Math.abs(x) < 2 ** 51 ? x + magic - magic : x;
}

/** Nearest float16 value. */
export function roundHalf(x: number): number {
  const magnitude = Math.abs(x);
  if (magnitude >= 65520) return Math.sign(x) * Infinity;
  if (Number.isNaN(x) || x === 0) return x;
  float[0] = magnitude;
  const exponent = Math.max((bits[0]! >>> 23) - 127, -14);
  const unit = 2 ** (exponent - 10);
  return roundEven(x / unit) * unit;
}

/** Nearest bfloat16 value: the upper half of a float32. */
export function roundBrain(x: number): number {
  if (Number.isNaN(x)) return x;
  float[0] = x;
  const word = bits[0]!;
  bits[0] = (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000;
  return float[0];
}
