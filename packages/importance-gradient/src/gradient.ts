import type { Importance, Probe } from "@prune/graph";
import { checkTaken } from "@prune/graph/advanced";
import { type MagnitudeOptions, magnitude } from "@prune/importance-magnitude";
import { magnitudeOfSum, takenBySums } from "@prune/importance-magnitude/advanced";
import { curvatureIn, gradientsIn, productsOf } from "./gradient-probe.js";

/** Which of a unit's parameters count, and how their scores become one. */
export interface GradientOptions extends Pick<MagnitudeOptions, "reduction" | "normaliser" | "roles"> {
  /** Whether biases and shifts of norms count: the loss knows them as any weight. @default true */
  readonly bias?: boolean;
}

/** How first-order terms of a unit are added up. */
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
export function taylor(given: TaylorOptions = {}): Importance {
  const { p, multivariable = false, ...options } = given;
  checkTaken("taylor", given, { ...takenBySums, p: [], multivariable: [] });
  if (multivariable && p !== undefined)
    throw new TypeError("`multivariable` sums before any power: give it or `p`, not both.");
  return multivariable
    ? over("taylor-multivariable", "gradients", magnitudeOfSum({ ...plain, ...options }), firstOrder)
    : over("taylor", "gradients", magnitude({ ...plain, ...options, p: p ?? 1 }), firstOrder);
}

/** The same to second order with the Fisher information for the Hessian: sums of w^2 E[(dL/dw)^2] / 2 over batches. */
export function fisher(options: GradientOptions = {}): Importance {
  checkTaken("fisher", options, takenBySums);
  return over("fisher", "gradients", magnitude({ ...plain, ...options, p: 2 }), (probe) => {
    const gradients = gradientsIn(probe);
    return (tensor) => {
      const square = gradients(tensor)?.square;
      return square && ((w, i) => w * Math.sqrt((square[i] as number) / 2));
    };
  });
}

/**
 * Optimal brain damage (LeCun et al. 1990) with the Gauss-Newton matrix for the Hessian: sums of w^2 H / 2, what the
 * loss would change by to second order near a minimum. Unlike `fisher` it takes the classes that the model itself
 * gives, and needs no labels (Martens 2020 on the difference).
 */
export function obd(options: GradientOptions = {}): Importance {
  checkTaken("obd", options, takenBySums);
  return over("obd", "curvature", magnitude({ ...plain, ...options, p: 2 }), (probe) => {
    const curvature = curvatureIn(probe);
    return (tensor) => {
      const found = curvature(tensor);
      return found && ((w, i) => w * Math.sqrt((found[i] as number) / 2));
    };
  });
}

const plain = { normaliser: "none", bias: true } as const;
const firstOrder: Products = (probe) => {
  const gradients = gradientsIn(probe);
  return (tensor) => {
    const mean = gradients(tensor)?.mean;
    return mean && ((w, i) => w * (mean[i] as number));
  };
};

type Products = (probe: Probe) => Parameters<typeof productsOf>[1];

function over(
  name: string,
  need: "gradients" | "curvature",
  sums: Importance,
  products: Products,
): Importance {
  const probes = new WeakMap<Probe, Probe>();
  return {
    name,
    needs: ["weights", need],
    score(family, probe) {
      const shown = probes.get(probe) ?? productsOf(probe, products(probe));
      probes.set(probe, shown);
      return sums.score(family, shown);
    },
  };
}
