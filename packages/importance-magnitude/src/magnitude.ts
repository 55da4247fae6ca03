import type { Family, Importance, Probe, Role, Selector } from "@prune/graph";
import { normInputs } from "./norm-inputs.js";
import { type Normaliser, normalise } from "./normaliser.js";
import { type Occurrences, occurrences, weightsOf } from "./occurrences.js";
import { type Reduction, reduce } from "./reduction.js";
import { sumByPosition } from "./sums.js";

export interface MagnitudeOptions {
  /** Power of the weights: 1 is L1, 2 is L2. Scores are sums of |w|^p, without the root. @default 2 */
  readonly p?: number;
  /** How the scores of a unit in several parameters become one. @default "mean" */
  readonly reduction?: Reduction;
  /** What makes families comparable. @default "mean" */
  readonly normaliser?: Normaliser;
  /** Which axes count: those that produce positions, that are summed over, that add or scale. @default all */
  readonly roles?: readonly Role[];
}

/** Sums of |w|^p over all weights that a unit would take along; running statistics are none. */
export function magnitude(options: MagnitudeOptions = {}): Importance {
  const { p = 2, reduction = "mean", normaliser = "mean", roles } = options;
  const sums = selectorSums(power(p));
  return {
    name: `magnitude-l${p}`,
    needs: ["weights"],
    async score(family, probe) {
      const statistics = normInputs(probe.trace, [3, 4]);
      const members = occurrences(probe.trace, family)
        .filter(({ member }) => !statistics.has(member.parameter.tensor))
        .filter(({ member }) => !roles || roles.includes(member.selector.role))
        .flatMap((place) => memberScores(place, family, sums(probe, place)) ?? []);
      return normalise(reduce(members, reduction, family.units.length), normaliser);
    },
  };
}

/** Sums of an axis by position. */
export type Sums = (probe: Probe, place: Occurrences) => Float64Array | undefined;

/** Reads every parameter once, for all of its axes and however many families lie along them. */
export function selectorSums(of: (value: number) => number): Sums {
  const known = new WeakMap<Probe, Map<Selector, Float64Array | undefined>>();
  return (probe, { member }) => {
    const sums = known.get(probe) ?? new Map<Selector, Float64Array | undefined>();
    known.set(probe, sums);
    if (!sums.has(member.selector)) {
      const data = weightsOf(probe, member);
      for (const selector of member.parameter.selectors)
        sums.set(selector, data && sumByPosition(data, selector, of));
    }
    return sums.get(member.selector);
  };
}

/** Scores of the units in one parameter; several positions of a unit (a flatten, gates) add up. */
export function memberScores(
  { start, unit }: Occurrences,
  family: Family,
  sums: Float64Array | undefined,
): Float64Array | undefined {
  if (!sums) return undefined;
  const scores = new Float64Array(family.units.length);
  for (let at = 0; at < sums.length; at++)
    for (let i = start[at] as number; i < (start[at + 1] as number); i++)
      scores[unit[i] as number]! += sums[at] as number;
  return scores;
}

function power(p: number): (value: number) => number {
  if (p === 1) return Math.abs;
  if (p === 2) return (value) => value * value;
  return (value) => Math.abs(value) ** p;
}
