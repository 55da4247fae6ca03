import type { Family, Importance, Probe } from "@prune/graph";
import { checkTaken, type Role } from "@prune/graph/advanced";
import { dutyOf } from "./duties.js";
import { takenBySums } from "./magnitude.js";
import { type Normaliser, normalise } from "./normaliser.js";
import { type Occurrences, occurrences, weightsOf } from "./occurrences.js";
import { type Reduction, reduceScores } from "./reduction.js";
import { elementsByPosition } from "./sums.js";

/** How distances to the geometric median are taken, and how those of a unit's parameters become one. */
export interface FpgmOptions {
  /** @default "mean" */
  readonly reduction?: Reduction;
  /** @default "mean" */
  readonly normaliser?: Normaliser;
  /** Which axes count. @default ["out"], the filters, as published */
  readonly roles?: readonly Role[];
}

/**
 * Distance to the other units' weights (filter pruning by geometric median): what others can stand in for leaves
 * first. Compares all pairs of a family, so that wide layers take seconds.
 */
export function fpgm(options: FpgmOptions = {}): Importance {
  const { reduction = "mean", normaliser = "mean", roles = ["out"] } = options;
  const { bias: _, ...taken } = takenBySums;
  checkTaken("fpgm", options, taken);
  return {
    name: "fpgm",
    needs: ["weights"],
    async score(family, probe) {
      const places = occurrences(probe.trace, family).filter(
        ({ member }) => dutyOf(probe.trace, member.parameter) !== "statistic",
      );
      const chosen = places.filter(({ member }) => roles.includes(member.selector.role));
      const used = chosen.length > 0 ? chosen : places;
      const members = used.flatMap((place) => distances(place, family, probe) ?? []);
      return normalise(reduceScores(members, reduction, family.units.length), normaliser);
    },
  };
}

/** Per unit, the sum of the Euclidean distances between its weights and each other unit's. */
function distances(place: Occurrences, family: Family, probe: Probe): Float64Array | undefined {
  const data = weightsOf(probe, place.member);
  if (!data) return undefined;
  const n = family.units.length;
  const vectors = vectorsOf(place, data, n);
  const size = vectors.length / n;
  const out = new Float64Array(n);
  for (let a = 0; a < n; a++)
    for (let b = a + 1; b < n; b++) {
      let sum = 0;
      for (let i = a * size, j = b * size, end = i + size; i < end; i++, j++) {
        const d = (vectors[i] as number) - (vectors[j] as number);
        sum += d * d;
      }
      const distance = Math.sqrt(sum);
      out[a]! += distance;
      out[b]! += distance;
    }
  return out;
}

/** All weights of each unit, one unit after the other. */
function vectorsOf({ member, start, unit }: Occurrences, data: Float32Array, units: number): Float32Array {
  const elements = elementsByPosition(data, member.selector);
  const positions = member.selector.ids.length;
  const each = elements.length / Math.max(1, positions);
  const out = new Float32Array((each * unit.length) | 0);
  const size = out.length / units;
  const filled = new Int32Array(units);
  for (let at = 0; at < positions; at++)
    for (let i = start[at] as number; i < (start[at + 1] as number); i++) {
      const u = unit[i] as number;
      out.set(elements.subarray(at * each, (at + 1) * each), u * size + (filled[u] as number));
      filled[u]! += each;
    }
  return out;
}
