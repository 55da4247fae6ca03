import type { Curve } from "@prune/pruner";

/** What a search for the smallest model that holds something found. */
export interface KeepReport extends Curve {
  /** Samples that candidates were recovered on, those that the search judged by, and those that confirm what it found. */
  readonly samples: { readonly recovery: number; readonly judging: number; readonly confirming: number };
}
