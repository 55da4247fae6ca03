import type { Cut, Family, Plan, Trace } from "@prune/graph";
import { PrunerError } from "./errors.js";
import { type Asked, askedRatios, type Ratios } from "./ratios.js";
import { type Item, type Repaired, repair } from "./repair.js";
import type { Scores } from "./scores.js";

export interface RatioOptions extends Ratios {
  /** Kept counts are multiples of this where that removes no more than asked. @default 1 */
  readonly roundTo?: number;
  /** Rank the units of all axes together; scores must then be comparable across axes. @default false */
  readonly global?: boolean;
}

/** What is removed of one family. */
export interface Choice {
  readonly family: Family;
  readonly asked: Asked;
  /** Units that leave, lowest score first. */
  readonly removed: readonly number[];
  /** Why fewer leave than asked. */
  readonly why: readonly string[];
}

/** A plan that can be cut. */
export interface Chosen {
  readonly plan: Plan;
  readonly cut: Cut;
  readonly choices: readonly Choice[];
}

/**
 * Removes the lowest units of every family: a share of each, or of all together. What can't leave comes back, best
 * first, with the reason.
 */
export function planByRatio(trace: Trace, scores: Scores, options: RatioOptions = {}): Chosen {
  const { roundTo = 1, global = false } = options;
  if (!(Number.isInteger(roundTo) && roundTo > 0))
    throw new PrunerError("bad-option", { option: "roundTo", value: roundTo, want: "a whole number from 1" });
  const asked = askedRatios(trace, options);
  const counts = global
    ? globalCounts(trace, scores, asked, options)
    : asked.map((a, f) => share(trace, f, a.ratio));
  const items: Item[] = [];
  const why = asked.map((a) => (a.why ? [a.why] : []));
  trace.families.forEach((family, f) => {
    const score = scores.get(f);
    if (!score || asked[f]?.ratio === 0) return;
    const count = rounded(family.units.length, counts[f] as number, roundTo);
    if (count < (counts[f] as number)) why[f]?.push(`kept counts are multiples of ${roundTo}`);
    else if (count === 0) why[f]?.push(tooFew(family, asked[f] as Asked, global));
    for (const i of lowest(score, count))
      items.push({ family: f, unit: family.units[i] as number, score: score[i] as number });
  });
  return finish(trace, asked, why, repair(trace, items));
}

/** Chooses again after a cut met something that the plan alone doesn't show; its findings say what comes back. */
export function planAgain(trace: Trace, chosen: Chosen, scores: Scores): Chosen {
  const items = chosen.choices.flatMap(({ family, removed }) =>
    removed.map((unit) => ({
      family: family.id,
      unit,
      score: scores.get(family.id)?.[family.units.indexOf(unit)] ?? 0,
    })),
  );
  const asked = chosen.choices.map((choice) => choice.asked);
  const why = chosen.choices.map((choice) => [...choice.why]);
  return finish(trace, asked, why, repair(trace, items, chosen.cut));
}

function finish(trace: Trace, asked: readonly Asked[], why: readonly string[][], repaired: Repaired): Chosen {
  const removed: number[][] = trace.families.map(() => []);
  for (const { family, unit } of repaired.items) removed[family]?.push(unit);
  for (const [family, reasons] of repaired.restored) why[family]?.push(...reasons);
  const choices = trace.families.map((family, f) => ({
    family,
    asked: asked[f] as Asked,
    removed: removed[f] as number[],
    why: why[f] as string[],
  }));
  return { plan: repaired.plan, cut: repaired.cut, choices };
}

const tooFew = ({ units }: Family, { ratio }: Asked, global: boolean): string =>
  global
    ? "all of its units score higher than those that leave"
    : `${ratio} of ${units.length} ${units.length === 1 ? "unit" : "units"} is less than one that can leave`;

/** How many leave for a ratio: rounded down, never all. */
function share(trace: Trace, f: number, ratio: number): number {
  const n = trace.families[f]?.units.length ?? 0;
  return Math.max(0, Math.min(n - 1, Math.floor(n * ratio + 1e-9)));
}

function rounded(units: number, count: number, multiple: number): number {
  const kept = Math.ceil((units - count) / multiple) * multiple;
  return Math.max(0, units - kept);
}

/** Positions of the n lowest scores, lowest first; the first of equals. */
export function lowest(scores: Float32Array, n: number): number[] {
  const order = Array.from(scores.keys());
  order.sort((a, b) => (scores[a] as number) - (scores[b] as number) || a - b);
  return order.slice(0, n);
}

/** Counts by one ranking over all families of a part, each capped by `maxRatio`. */
function globalCounts(
  trace: Trace,
  scores: Scores,
  asked: readonly Asked[],
  { maxRatio = 1 }: Ratios,
): number[] {
  const counts = asked.map(() => 0);
  const scopes = new Map<string, number[]>();
  asked.forEach(({ part, ratio }, f) => {
    if (ratio === 0 || !scores.has(f)) return;
    const key = `${part === "columns" ? "channels" : part} ${ratio}`;
    scopes.set(key, [...(scopes.get(key) ?? []), f]);
  });
  for (const families of scopes.values()) {
    const all = families.flatMap((f) => Array.from(scores.get(f) ?? [], (score) => ({ f, score })));
    let left = Math.floor(all.length * (asked[families[0] as number]?.ratio ?? 0) + 1e-9);
    for (const { f } of all.sort((a, b) => a.score - b.score || a.f - b.f)) {
      if (left === 0) break;
      if ((counts[f] as number) >= share(trace, f, maxRatio)) continue;
      counts[f]!++;
      left--;
    }
  }
  return counts;
}
