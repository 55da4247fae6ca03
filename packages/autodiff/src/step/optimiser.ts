import type { GradientKit } from "../graph/kit.js";

/** One parameter while it is stepped. */
export interface Stepped {
  readonly value: string;
  readonly gradient: string;
  readonly shape: readonly number[];
  /** A tensor of the parameter's shape that is kept from step to step, zeros at first. */
  state(name: string): string;
  /** Gives a state its next value. */
  next(name: string, tensor: string): void;
  /** Whether its weights decay: those of matrices and kernels do, biases and scales do not. */
  readonly decays: boolean;
}

/** What changes from step to step, fed as numbers. */
export interface Rates {
  /** The learning rate. */
  readonly rate: string;
  /** Count of this step, from 1. */
  readonly count: string;
}

/** How a gradient becomes a step, in ordinary nodes. */
export interface Optimiser {
  readonly name: string;
  /** The states that it keeps of each parameter. */
  readonly states: readonly string[];
  /** The parameter's next value. */
  step(parameter: Stepped, rates: Rates, kit: GradientKit): string;
}

/** Constants of `sgd`; the learning rate is fed at each step. */
export interface SgdOptions {
  /** @default 0.9 */
  readonly momentum?: number;
  /** Look ahead along the momentum. @default false */
  readonly nesterov?: boolean;
  /** Added to the gradient, times the weight. @default 0 */
  readonly weightDecay?: number;
}

/** Stochastic gradient descent with momentum (Sutskever et al. 2013, as PyTorch has it). */
export function sgd({ momentum = 0.9, nesterov = false, weightDecay = 0 }: SgdOptions = {}): Optimiser {
  return {
    name: "sgd",
    states: momentum === 0 ? [] : ["momentum"],
    step({ value, gradient, decays, state, next }, { rate }, k) {
      const pulled = decays && weightDecay > 0 ? k.add(gradient, k.mul(value, weightDecay)) : gradient;
      if (momentum === 0) return k.sub(value, k.mul(pulled, rate));
      const speed = k.add(k.mul(state("momentum"), momentum), pulled);
      next("momentum", speed);
      const way = nesterov ? k.add(pulled, k.mul(speed, momentum)) : speed;
      return k.sub(value, k.mul(way, rate));
    },
  };
}

/** Constants of `adamW`, with the names and defaults of PyTorch. */
export interface AdamWOptions {
  /** @default 0.9 */
  readonly beta1?: number;
  /** @default 0.999 */
  readonly beta2?: number;
  /** @default 1e-8 */
  readonly epsilon?: number;
  /** Pulled off the weight beside the step, times the learning rate. @default 0.01 */
  readonly weightDecay?: number;
}

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019). Keeps twice the weights. */
export function adamW({
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  weightDecay = 0.01,
}: AdamWOptions = {}): Optimiser {
  return {
    name: "adamw",
    states: ["mean", "square"],
    step({ value, gradient, decays, state, next }, { rate, count }, k) {
      const mean = k.add(k.mul(state("mean"), beta1), k.mul(gradient, 1 - beta1));
      const square = k.add(k.mul(state("square"), beta2), k.mul(k.square(gradient), 1 - beta2));
      next("mean", mean);
      next("square", square);
      const unbiased = (moment: string, beta: number): string =>
        k.div(moment, k.sub(1, k.pow(k.number(beta, count), count)));
      const way = k.div(unbiased(mean, beta1), k.add(k.emit("Sqrt", [unbiased(square, beta2)]), epsilon));
      const kept = decays && weightDecay > 0 ? k.sub(value, k.mul(k.mul(value, weightDecay), rate)) : value;
      return k.sub(kept, k.mul(way, rate));
    },
  };
}
