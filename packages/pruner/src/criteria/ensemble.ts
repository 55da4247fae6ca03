import type { Importance } from "@prune/graph";
import { combine } from "./combine.js";

/** The mean rank that criteria give a unit within its family: a vote in which no criterion's scale counts. */
export const ensemble = (criteria: readonly Importance[]): Importance => ({
  ...combine(
    criteria.map((criterion) => [criterion, 1 / criteria.length]),
    { normaliser: "rank" },
  ),
  name: `ensemble of ${criteria.map(({ name }) => name).join(", ")}`,
});
