import type { Cut, Family, Finding, Plan, Trace } from "@prune/graph";
import type { RaggedTrace } from "@prune/graph/advanced";
import { lowestColumns, lowestOf } from "./choose.js";
import { PrunerError } from "./errors.js";
import { countsOf, type Ranking, share } from "./pools.js";
import { type Asked, askedRatios, type Ratios } from "./ratios.js";
import { type Item, type Repaired, repair } from "./repair.js";
import { rowingsOf } from "./rowings.js";
import type { Scores } from "./scores.js";

/** Shares of units to remove, how units are ranked, and what counts may be left. */
export interface RatioOptions extends Ratios, Ranking {
  /** Kept counts are multiples of this if that removes no more than asked. @default 1 */
  readonly roundTo?: number;
  /** Rows (heads, groups) may lose different positions, as many each; the trace is then a `trace.ragged()`. @default false */
  readonly ragged?: boolean;
}

/** For plans that are to run fast. */
export interface Alignment {
  /** Kept counts of channels and of positions inside rows are multiples of this, like `roundTo`; rows are not counted. */
  readonly alignTo?: number;
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
export function planByRatio(trace: Trace, scores: Scores, options: RatioOptions & Alignment = {}): Chosen {
  const asked = askedRatios(trace, options);
  return planByCounts(trace, scores, asked, countsOf(trace, scores, asked, options), options);
}

/** The same with the number of units that are to leave each family. */
export function planByCounts(
  trace: Trace,
  scores: Scores,
  asked: readonly Asked[],
  counts: readonly number[],
  options: RatioOptions & Alignment,
): Chosen {
  const { roundTo = 1, alignTo = 1, ragged = false } = options;
  const together = options.global === true || options.isomorphic === true || options.scopes !== undefined;
  if (!(Number.isInteger(roundTo) && roundTo > 0))
    throw new PrunerError("bad-option", { option: "roundTo", value: roundTo, want: "a whole number from 1" });
  const chooseAll = (whole: ReadonlySet<number>): { items: Item[]; why: string[][] } => {
    const items: Item[] = [];
    const why = asked.map((a) => (a.why ? [a.why] : []));
    trace.families.forEach((family, f) => {
      const score = scores.get(f);
      if (!score || asked[f]?.ratio === 0) return;
      const n = family.units.length;
      const wanted = counts[f] as number;
      const { part } = asked[f] as Asked;
      const multiple = part === "rows" || part === "copies" ? roundTo : Math.max(roundTo, alignTo);
      const count = (units: number): number =>
        rounded(units, units === n ? wanted : share(units, wanted / n), multiple);
      const { places, short } = whole.has(f)
        ? lowestColumns(score, columnsOf(trace, family), count)
        : lowestOf(score, ragged && asked[f]?.part === "columns" ? rowingsOf(trace, family) : [], count);
      if (short) why[f]?.push("more would leave rows of different lengths");
      else if (places.length < wanted && multiple > 1)
        why[f]?.push(`kept counts are multiples of ${multiple}`);
      else if (places.length === 0) why[f]?.push(tooFew(family, asked[f] as Asked, together));
      for (const i of places)
        items.push({ family: f, unit: family.units[i] as number, score: score[i] as number });
    });
    return { items, why };
  };
  const first = chooseAll(new Set());
  const done = repair(trace, first.items, ragged);
  if (!ragged || done.restored.size === 0) return finish(trace, asked, first.why, done);
  const second = chooseAll(new Set(done.restored.keys()));
  return finish(trace, asked, second.why, repair(trace, second.items, ragged));
}

/** Columns of the plain trace that a family's units are part of; in a plain trace, the units themselves. */
const columnsOf = (trace: Trace & Partial<RaggedTrace>, { units }: Family): Int32Array =>
  units.map((u) => trace.columnOf?.[u] ?? u);

/** A plan of chosen units, without what can't leave. */
export function planByUnits(
  trace: Trace,
  scores: Scores,
  asked: readonly Asked[],
  chosen: Iterable<number>,
  ragged: boolean,
): Chosen {
  const wanted = new Set(chosen);
  const items = trace.families.flatMap(({ id, units }) =>
    Array.from(units, (unit, i) => ({ family: id, unit, score: scores.get(id)?.[i] ?? 0 })).filter(
      ({ unit }) => wanted.has(unit),
    ),
  );
  const why = asked.map(() => []);
  return finish(
    trace,
    asked,
    why,
    repair(
      trace,
      items.sort((a, b) => a.score - b.score),
      ragged,
    ),
  );
}

/** Chooses again after making the cut met something that the plan alone doesn't show: findings say what comes back. */
export function planAgain(
  trace: Trace,
  chosen: Chosen,
  scores: Scores,
  findings: readonly Finding[],
): Chosen {
  const items = chosen.choices.flatMap(({ family, removed }) =>
    removed.map((unit) => ({
      family: family.id,
      unit,
      score: scores.get(family.id)?.[family.units.indexOf(unit)] ?? 0,
    })),
  );
  const asked = chosen.choices.map((choice) => choice.asked);
  const why = chosen.choices.map((choice) => [...choice.why]);
  const loose = chosen.plan.units.length === 0;
  return { ...chosen, ...finish(trace, asked, why, repair(trace, items, loose, findings)) };
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

const tooFew = ({ units }: Family, { ratio }: Asked, together: boolean): string =>
  together
    ? "all of its units score higher than those that leave"
    : `${ratio} of ${units.length} ${units.length === 1 ? "unit" : "units"} is less than one that can leave`;

function rounded(units: number, count: number, multiple: number): number {
  const kept = Math.ceil((units - count) / multiple) * multiple;
  return Math.max(0, units - kept);
}
