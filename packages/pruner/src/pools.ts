import type { Family, Trace } from "@prune/graph";
import { membersOf } from "@prune/graph/advanced";
import { namesOf, pattern } from "./names.js";
import type { Asked } from "./ratios.js";
import type { Scores } from "./scores.js";

/** Which families are ranked together. */
export interface Ranking {
  /** Rank the units of all axes together; scores must then be comparable across axes. @default false */
  readonly global?: boolean;
  /** Rank the units of all axes with the same structure together: same operators around them in the same roles. @default false */
  readonly isomorphic?: boolean;
  /** Layers, by name patterns, that share a ratio: their units are ranked together. By the scope's name. */
  readonly scopes?: Readonly<Record<string, Scope>>;
}

/** Layers that share one ranking: a pool of its own. */
export interface Scope {
  /** Name patterns, as for `layerRatios`. */
  readonly layers: readonly string[];
  /** Of all units of the scope. @default `ratio` */
  readonly ratio?: number;
}

/** How many of n leave for a ratio: rounded down, never all. */
export const share = (n: number, ratio: number): number =>
  Math.max(0, Math.min(n - 1, Math.floor(n * ratio + 1e-9)));

/**
 * How many units are to leave each family: a share of each alone, or the lowest of all those ranked together. Ratios
 * are of the units that a family once had: of `gone`, those that have left it already.
 */
export function countsOf(
  trace: Trace,
  scores: Scores,
  asked: readonly Asked[],
  options: Ranking & { readonly maxRatio?: number },
  gone: readonly number[] = trace.families.map(() => 0),
): number[] {
  const sizes = trace.families.map(({ units }, f) => units.length + (gone[f] as number));
  const more = (f: number, ratio: number): number =>
    Math.max(0, share(sizes[f] as number, ratio) - (gone[f] as number));
  const counts = asked.map(({ ratio }, f) => more(f, ratio));
  for (const pool of poolsOf(trace, asked, options)) {
    const families = pool.filter((f) => scores.has(f) && (asked[f] as Asked).ratio > 0);
    for (const f of families) counts[f] = 0;
    const all = families.flatMap((f) => Array.from(scores.get(f) ?? [], (score) => ({ f, score })));
    let left = families.reduce(
      (sum, f) => sum + (sizes[f] as number) * (asked[f] as Asked).ratio - (gone[f] as number),
      1e-9,
    );
    for (const { f } of all.sort((a, b) => a.score - b.score || a.f - b.f)) {
      if (left < 1) break;
      if ((counts[f] as number) >= more(f, options.maxRatio ?? 1)) continue;
      counts[f]!++;
      left--;
    }
  }
  return counts;
}

/** Families ranked together; those in none are ranked alone. */
function poolsOf(
  trace: Trace,
  asked: readonly Asked[],
  { global, isomorphic, scopes = {} }: Ranking,
): number[][] {
  const named = Object.entries(scopes).map(([name, { layers }]) => ({ name, fits: layers.map(pattern) }));
  const pools = new Map<string, number[]>();
  const opOf = isomorphic ? operators(trace) : undefined;
  for (const family of trace.families) {
    const { part: own, ratio } = asked[family.id] as Asked;
    if (ratio === 0) continue;
    const part = own === "columns" ? "channels" : own;
    const names = named.length > 0 ? namesOf(trace, family) : [];
    const scope = named.find(({ fits }) => fits.some((fit) => names.some(fit)));
    const key = scope
      ? `scope ${scope.name} ${part}`
      : global
        ? `all ${part} ${ratio}`
        : opOf
          ? `alike ${own} ${ratio} ${structureOf(trace, family, opOf)}`
          : undefined;
    if (key !== undefined) pools.set(key, [...(pools.get(key) ?? []), family.id]);
  }
  return [...pools.values()];
}

const operators = ({ source }: Trace): Map<string, string> =>
  new Map(source.nodes.map(({ name, op }) => [name, op]));

/** Operators that a family's units pass, with the part that they play there: equal for families with the same structure. */
function structureOf(trace: Trace, family: Family, opOf: ReadonlyMap<string, string>): string {
  const places = membersOf(trace, family).map(
    ({ selector: { node, role, dims, view } }) => `${opOf.get(node) ?? ""}/${role}/${dims}/${view.length}`,
  );
  return places.sort().join(" ");
}
