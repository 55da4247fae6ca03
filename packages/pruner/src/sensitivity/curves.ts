import type { Cost, Cut, Trace } from "@prune/graph";
import { axisText, rootOf } from "@prune/graph/advanced";
import { checkNames } from "../check-names.js";
import { PrunerError } from "../errors.js";
import { type Chosen, planByCounts } from "../plan-by-ratio.js";
import { share } from "../pools.js";
import { type Asked, askedRatios } from "../ratios.js";
import type { Scores } from "../scores.js";

/** What is left of the answers when some units of one axis leave and nothing else does. */
export interface SensitivityPoint {
  /** Share of the axis's units that leave. */
  readonly ratio: number;
  readonly removed: number;
  /** How far the model then is from itself, by what measures it; 0: not at all. */
  readonly error: number;
  /** What the model then costs. */
  readonly cost: Cost;
}

/** The points of one axis, by rising ratio. */
export interface SensitivityCurve {
  /** Its family in the trace. */
  readonly family: number;
  readonly axis: string;
  readonly node: string;
  readonly units: number;
  readonly points: readonly SensitivityPoint[];
}

/** How shares of each axis are removed and measured. */
export interface SensitivityOptions {
  /** How far the model is from itself without what a cut removes: run it masked, or cut. */
  readonly measure: (cut: Cut) => Promise<number>;
  /** What a cut leaves to compute and to store. */
  readonly cost: (cut: Cut) => Cost;
  /** Shares to try, above 0 and below 1. @default [0.1, 0.25, 0.5, 0.75] */
  readonly ratios?: readonly number[];
  /** Name patterns of layers and tensors to leave out. */
  readonly ignore?: readonly string[];
  /** Points measured at the same time. @default 1 */
  readonly concurrency?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Removes the lowest units of each axis alone, a few shares of them, and measures what that does. Channels and dims
 * inside heads are tried; whole heads and groups are not.
 */
export async function sensitivity(
  trace: Trace,
  scores: Scores,
  options: SensitivityOptions,
): Promise<SensitivityCurve[]> {
  const { measure, cost, concurrency = 1, onProgress, signal } = options;
  const tries = triesOf(trace, scores, options);
  const points = new Map<number, SensitivityPoint[]>();
  let [next, done] = [0, 0];
  const work = async (): Promise<void> => {
    for (let one = tries[next++]; one; one = tries[next++]) {
      signal?.throwIfAborted();
      const { family, units, chosen, removed } = one;
      const error = await measure(chosen.cut);
      if (!Number.isFinite(error))
        throw new PrunerError("bad-sensitivity", { axis: axisOf(trace, family), removed, error });
      const list = points.get(family) ?? [];
      list.push({ ratio: removed / units, removed, error: Math.max(0, error), cost: cost(chosen.cut) });
      points.set(family, list);
      onProgress?.(++done, tries.length);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return trace.families.flatMap((family) => {
    const own = points.get(family.id);
    if (!own) return [];
    const { node } = rootOf(trace, family);
    const rising = own.sort((a, b) => a.ratio - b.ratio);
    return [
      { family: family.id, axis: axisOf(trace, family.id), node, units: family.units.length, points: rising },
    ];
  });
}

const axisOf = (trace: Trace, family: number): string => {
  const found = trace.families[family];
  return found ? axisText(rootOf(trace, found)) : "";
};

interface Try {
  readonly family: number;
  readonly units: number;
  readonly removed: number;
  readonly chosen: Chosen;
}

/** One plan for each count of units that is worth a try; what can't leave shortens it. */
function triesOf(
  trace: Trace,
  scores: Scores,
  { ratios = [0.1, 0.25, 0.5, 0.75], ignore = [] }: SensitivityOptions,
): Try[] {
  for (const ratio of ratios)
    if (!(ratio > 0 && ratio < 1))
      throw new PrunerError("bad-option", {
        option: "ratios",
        value: ratio,
        want: "numbers above 0 and below 1",
      });
  checkNames(trace, { ignore });
  const asked = askedRatios(trace, { ratio: 0.5, ignore });
  const none: readonly Asked[] = asked.map((one) => ({ ...one, ratio: 0 }));
  return trace.families.flatMap(({ id: family, units: { length: units } }) => {
    const one = asked[family] as Asked;
    if (one.ratio === 0 || one.part === "rows" || one.part === "copies" || !scores.has(family)) return [];
    const counts = new Set(ratios.map((ratio) => share(units, ratio)).filter((count) => count > 0));
    const tries = new Map<number, Try>();
    for (const count of counts) {
      const all = trace.families.map(({ id }) => (id === family ? count : 0));
      const chosen = planByCounts(
        trace,
        scores,
        none.map((other, f) => (f === family ? one : other)),
        all,
        {},
      );
      const removed = chosen.choices[family]?.removed.length ?? 0;
      if (removed > 0) tries.set(removed, { family, units, removed, chosen });
    }
    return [...tries.values()];
  });
}
