let table: Float32Array | undefined;

/** The number that each 16-bit pattern stands for. */
export function halfTable(): Float32Array {
  table ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => half(bits));
  return table;
}

function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
