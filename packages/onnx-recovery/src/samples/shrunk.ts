import type { ValuesByName } from "@prune/runtime-ort";
import { type LivingOf, leftOf } from "@prune/runtime-ort/advanced";
import type { Both } from "../walk/both-nets.js";

/** Samples of an original, and the same without what inputs of the model that was cut from it left out. */
export const forBoth = (
  samples: readonly ValuesByName[],
  living: LivingOf | undefined,
): Both<readonly ValuesByName[]> => ({
  dense: samples,
  pruned: living ? samples.map((feeds) => leftOf(feeds, living)) : samples,
});
