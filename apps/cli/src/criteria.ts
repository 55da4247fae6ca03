import type { Importance } from "@prune/graph";
import { batchNormScale, fpgm, lamp, magnitude, random } from "@prune/importance-magnitude";
import { InvalidArgumentError } from "commander";

interface CriterionOptions {
  readonly seed: number;
}

/** Criteria by the name that the command knows them by. */
const criteria: Readonly<Record<string, (options: CriterionOptions) => Importance>> = {
  l1: () => magnitude({ p: 1 }),
  l2: () => magnitude({ p: 2 }),
  lamp: () => lamp(),
  fpgm: () => fpgm(),
  "bn-scale": () => batchNormScale(),
  random: ({ seed }) => random({ seed }),
};

export const criterionNames: readonly string[] = Object.keys(criteria);

export function criterionName(text: string): string {
  if (!criterionNames.includes(text))
    throw new InvalidArgumentError(`It must be one of ${criterionNames.join(", ")}.`);
  return text;
}

export function criterion(name: string, options: CriterionOptions): Importance {
  const make = criteria[name] as (options: CriterionOptions) => Importance;
  return make(options);
}
