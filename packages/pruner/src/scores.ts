import type { Importance, Probe } from "@prune/graph";
import { axisText, rootOf } from "./axis.js";
import { PrunerError } from "./errors.js";

/** Scores of units by family id, in the order of the family's units; low leaves first. */
export type Scores = ReadonlyMap<number, Float32Array>;

/** Scores the living units of the given families (all when omitted) and checks that every score can be compared. */
export async function scoreFamilies(
  importance: Importance,
  probe: Probe,
  wanted: (family: number) => boolean = () => true,
  lives: (unit: number) => boolean = () => true,
): Promise<Scores> {
  const scores = new Map<number, Float32Array>();
  for (const family of probe.trace.families) {
    if (!wanted(family.id)) continue;
    const score = await importance.score(family, probe);
    const units = family.units.filter(lives).length;
    const criterion = importance.name;
    const axis = (): string => axisText(rootOf(probe.trace, family));
    if (score.length !== units)
      throw new PrunerError("score-count", { criterion, axis: axis(), units, scores: score.length });
    const unit = score.findIndex((value) => !Number.isFinite(value));
    if (unit >= 0)
      throw new PrunerError("bad-score", { criterion, axis: axis(), unit, score: score[unit] as number });
    scores.set(family.id, score);
  }
  return scores;
}
