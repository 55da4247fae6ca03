import type { Importance, Probe } from "@prune/graph";
import { type MagnitudeOptions, magnitude } from "@prune/importance-magnitude";
import { productsOf } from "./gradient-probe.js";

export interface GradientOptions extends Pick<MagnitudeOptions, "reduction" | "normaliser" | "roles"> {
  /** Whether biases and shifts of norms count: the loss knows them as any weight. @default true */
  readonly bias?: boolean;
}

export interface TaylorOptions extends GradientOptions {
  /** Power of what each weight would change the loss by. @default 1 */
  readonly p?: number;
}

/**
 * What the loss would change by, to first order, if the weights of a unit were zero: sums of |w dL/dw| (Molchanov et
 * al. 2019). Scores of different axes are comparable, and stay as they are unless a normaliser is given.
 */
export const taylor = ({ p = 1, ...options }: TaylorOptions = {}): Importance =>
  over("taylor", { ...options, p }, (w, mean) => w * mean);

/** The same to second order with the Fisher information for the Hessian: sums of w^2 E[(dL/dw)^2] / 2 over batches. */
export const fisher = (options: GradientOptions = {}): Importance =>
  over("fisher", { ...options, p: 2 }, (w, _, square) => w * Math.sqrt(square / 2));

function over(
  name: string,
  options: MagnitudeOptions,
  product: (weight: number, mean: number, square: number) => number,
): Importance {
  const sums = magnitude({ normaliser: "none", bias: true, ...options });
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
