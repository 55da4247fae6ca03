import { elementCount, numbersOf } from "../numbers.js";
import type { Values } from "../values.js";

/** Cells that are larger than usual by more than this don't set the scale that the others are judged on. */
const unusual = 100;

/**
 * How far a tensor is from what it should be: the largest difference relative to the cell or to the tensor's usual
 * cells, whichever is larger. Unlike an output, what lies beside a few huge cells must be right on its own scale.
 */
export function anchorError(actual: readonly Values[], expected: readonly Values[]): number {
  const scale = Math.max(...expected.map(usual));
  return expected.reduce((worst, values, i) => Math.max(worst, errorOf(actual[i], values, scale)), 0);
}

/** The largest finite magnitude, but at most so many times the median of those that are not 0. */
function usual(values: Values): number {
  const at = numbersOf(values);
  const count = at ? elementCount(values) : 0;
  const step = Math.max(1, Math.floor(count / 4096));
  const sizes: number[] = [];
  let largest = 0;
  for (let i = 0; at && i < count; i++) {
    const size = Math.abs(at(i));
    if (!Number.isFinite(size)) continue;
    largest = Math.max(largest, size);
    if (i % step === 0 && size > 0) sizes.push(size);
  }
  sizes.sort((a, b) => a - b);
  const median = sizes[Math.floor(sizes.length / 2)];
  return median === undefined ? largest : Math.min(largest, unusual * median);
}

function errorOf(actual: Values | undefined, expected: Values, scale: number): number {
  const [left, right] = [actual && numbersOf(actual), numbersOf(expected)];
  if (!actual || !left || !right || actual.dims.join() !== expected.dims.join()) return Infinity;
  let worst = 0;
  const count = elementCount(expected);
  for (let i = 0; i < count; i++) {
    const [value, wanted] = [left(i), right(i)];
    if (Object.is(value, wanted) || value === wanted) continue;
    if (!Number.isFinite(value) || !Number.isFinite(wanted)) return Infinity;
    worst = Math.max(worst, Math.abs(value - wanted) / Math.max(Math.abs(wanted), scale));
  }
  return worst;
}
