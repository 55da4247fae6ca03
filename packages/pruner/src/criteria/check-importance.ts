import type { Family, Importance, Probe, Trace } from "@prune/graph";
import { axisText, rootOf } from "@prune/graph/advanced";
import { checkNeeds } from "./needs.js";
import { swappedProbe } from "./swapped-probe.js";

/** How strictly `checkImportance` compares scores. */
export interface CheckOptions {
  /** How far scores may differ that should be equal, as a share of the largest. @default 1e-4 */
  readonly tolerance?: number;
  /** Scores don't follow from the model: two runs agree, units in another order do not. @default false */
  readonly arbitrary?: boolean;
}

/**
 * What is wrong with a criterion on a model, in sentences; none when it keeps the contract: as many scores as units, all
 * finite, the same each time, and the same whatever the order in which the units are listed or stored.
 */
export async function checkImportance(
  criterion: Importance,
  probe: Probe,
  { tolerance = 1e-4, arbitrary = false }: CheckOptions = {},
): Promise<string[]> {
  const findings: string[] = [];
  const { trace } = probe;
  // What samples said of a model is of that model, and not of one with its channels in another order.
  const seesSamples = criterion.needs.some((need) => need !== "weights");
  checkNeeds(criterion, probe);
  for (const family of trace.families) {
    const tell = (what: string): void => {
      findings.push(`${criterion.name} on ${axisText(rootOf(trace, family))}: ${what}`);
    };
    const scores = await criterion.score(family, probe);
    if (!(scores instanceof Float32Array)) tell("scores are no Float32Array");
    if (scores.length !== family.units.length) {
      tell(`${scores.length} scores for ${family.units.length} units`);
      continue;
    }
    const odd = scores.findIndex((score) => !Number.isFinite(score));
    if (odd >= 0) {
      tell(`the score of unit ${odd} is ${scores[odd]}`);
      continue;
    }
    const differs = differing(tolerance, scores);
    const again = differs(await criterion.score(family, probe));
    if (again >= 0) tell(`unit ${again} scores otherwise the second time`);
    if (arbitrary) continue;
    const order = Array.from(scores.keys()).reverse();
    const listed = { ...family, units: Int32Array.from(order, (i) => family.units[i] as number) };
    const back = restored(await criterion.score(listed, probe), order);
    const place = differs(back);
    if (place >= 0) tell(`unit ${place} scores otherwise when the units are listed in another order`);
    if (seesSamples || !isPlain(trace, family)) continue;
    const moved = differs(restored(await criterion.score(family, swappedProbe(probe, family, order)), order));
    if (moved >= 0) tell(`unit ${moved} scores otherwise when the channels are stored in another order`);
  }
  return findings;
}

const restored = (scores: Float32Array, order: readonly number[]): Float32Array => {
  const out = new Float32Array(scores.length);
  order.forEach((i, k) => {
    out[i] = scores[k] as number;
  });
  return out;
};

/** The first unit that scores otherwise, or -1. */
const differing =
  (tolerance: number, scores: Float32Array) =>
  (others: Float32Array): number => {
    const size = scores.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    return scores.findIndex((score, i) => !(Math.abs(score - (others[i] as number)) <= tolerance * size));
  };

/** Every unit of the family lies at one position of each member. */
function isPlain(trace: Trace, { units: own, members }: Family): boolean {
  const { start } = trace.units;
  return own.every((u) => {
    if ((start[u + 1] as number) - (start[u] as number) !== 1) return false;
    let places = 0;
    trace.eachPlace(u, () => {
      places++;
    });
    return places === members.length;
  });
}
