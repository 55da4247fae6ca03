import { type Fit, leastSquares } from "./fit.js";
import { emptyMoments, type Moments, selectInputs } from "./moments.js";

/** Moments of a layer's inputs together with its own outputs: nothing but its weights is needed for the latter. */
export function withOutputs(moments: Moments, { weights, bias }: Fit): Moments {
  const { inputs: n, xx, meanX, count } = moments;
  const q = bias.length;
  const out: Moments = { ...emptyMoments(0, q), inputs: n, xx, meanX, xy: new Float64Array(n * q), count };
  for (let o = 0; o < q; o++) {
    let mean = bias[o] as number;
    let power = 0;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += (xx[i * n + j] as number) * (weights[o * n + j] as number);
      out.xy[i * q + o] = sum;
      const w = weights[o * n + i] as number;
      power += w * sum;
      mean += w * (meanX[i] as number);
    }
    out.yy[o] = power;
    out.meanY[o] = mean;
  }
  return out;
}

/** The layer without some inputs, refitted to the outputs it had: W' = W_P + W_R A, with the bias to match. */
export function withoutInputs(moments: Moments, fit: Fit, kept: ArrayLike<number>, alpha = 1e-3): Fit {
  return leastSquares(selectInputs(withOutputs(moments, fit), kept), alpha, selectColumns(fit, kept));
}

function selectColumns({ weights, bias }: Fit, kept: ArrayLike<number>): Fit {
  const n = weights.length / bias.length;
  const out = new Float64Array(bias.length * kept.length);
  for (let o = 0; o < bias.length; o++)
    for (let i = 0; i < kept.length; i++)
      out[o * kept.length + i] = weights[o * n + (kept[i] as number)] as number;
  return { weights: out, bias };
}

/** The map to some of the outputs. */
export function selectOutputs({ weights, bias }: Fit, kept: ArrayLike<number>): Fit {
  const n = weights.length / bias.length;
  const out = new Float64Array(kept.length * n);
  for (let o = 0; o < kept.length; o++) {
    const from = (kept[o] as number) * n;
    out.set(weights.subarray(from, from + n), o * n);
  }
  return {
    weights: out,
    bias: Float64Array.from({ length: kept.length }, (_, o) => bias[kept[o] as number] as number),
  };
}
