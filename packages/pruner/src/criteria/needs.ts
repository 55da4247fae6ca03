import type { Importance, Probe } from "@prune/graph";
import type { Need } from "@prune/graph/advanced";
import { PrunerError } from "../errors.js";

/** All that some criteria need. */
export const needsOf = (criteria: readonly Importance[]): Need[] => [
  ...new Set(criteria.flatMap(({ needs }) => needs)),
];

/** What a probe is called by that has what is needed; every probe has weights. */
const shownBy: Readonly<Record<Exclude<Need, "weights">, string>> = {
  activations: "activations",
  covariances: "activations",
  gradients: "gradients",
  curvature: "curvature",
};

/** Refuses a criterion whose needs a probe has no answer to. */
export function checkNeeds({ name, needs }: Importance, probe: Probe): void {
  const lacking = needs.filter((need) => need !== "weights" && !(shownBy[need] in probe));
  if (lacking.length > 0) throw new PrunerError("missing-need", { criterion: name, needs: lacking });
}
