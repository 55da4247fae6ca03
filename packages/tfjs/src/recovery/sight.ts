import type { Fit } from "@prune/recovery";
import type { Sight as SightOf } from "@prune/recovery/advanced";
import type { Weights } from "./twin-net.js";

/** A layer that has been looked at. */
export interface Sight extends SightOf {
  /** Held-out error of the layer with such weights. */
  error(fits: readonly Fit[]): Promise<number>;
}

/** What a layer has in both nets. */
export interface BothWeights {
  readonly dense: Weights;
  readonly pruned: Weights;
}
