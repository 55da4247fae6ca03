import type { Family, Importance, Probe } from "@prune/graph";
import {
  checkTaken,
  type Duty,
  inBreaths,
  type Member,
  type Role,
  type Selector,
  type Steps,
  type Taken,
} from "@prune/graph/advanced";
import { dutyOf } from "./duties.js";
import { type Normaliser, normalise, normaliserNames } from "./normaliser.js";
import { type Occurrences, occurrences, weightsOf } from "./occurrences.js";
import { type Reduction, reduceScores, reductionNames } from "./reduction.js";
import { plainSums, summing } from "./sums.js";
import { type Values, valuesOf } from "./values.js";

/** Which norm is taken of a unit's weights, and how those of its parameters become one. */
export interface MagnitudeOptions {
  /** Power of the weights: 1 is L1, 2 is L2. Scores are sums of |w|^p, without the root. @default 2 */
  readonly p?: number;
  /** How the scores of a unit in several parameters become one. @default "mean" */
  readonly reduction?: Reduction;
  /** What makes families comparable. @default "mean" */
  readonly normaliser?: Normaliser;
  /** Which axes count: those that produce positions, that are summed over, that add or scale. @default all */
  readonly roles?: readonly Role[];
  /** Whether terms that are only added count: biases, shifts of norms. Units that have no other weight always do. @default false */
  readonly bias?: boolean;
}

/** Sums of |w|^p over all weights that a unit would take along; running statistics are none. */
export function magnitude(options: MagnitudeOptions = {}): Importance {
  const { p = 2, ...others } = options;
  checkTaken("magnitude", options, { ...takenBySums, p: [] });
  return ofSums(`magnitude-l${p}`, selectorSums(p), others);
}

/** What every criterion takes that adds up the weights of parameters. */
export const takenBySums: Taken<Omit<MagnitudeOptions, "p">> = {
  reduction: reductionNames,
  normaliser: normaliserNames,
  roles: [],
  bias: [],
};

/**
 * |sum of w| over the weights of each parameter that a unit would take along. Of magnitude it says little; of what each
 * weight would change the loss by it says what all of them would.
 */
export const magnitudeOfSum = (options: Omit<MagnitudeOptions, "p"> = {}): Importance =>
  ofSums("magnitude-of-sum", readOnce(plainSums), options, Math.abs);

/** A criterion made of sums over the weights of each parameter. */
function ofSums(
  name: string,
  sums: Sums,
  options: Omit<MagnitudeOptions, "p">,
  finish?: (sum: number) => number,
): Importance {
  const { reduction = "mean", normaliser = "mean", roles, bias = false } = options;
  return {
    name,
    needs: ["weights"],
    async score(family, probe) {
      const is = ({ member }: Occurrences, duty: Duty): boolean =>
        dutyOf(probe.trace, member.parameter) === duty;
      const places = occurrences(probe.trace, family)
        .filter((place) => !is(place, "statistic"))
        .filter(({ member }) => !roles || roles.includes(member.selector.role));
      const weights = places.filter((place) => bias || !is(place, "bias"));
      const members: Float64Array[] = [];
      for (const place of weights.length > 0 ? weights : places) {
        const scores = memberScores(place, family, await sums(probe, place));
        if (scores) members.push(finish ? scores.map(finish) : scores);
      }
      return normalise(reduceScores(members, reduction, family.units.length), normaliser);
    },
  };
}

/** Sums of an axis by position. */
export type Sums = (probe: Probe, place: Occurrences) => Promise<Float64Array | undefined>;

/** Sums of |w|^p. */
export const selectorSums = (p: number): Sums =>
  readOnce((values, selectors) => summing(values, selectors, p));

type Summing = (values: Values, selectors: readonly Selector[]) => Steps<Float64Array[]>;

/** Reads every parameter once, for all of its axes and however many families lie along them. */
function readOnce(sum: Summing): Sums {
  const known = new WeakMap<Probe, Map<Selector, Float64Array | undefined>>();
  return async (probe, { member }) => {
    const sums = known.get(probe) ?? new Map<Selector, Float64Array | undefined>();
    known.set(probe, sums);
    if (!sums.has(member.selector)) {
      const { selectors } = member.parameter;
      const found = await finiteSums(probe, member, sum);
      selectors.forEach((selector, i) => {
        sums.set(selector, found?.[i]);
      });
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

/** A weight that is not finite shows in its sum; only then is every one looked at, to say which it is. */
async function finiteSums(probe: Probe, member: Member, sum: Summing): Promise<Float64Array[] | undefined> {
  const { tensor, selectors } = member.parameter;
  const found = probe.weights(tensor, { inStretches: true });
  const breathe = async (): Promise<void> => probe.breathe?.();
  const sums = found && (await inBreaths(sum(valuesOf(found), selectors), breathe));
  if (!sums?.[0]?.every(Number.isFinite)) weightsOf(probe, member);
  return sums;
}
