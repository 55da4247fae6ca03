import type { Importance, Probe } from "@prune/graph";
import { axisText, breather, rootOf } from "@prune/graph/advanced";
import { checkNeeds } from "./criteria/needs.js";
import { PrunerError } from "./errors.js";
import type { Watched } from "./watched.js";

/** Scores of units by family id, in the order of the family's units; low leaves first. */
export type Scores = ReadonlyMap<number, Float32Array>;

/** Scores the living units of the given families (all when omitted) and checks that every score can be compared. */
export async function scoreFamilies(
  importance: Importance,
  probe: Probe,
  wanted: (family: number) => boolean = () => true,
  lives: (unit: number) => boolean = () => true,
  watched: Watched = {},
): Promise<Scores> {
  checkNeeds(importance, probe);
  const scores = new Map<number, Float32Array>();
  const breathing = breathingOf(probe, watched.signal);
  const { breathe } = breathing;
  const families = probe.trace.families.filter(({ id }) => wanted(id));
  for (const [done, family] of families.entries()) {
    await breathe();
    watched.onProgress?.({ step: "score", done, total: families.length });
    const score = await importance.score(family, breathing);
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

type Breathing = Probe & { readonly breathe: () => Promise<void> };
const known = new WeakMap<Probe, WeakMap<object, Breathing>>();
const unsignalled = {};

/** One for each probe and signal: criteria keep what they read of one, and no pruning hears another's signal. */
function breathingOf(probe: Probe, signal: AbortSignal | undefined): Breathing {
  const bySignal = known.get(probe) ?? new WeakMap<object, Breathing>();
  known.set(probe, bySignal);
  const key = signal ?? unsignalled;
  const made = bySignal.get(key) ?? { ...probe, breathe: breather(signal) };
  bySignal.set(key, made);
  return made;
}
