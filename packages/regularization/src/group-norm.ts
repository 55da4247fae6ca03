import type { Probe } from "@prune/graph";
import type { Penalty, PenaltyOptions, UnitRates } from "./penalty.js";
import { familiesOf, unitSquares } from "./places.js";
import { unitDecay } from "./unit-decay.js";

/** How much faster small units decay than large ones. */
export interface GroupNormOptions extends PenaltyOptions {
  /** The smallest unit of a family decays 2^alpha times as fast as the largest. @default 4 */
  readonly alpha?: number;
}

/**
 * Group-norm regularisation (DepGraph, Fang et al. 2023): decay that is the faster the smaller a unit is beside the
 * others of its family, rate x 2^(alpha (max - norm) / (max - min)), with norms over all the weights that leave
 * together. The rates are held while the gradient is taken: it is rate x w.
 */
export const groupNorm = (probe: Probe, options: GroupNormOptions = {}): Penalty =>
  unitDecay(probe, groupNormRates(probe, options), options);

/** The rates of `groupNorm`. */
export function groupNormRates(probe: Probe, options: GroupNormOptions = {}): UnitRates {
  const { rate = 1e-4, alpha = 4, bias = false } = options;
  const rates = new Map<number, Float64Array>();
  for (const family of familiesOf(probe, options)) {
    const norms = unitSquares(probe, family, bias).map(Math.sqrt);
    rates.set(
      family.id,
      smallness(norms).map((small) => rate * 2 ** (alpha * small)),
    );
  }
  return rates;
}

/** How small each value is: 1 for the smallest, 0 for the largest; all 0 where they are equal. */
export function smallness(values: Float64Array): Float64Array {
  const max = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const range = max - values.reduce((a, b) => Math.min(a, b), Infinity);
  return values.map((value) => (range > 0 ? (max - value) / range : 0));
}
