import type { Importance, Trace } from "@prune/graph";
import { activation, apoz, reconstruction, variance, wanda } from "@prune/importance-activation";
import { batchNormScale, fpgm, lamp, magnitude, random } from "@prune/importance-magnitude";
import { normalised } from "@prune/pruner/advanced";

/** How units are ranked: each layer by itself, all together, or those with the same structure together. */
export const rankings = ["local", "global", "isomorphic"] as const;
export type Ranking = (typeof rankings)[number];

/** Criteria by the name they have on the page. Those that see samples are shares of their layer's mean. */
const criteria: Readonly<Record<string, () => Importance>> = {
  l1: () => magnitude({ p: 1 }),
  l2: () => magnitude({ p: 2 }),
  lamp: () => lamp(),
  fpgm: () => fpgm(),
  "bn-scale": () => batchNormScale(),
  activation: () => normalised(activation(), "mean"),
  apoz: () => normalised(apoz(), "mean"),
  wanda: () => normalised(wanda(), "mean"),
  variance: () => normalised(variance(), "mean"),
  reconstruction: () => normalised(reconstruction(), "mean"),
  random: () => random({ seed: 0 }),
};

export const names: readonly string[] = Object.keys(criteria);

/** The criteria that have something to go by in a model; each scores a family once. */
export function criteriaFor({ source }: Trace): Map<string, Importance> {
  const normed = source.nodes.some((node) => node.inputs.some((_, i) => source.duty(node, i) === "scale"));
  return new Map(
    Object.entries(criteria)
      .filter(([name]) => normed || name !== "bn-scale")
      .map(([name, make]) => [name, remembered(make())]),
  );
}

function remembered(importance: Importance): Importance {
  const known = new Map<number, Promise<Float32Array>>();
  return {
    ...importance,
    score(family, probe) {
      const score = known.get(family.id) ?? importance.score(family, probe);
      known.set(family.id, score);
      return score;
    },
  };
}
