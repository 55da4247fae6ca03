/** What to remove: plain data, bound to one trace by its unit and atom numbers. Applied as a whole or not at all. */
export interface Plan {
  /** Units that leave (columns of grids as one). */
  readonly units: readonly number[];
  /** Single atoms that leave besides: parts of units, for rows that keep different positions. */
  readonly atoms: readonly number[];
}

/** The plan that removes nothing. */
export const emptyPlan: Plan = { units: [], atoms: [] };
