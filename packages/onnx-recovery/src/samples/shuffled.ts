import type { ValuesByName } from "@prune/runtime-ort";
import { draw } from "@prune/samples";

/** How many samples are drawn, in batches of which size, by which seed. */
export interface ShuffleOptions {
  /** Samples to take. @default all */
  readonly count?: number;
  /** Samples in one batch. @default 64 */
  readonly batch?: number;
  /** @default 0 */
  readonly seed?: number;
}

/**
 * Draws samples without replacement and in random order, in batches: files are often sorted by class, and a net
 * recovered on a few classes forgets the others.
 */
export function shuffledBatches(
  input: string,
  samples: Float32Array,
  shape: readonly number[],
  { count = Infinity, batch = 64, seed = 0 }: ShuffleOptions = {},
): ValuesByName[] {
  const each = shape.reduce((a, b) => a * b, 1);
  const all = samples.length / each;
  const taken = Math.min(count, all);
  const order = draw(all, taken, seed);
  return Array.from({ length: Math.ceil(taken / batch) }, (_, b) => {
    const some = order.subarray(b * batch, Math.min(taken, (b + 1) * batch));
    const data = new Float32Array(some.length * each);
    some.forEach((from, i) => {
      data.set(samples.subarray(from * each, (from + 1) * each), i * each);
    });
    return { [input]: { type: "float32", dims: [some.length, ...shape], data } };
  });
}
