import type { Importance, Probe } from "@prune/graph";
import { batchNormScale, fpgm, lamp, magnitude, random } from "@prune/importance-magnitude";
import { scoreFamilies } from "@prune/pruner/advanced";
import type { Criterion } from "./protocol.js";

const made: Readonly<Record<Criterion, () => Importance>> = {
  l2: () => magnitude({ p: 2 }),
  l1: () => magnitude({ p: 1 }),
  lamp: () => lamp(),
  fpgm: () => fpgm(),
  "bn-scale": () => batchNormScale(),
  random: () => random({ seed: 0 }),
};

/** Criteria whose scores are remembered, so that a slider moves without reading a weight. */
export function rememberedScores(probe: Probe): (name: Criterion) => Promise<Importance> {
  const known = new Map<Criterion, Promise<Importance>>();
  return (name) => {
    const importance =
      known.get(name) ??
      (async (): Promise<Importance> => {
        const criterion = made[name]();
        const scores = await scoreFamilies(criterion, probe);
        return {
          name: criterion.name,
          needs: criterion.needs,
          async score(family, { trace }) {
            const found = scores.get(family.id);
            return found && trace === probe.trace ? found : criterion.score(family, probe);
          },
        };
      })();
    known.set(name, importance);
    return importance;
  };
}
