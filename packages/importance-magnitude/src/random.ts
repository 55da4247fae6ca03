import type { Importance } from "@prune/graph";
import { checkTaken } from "@prune/graph/advanced";

/** Uniform scores in [0, 1); the same seed gives the same scores for the same family. */
export function random(options: { readonly seed?: number } = {}): Importance {
  const { seed = 0 } = options;
  checkTaken("random", options, { seed: [] });
  return {
    name: "random",
    needs: [],
    score: async ({ id, units }) => {
      const next = generator(seed ^ Math.imul(id + 1, 0x9e3779b1));
      return Float32Array.from(units, next);
    },
  };
}

/** mulberry32, cut to the 24 bits that a float32 holds. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 8) / 2 ** 24;
  };
}
