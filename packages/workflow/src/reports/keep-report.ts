import type { KeepCurve } from "@prune/pruner/advanced";

/** What a search for the smallest model that holds something found. */
export interface KeepReport extends KeepCurve {
  /** Samples that candidates were recovered on, those that the search judged by, and those that confirm what it found. */
  readonly samples: { readonly recovery: number; readonly judging: number; readonly confirming: number };
}
