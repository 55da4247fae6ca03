import { randomStream } from "@prune/samples";
import { badPlan } from "../errors.js";
import { checkOptions, limits } from "../plan/check-plan.js";
import type { CandidateOptions, CheckedPlan, Space } from "../plan/plan.js";
import { over, withOptions } from "../plan/with-option.js";
import { drawPoint, type Point } from "./draw-options.js";
import { successiveHalving } from "./halving.js";
import { parzen } from "./parzen.js";
import type { Candidate, Search } from "./search.js";

/**
 * The search that a plan asks for; every candidate that is known at once is checked here, before anything runs.
 * @throws {SweepError} "bad-plan" where options of a candidate can't be used, with its place.
 */
export function searchOf(plan: CheckedPlan): Search {
  const { options = {}, models, front, halving, bayes } = plan;
  const candidate = (model: string, own: CandidateOptions, at: string): Candidate => {
    const whole = over(options, own);
    checkOptions(whole, at);
    return {
      model,
      options: whole,
      round: 0,
      ...(plan.jobSeconds !== undefined && { seconds: plan.jobSeconds }),
    };
  };
  if (bayes) {
    const { space, count, seed = 0, batch = 8 } = bayes;
    checkEnds(space, options);
    const each = models.map((model, i) =>
      parzen({
        space,
        count,
        seed: seed + i,
        batch,
        front,
        candidate: (point) => candidate(model, withOptions({}, point), "bayes.space"),
      }),
    );
    return sideBySide(models, each);
  }
  const own = ownOptions(plan);
  if (own.length * models.length > limits.candidates)
    throw badPlan(
      "models",
      `${own.length * models.length} candidates are asked for, and at most ${limits.candidates} are allowed`,
    );
  const all = models.flatMap((model) => own.map(({ options: one, at }) => candidate(model, one, at)));
  return halving ? successiveHalving(all, halving, front) : allAtOnce(all);
}

/** Searches of several models, whose batches run beside each other. */
function sideBySide(models: readonly string[], searches: readonly Search[]): Search {
  return {
    most: searches.reduce((sum, { most }) => sum + most, 0),
    next: (history) =>
      searches.flatMap((search, i) =>
        search.next(history.filter(({ candidate }) => candidate.model === models[i])),
      ),
  };
}

interface Own {
  readonly options: CandidateOptions;
  readonly at: string;
}

function ownOptions({ list, grid, random: drawn }: CheckedPlan): readonly Own[] {
  if (list) return list.map((options, i) => ({ options, at: `list[${i}]` }));
  if (grid) return combinations(grid);
  if (!drawn) return [];
  const { space, count, seed = 0 } = drawn;
  return Array.from({ length: count }, (_, i) => ({
    options: withOptions({}, drawPoint(space, randomStream(seed, `random ${i}`))),
    at: "random.space",
  }));
}

/** All combinations; the last option changes fastest. */
function combinations(grid: Readonly<Record<string, readonly unknown[]>>): readonly Own[] {
  let points: readonly Point[] = [[]];
  for (const [name, values] of Object.entries(grid))
    points = points.flatMap((point) => values.map((value) => [...point, [name, value] as const]));
  return points.map((point) => ({
    options: withOptions({}, point),
    at: `grid (${point.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(", ")})`,
  }));
}

/** What a space may give is checked at its ends and at every value, as its points are known only later. */
function checkEnds(space: Space, options: CandidateOptions): void {
  for (const [name, dimension] of Object.entries(space)) {
    const values = "from" in dimension ? [dimension.from, dimension.to] : (dimension as readonly unknown[]);
    for (const value of values)
      checkOptions(over(options, withOptions({}, [[name, value]])), `bayes.space.${name}`);
  }
}

/** Candidates that are all known at the start: a list, a grid, or random ones. */
const allAtOnce = (candidates: readonly Candidate[]): Search => ({
  most: candidates.length,
  next: (history) => (history.length === 0 ? candidates : []),
});
