import type { Importance, Need } from "@prune/graph";

/** All that some criteria need. */
export const needsOf = (criteria: readonly Importance[]): Need[] => [
  ...new Set(criteria.flatMap(({ needs }) => needs)),
];
