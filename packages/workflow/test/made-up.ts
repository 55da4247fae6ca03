/** Numbers that look random, the same for the same seed. */
export const numbers = (n: number, seed: number): number[] =>
  Array.from({ length: n }, (_, i) => Math.sin(seed + 1.7 * i) + 0.2);

/** Samples of some width as a file. */
export function npy(rows: number, width: number): Uint8Array {
  const head = `${`{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${width}), }`.padEnd(117)}\n`;
  const values = new Uint8Array(Float32Array.from(numbers(rows * width, 7)).buffer);
  return Uint8Array.from([0x93, ...Buffer.from("NUMPY"), 1, 0, 118, 0, ...Buffer.from(head), ...values]);
}
