import type { ActivationReader, Importance } from "@prune/graph";
import { checkTaken } from "@prune/graph/advanced";
import { type EliminationOptions, eliminate, type Reader } from "@prune/recovery/advanced";
import { readersIn, scored } from "./activation-probe.js";

/** How eliminations are solved: the ridge, and how many units leave between two solves. */
export type ReconstructionOptions = Pick<EliminationOptions, "alpha" | "step">;

/**
 * What the layers that read the units lose once they are refitted without them: units leave one by one, cheapest
 * first, and a unit's score is the error, relative to the outputs' variance and summed over the layers, when its turn
 * comes (OBS, OSSCAR). It pairs with a refit of those layers.
 */
export function reconstruction(options: ReconstructionOptions = {}): Importance {
  checkTaken("reconstruction", options, { alpha: [], step: [] });
  return {
    name: "reconstruction",
    needs: ["weights", "activations", "covariances"],
    async score(family, probe) {
      const readers = readersIn(probe, family).filter(hasCovariance);
      const n = family.units.length;
      if (readers.length === 0) return scored(family, [], () => 0);
      const { order, costs } = eliminate(readers, n, options);
      // Without the last unit nothing is left of any reader's input.
      const scores = new Float32Array(n).fill(Math.max(readers.length, costs.at(-1) ?? 0));
      order.forEach((unit, i) => {
        scores[unit] = costs[i] as number;
      });
      return scores;
    },
  };
}

const hasCovariance = (reader: ActivationReader): reader is ActivationReader & Reader =>
  reader.covariance !== undefined;
