import type { Importance } from "@prune/graph";
import { checkTaken } from "@prune/graph/advanced";
import { dutyOf } from "./duties.js";
import { magnitude, memberScores, selectorSums, takenBySums } from "./magnitude.js";
import { type Normaliser, normalise } from "./normaliser.js";
import { occurrences } from "./occurrences.js";
import { type Reduction, reduceScores } from "./reduction.js";

/** How scores of the BatchNormalizations that scale a unit become one. */
export interface BatchNormScaleOptions {
  /** How the scales of a unit in several layers become one. @default "mean" */
  readonly reduction?: Reduction;
  /** What makes families comparable. @default "none": scales of trained networks are */
  readonly normaliser?: Normaliser;
  /** Scores families that no batch normalisation scales. @default magnitude({ p: 1 }) */
  readonly otherwise?: Importance;
}

/** Sizes of batch-normalisation scales (network slimming), for networks trained to make them sparse. */
export function batchNormScale(options: BatchNormScaleOptions = {}): Importance {
  const { reduction = "mean", normaliser = "none", otherwise = magnitude({ p: 1 }) } = options;
  const { reduction: reductions, normaliser: normalisers } = takenBySums;
  checkTaken("batchNormScale", options, { reduction: reductions, normaliser: normalisers, otherwise: [] });
  const sums = selectorSums(1);
  return {
    name: "batch-norm-scale",
    needs: ["weights"],
    async score(family, probe) {
      const members: Float64Array[] = [];
      for (const place of occurrences(probe.trace, family)) {
        if (dutyOf(probe.trace, place.member.parameter) !== "scale") continue;
        const scores = memberScores(place, family, await sums(probe, place));
        if (scores) members.push(scores);
      }
      if (members.length === 0) return otherwise.score(family, probe);
      return normalise(reduceScores(members, reduction, family.units.length), normaliser);
    },
  };
}
