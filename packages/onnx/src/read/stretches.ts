import type { Weight } from "../model.js";

/** About how many bytes of a big tensor are in memory at a time. */
export const stretch: number = 1 << 22;

const idle: Uint8Array[] = [];

/** Memory for a stretch, which goes from hand to hand: allocating it again for each tensor costs more than filling it. */
export const takeMemory = (): Uint8Array => idle.pop() ?? new Uint8Array(stretch);

/** At most two of them wait for the next. */
export function giveBack(...memories: readonly Uint8Array[]): void {
  for (const memory of memories) if (idle.length < 2) idle.push(memory);
}

/** A weight's `length` bytes, stretch by stretch where it has ranges; each is good until the next. */
export function* stretches(weight: Weight, length: number): Generator<Uint8Array> {
  if (!weight.range) return yield weight.bytes();
  const into = takeMemory();
  try {
    for (let from = 0; from < length; from += stretch)
      yield weight.range(from, Math.min(length, from + stretch), into);
  } finally {
    giveBack(into);
  }
}
