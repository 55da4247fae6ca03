import type { Probe } from "@prune/graph";
import type { Penalty, PenaltyOptions } from "./penalty.js";
import { familiesOf, unitSquares } from "./places.js";
import { unitDecay } from "./unit-decay.js";

/**
 * Group lasso: rate x the sum of the units' norms ||w||, each over all the weights that leave together; the gradient is
 * rate x w / ||w||, and 0 for units that are zero (Yuan and Lin 2006; for filters, Wen et al. 2016). Pulls every unit
 * with the same force, so that small ones reach zero.
 */
export function groupLasso(probe: Probe, options: PenaltyOptions = {}): Penalty {
  const { rate = 1e-4, bias = false } = options;
  let value = 0;
  const rates = new Map<number, Float64Array>();
  for (const family of familiesOf(probe, options)) {
    const norms = unitSquares(probe, family, bias).map(Math.sqrt);
    rates.set(
      family.id,
      norms.map((norm) => (norm === 0 ? 0 : rate / norm)),
    );
    for (const norm of norms) value += rate * norm;
  }
  return { value, gradients: unitDecay(probe, rates, options).gradients };
}
