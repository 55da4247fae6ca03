import type { Probe } from "@prune/graph";
import type { Penalty, PenaltyOptions, UnitRates } from "./penalty.js";
import { byPosition, eachRun, familiesOf, placesOf, unitSquares, weightsAt } from "./places.js";

/**
 * Weight decay with a rate for each unit: the sum over units of rate / 2 x ||w||^2, whose gradient by a weight is the
 * rates of its units times the weight. A weight lies in the unit that it makes and in the one that it reads.
 */
export function unitDecay(
  probe: Probe,
  rates: UnitRates,
  options: Omit<PenaltyOptions, "rate"> = {},
): Penalty {
  const { bias = false } = options;
  const gradients = new Map<string, Float32Array>();
  let value = 0;
  for (const family of familiesOf(probe, options)) {
    const own = rates.get(family.id);
    if (!own) continue;
    unitSquares(probe, family, bias).forEach((square, u) => {
      value += ((own[u] as number) / 2) * square;
    });
    for (const place of placesOf(probe, family, bias)) {
      const data = weightsAt(probe, place);
      if (!data) continue;
      const { tensor } = place.member.parameter;
      const gradient = gradients.get(tensor) ?? new Float32Array(data.length);
      gradients.set(tensor, gradient);
      const factors = byPosition(place, own);
      eachRun(place.member.selector, (position, from, to) => {
        const factor = factors[position] as number;
        for (let e = from; e < to; e++) gradient[e]! += factor * (data[e] as number);
      });
    }
  }
  return { value, gradients };
}
