import type { Weight } from "../model.js";

/** About how many bytes of a big tensor are in memory at a time: few enough to stay in a processor's cache. */
export const stretch: number = 1 << 20;

/** A weight's `length` bytes, stretch by stretch where it has ranges; each is good until the next. */
export function* stretches(weight: Weight, length: number): Generator<Uint8Array> {
  if (!weight.range) return yield weight.bytes();
  const into = new Uint8Array(Math.min(stretch, length));
  for (let from = 0; from < length; from += stretch)
    yield weight.range(from, Math.min(length, from + stretch), into);
}
