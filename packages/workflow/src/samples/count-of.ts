import type { ValuesByName } from "@prune/runtime-ort";

/** Samples in batches: along the first dim of the first input. */
export const countOf = (batches: readonly ValuesByName[]): number =>
  batches.reduce((sum, feeds) => sum + (Object.values(feeds)[0]?.dims[0] ?? 1), 0);
