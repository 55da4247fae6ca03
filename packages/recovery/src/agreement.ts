import { type Compared, comparing } from "./comparison.js";

/** A model's first output over batches of samples, flat, and the size of its last dim. */
export interface Answers {
  readonly values: Float64Array;
  readonly classes: number;
}

/** How closely two models agree. */
export interface Agreement {
  /** Share of rows whose largest value is at the same place. */
  readonly top1: number;
  /** Mean cosine of rows. */
  readonly cosine: number;
  /** Mean Kullback-Leibler divergence of rows, in nats: of their softmax, unless they are probabilities in both. */
  readonly kl: number;
  /** Squared error relative to the variance of the first. */
  readonly error: number;
}

/**
 * How closely answers agree with the original's: error relative to variance, cosine, KL divergence in nats, top-1.
 */
export function agreement(dense: Answers, other: Answers): Agreement {
  const comparison = comparing();
  const [a, b] = [dense, other].map(({ values, classes }) => {
    return [{ name: "", values, dims: [values.length / classes, classes] }];
  });
  comparison.add(a ?? [], b ?? [], 1);
  return (comparison.outputs()[0] as Compared).agreement;
}
