import { npy as npyOf } from "../../samples/test/files.js";

/** Numbers that look random, the same for the same seed. */
export const numbers = (n: number, seed: number): number[] =>
  Array.from({ length: n }, (_, i) => Math.sin(seed + 1.7 * i) + 0.2);

/** Samples of some width as a file. */
export const npy = (rows: number, width: number): Uint8Array =>
  npyOf("<f4", [rows, width], numbers(rows * width, 7));
