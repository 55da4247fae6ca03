/** Mean of max(0, z) for z normal with this mean and deviation. */
export function expectedRelu(mean: number, deviation: number): number {
  const s = Math.abs(deviation);
  if (s === 0) return Math.max(0, mean);
  const t = mean / s;
  return s * Math.exp((-t * t) / 2) * 0.3989422804014327 + mean * below(t);
}

/** Normal distribution function, to 1e-7 (Abramowitz and Stegun 26.2.17). */
function below(t: number): number {
  const k = 1 / (1 + 0.2316419 * Math.abs(t));
  const series =
    k * (0.31938153 + k * (-0.356563782 + k * (1.781477937 + k * (-1.821255978 + k * 1.330274429))));
  const tail = Math.exp((-t * t) / 2) * 0.3989422804014327 * series;
  return t > 0 ? 1 - tail : tail;
}
