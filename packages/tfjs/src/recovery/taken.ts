import * as tf from "@tensorflow/tfjs-core";

/**
 * Some rows and columns of a matrix, in the orders given; all where they are undefined. Copied on this side of the runtime:
 * its look-ups work out every number's place again, which is slower by far.
 */
export function taken(
  x: tf.Tensor2D,
  rows: ArrayLike<number> | undefined,
  columns: ArrayLike<number> | undefined,
): tf.Tensor2D {
  const [height, width] = x.shape;
  const values = x.dataSync<"float32">();
  const [m, n] = [rows?.length ?? height, columns?.length ?? width];
  const out = new Float32Array(m * n);
  for (let r = 0; r < m; r++) {
    const from = (rows ? (rows[r] as number) : r) * width;
    const to = r * n;
    if (columns) for (let c = 0; c < n; c++) out[to + c] = values[from + (columns[c] as number)] as number;
    else for (let c = 0; c < n; c++) out[to + c] = values[from + c] as number;
  }
  return tf.tensor2d(out, [m, n]);
}
