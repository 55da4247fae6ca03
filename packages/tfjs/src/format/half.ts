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

/** The pattern whose number is nearest to one, even of two; the largest where it is beyond them. */
export function halfBits(value: number): number {
  const numbers = halfTable();
  const size = Math.abs(value);
  let [low, high] = [0, 0x7bff];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((numbers[middle] as number) <= size) low = middle;
    else high = middle - 1;
  }
  const [below, above] = [numbers[low] as number, numbers[Math.min(low + 1, 0x7bff)] as number];
  const up = size - below > above - size || (size - below === above - size && (low & 1) === 1);
  return (value < 0 ? 0x8000 : 0) | (up ? Math.min(low + 1, 0x7bff) : low);
}
