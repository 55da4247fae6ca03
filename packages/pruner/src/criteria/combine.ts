import type { Importance } from "@prune/graph";
import { PrunerError } from "../errors.js";
import { needsOf } from "./needs.js";
import { normalised, type ScoreNormaliser } from "./normalised.js";

/** How scores of several criteria are brought to one scale. */
export interface CombineOptions {
  /** What makes scores of different criteria comparable before they are added. @default "mean" */
  readonly normaliser?: ScoreNormaliser;
}

/** The weighted sum of criteria, each normalised first: `combine([[magnitude(), 1], [fpgm(), 0.5]])`. */
export function combine(
  parts: readonly (readonly [Importance, number])[],
  { normaliser = "mean" }: CombineOptions = {},
): Importance {
  if (parts.length === 0 || parts.some(([, weight]) => !Number.isFinite(weight)))
    throw new PrunerError("bad-option", {
      option: "parts",
      value: parts.map(([, weight]) => weight).join(", "),
      want: "one criterion or more, each with a finite weight",
    });
  const scorers = parts.map(([criterion, weight]) => ({ of: normalised(criterion, normaliser), weight }));
  return {
    name: parts.map(([{ name }, weight]) => (weight === 1 ? name : `${weight} ${name}`)).join(" + "),
    needs: needsOf(parts.map(([criterion]) => criterion)),
    async score(family, probe) {
      const sum = new Float64Array(family.units.length);
      for (const { of, weight } of scorers)
        (await of.score(family, probe)).forEach((score, i) => {
          sum[i]! += weight * score;
        });
      return Float32Array.from(sum);
    },
  };
}
