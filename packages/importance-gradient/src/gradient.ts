import type { Importance, Probe } from "@prune/graph";
import { type MagnitudeOptions, magnitude, magnitudeOfSum } from "@prune/importance-magnitude";
import { productsOf } from "./gradient-probe.js";

export interface GradientOptions extends Pick<MagnitudeOptions, "reduction" | "normaliser" | "roles"> {
  /** Whether biases and shifts of norms count: the loss knows them as any weight. @default true */
  readonly bias?: boolean;
}

export interface TaylorOptions extends GradientOptions {
  /** Power of what each weight would change the loss by. @default 1 */
  readonly p?: number;
  /**
   * Whether the weights of a unit in a parameter leave as one: |sum of w dL/dw|, in which what they would change the
   * loss by may cancel, for the sum of |w dL/dw|. Not with `p`. @default false
   */
  readonly multivariable?: boolean;
}

/**
 * What the loss would change by, to first order, if the weights of a unit were zero: sums of |w dL/dw| (Molchanov et
 * al. 2019). Scores of different axes are comparable, and stay as they are unless a normaliser is given.
 */
export function taylor({ p, multivariable = false, ...options }: TaylorOptions = {}): Importance {
  if (multivariable && p !== undefined)
    throw new TypeError("`multivariable` sums before any power: give it or `p`, not both.");
  return multivariable
    ? over("taylor-multivariable", magnitudeOfSum({ ...plain, ...options }), firstOrder)
    : over("taylor", magnitude({ ...plain, ...options, p: p ?? 1 }), firstOrder);
}

/** The same to second order with the Fisher information for the Hessian: sums of w^2 E[(dL/dw)^2] / 2 over batches. */
export const fisher = (options: GradientOptions = {}): Importance =>
  over("fisher", magnitude({ ...plain, ...options, p: 2 }), (w, _, square) => w * Math.sqrt(square / 2));

const plain = { normaliser: "none", bias: true } as const;
const firstOrder = (weight: number, mean: number): number => weight * mean;

function over(
  name: string,
  sums: Importance,
  product: (weight: number, mean: number, square: number) => number,
): Importance {
  const probes = new WeakMap<Probe, Probe>();
  return {
    name,
    needs: ["weights", "gradients"],
    score(family, probe) {
      const products = probes.get(probe) ?? productsOf(probe, product);
      probes.set(probe, products);
      return sums.score(family, products);
    },
  };
}
