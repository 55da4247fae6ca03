import { randomStream } from "./random.js";

/** Some of `count` places in random order, each at most once. */
export function draw(count: number, take: number, seed: number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const stream = randomStream(seed, "samples");
  for (let i = 0; i < take; i++) {
    const j = i + stream.integer(count - i);
    const other = order[j] as number;
    order[j] = order[i] as number;
    order[i] = other;
  }
  return order.slice(0, take);
}
