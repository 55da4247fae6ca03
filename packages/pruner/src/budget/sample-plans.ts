import type { Trace } from "@prune/graph";
import { type Chosen, planByCounts } from "../plan-by-ratio.js";
import { askedRatios } from "../ratios.js";
import type { Scores } from "../scores.js";

/** What a run-time's vectors and blocks are multiples of, with odd widths between. */
const multiples: readonly number[] = [16, 4, 8, 1];

/**
 * Plans to time, the model as it is first: widths spread from whole to a tenth, those of one plan similar but not equal,
 * on multiples and off. Any first few are spread as well. Heads and groups leave in every fourth.
 */
export function* samplePlans(trace: Trace, seed = 0): Generator<Chosen> {
  const asked = askedRatios(trace, { ratio: 0.95, heads: 0.95, queryHeads: 0.95 });
  const draw = mulberry(seed);
  const scores: Scores = new Map(
    trace.families.map(({ id, units }) => [id, Float32Array.from(units, () => draw())]),
  );
  for (let i = 0; ; i++) {
    const base = 1 - 0.9 * halved(i) ** 1.25;
    const counts = trace.families.map(({ units }, f) => {
      const part = asked[f]?.part;
      if (i === 0 || ((part === "rows" || part === "copies") && i % 4 !== 3)) return 0;
      const width = units.length * Math.min(1, Math.max(0.05, base + 0.3 * (draw() - 0.5)));
      const multiple = multiples[Math.floor(draw() * multiples.length)] as number;
      const kept = multiple > units.length / 2 ? Math.round(width) : Math.round(width / multiple) * multiple;
      return Math.min(units.length - 1, Math.max(0, units.length - Math.max(1, kept)));
    });
    yield planByCounts(trace, scores, asked, counts, {});
  }
}

/** Van der Corput's sequence 0, 1/2, 1/4, 3/4...: evenly spread wherever it ends. */
function halved(i: number): number {
  let value = 0;
  for (let n = i, share = 0.5; n > 0; n >>= 1, share /= 2) value += (n & 1) * share;
  return value;
}

/** Numbers in [0, 1), the same for the same seed. */
function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
