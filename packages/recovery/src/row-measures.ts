/** Of rows of n values; what is infinite in both is no error. */
export function squaredError(x: ArrayLike<number>, y: ArrayLike<number>, at: number, n: number): number {
  let sum = 0;
  for (let i = at; i < at + n; i++) if (x[i] !== y[i]) sum += ((x[i] as number) - (y[i] as number)) ** 2;
  return sum;
}

/** Of rows of n values, without what is infinite in both. */
export function cosine(x: ArrayLike<number>, y: ArrayLike<number>, at: number, n: number): number {
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = at; i < at + n; i++) {
    const [a, b] = [x[i] as number, y[i] as number];
    if (!Number.isFinite(a) && a === b) continue;
    xx += a * a;
    xy += a * b;
    yy += b * b;
  }
  return xy / (Math.sqrt(xx * yy) || 1);
}
