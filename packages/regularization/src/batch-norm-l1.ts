import type { Probe } from "@prune/graph";
import { dutyOf } from "@prune/importance-magnitude/advanced";
import type { Penalty, PenaltyOptions } from "./penalty.js";
import { eachRun, familiesOf, placesOf, weightsAt } from "./places.js";

/**
 * L1 on the scales of batch normalisations (network slimming, Liu et al. 2017): rate x the sum of |scale| over those
 * that scale the units; the gradient is rate x sign(scale).
 */
export function batchNormL1(probe: Probe, options: Omit<PenaltyOptions, "bias"> = {}): Penalty {
  const { rate = 1e-4 } = options;
  const gradients = new Map<string, Float32Array>();
  let value = 0;
  for (const family of familiesOf(probe, options))
    for (const place of placesOf(probe, family, false)) {
      const { parameter, selector } = place.member;
      const data = dutyOf(probe.trace, parameter) === "scale" ? weightsAt(probe, place) : undefined;
      if (!data) continue;
      const gradient = gradients.get(parameter.tensor) ?? new Float32Array(data.length);
      gradients.set(parameter.tensor, gradient);
      eachRun(selector, (position, from, to) => {
        if (place.start[position] === place.start[position + 1]) return;
        for (let e = from; e < to; e++) {
          value += rate * Math.abs(data[e] as number);
          gradient[e]! += rate * Math.sign(data[e] as number);
        }
      });
    }
  return { value, gradients };
}
