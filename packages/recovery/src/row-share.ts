/** Bytes of single precision that the rows of a layer take at most. */
const mostBytes = 2 ** 28;

/**
 * How many rows of a layer a batch gives, of about `rows` from all batches together: in proportion to its samples, and
 * fewer where rows are so wide that they would take more than 256 MB. Not a whole number.
 */
export function rowShare(rows: number, sizes: readonly number[]): (batch: number, width: number) => number {
  const total = sizes.reduce((a, b) => a + b, 0);
  return (batch, width) => (Math.min(rows, mostBytes / (4 * width)) * (sizes[batch] as number)) / total;
}
