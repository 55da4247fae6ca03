/** Fewer numbers in a row than this are taken for scores: what stands out among few can't be told from chance. */
const few = 64;

/**
 * Whether rows of numbers that a model doesn't say more of may be scores of classes, of which the largest is read. Of many
 * scores one stands out; of an embedding's numbers the largest is about what chance makes it (sqrt(2 ln n) standard
 * deviations of n numbers), features behind a Relu are positive without a bound, and normalised rows have length 1.
 */
export function standsOut(values: ArrayLike<number>, width: number): boolean {
  const rows = values.length / width;
  if (width < few || rows === 0) return true;
  let apart = 0;
  let isPositive = true;
  let most = 0;
  let isNormalised = true;
  for (let r = 0; r < rows; r++) {
    let [sum, squares, largest] = [0, 0, Number.NEGATIVE_INFINITY];
    for (let i = r * width; i < (r + 1) * width; i++) {
      const value = values[i] as number;
      sum += value;
      squares += value * value;
      if (value > largest) largest = value;
      if (value < 0) isPositive = false;
    }
    most = Math.max(most, largest);
    isNormalised &&= Math.abs(squares - 1) < 1e-3;
    const mean = sum / width;
    const deviation = Math.sqrt(Math.max(0, squares / width - mean * mean));
    apart += (largest - mean) / (deviation || 1) / rows;
  }
  if ((isPositive && most > 1) || (isNormalised && !isPositive)) return false;
  return apart > 1.1 * Math.sqrt(2 * Math.log(width));
}
