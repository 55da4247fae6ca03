import type { ValuesByName } from "@prune/runtime-ort";

/** Samples in some batches. */
export const countOf = (batches: readonly ValuesByName[]): number =>
  batches.reduce((sum, feeds) => sum + (Object.values(feeds)[0]?.dims[0] ?? 1), 0);

/** The first batches, until they have so many samples. */
export function firstSamples(batches: readonly ValuesByName[], count: number): readonly ValuesByName[] {
  let have = 0;
  return batches.filter((feeds) => {
    const isEnough = have >= count;
    have += countOf([feeds]);
    return !isEnough;
  });
}
