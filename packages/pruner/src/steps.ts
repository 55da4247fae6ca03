import type { Backend, Cut, Importance, Probe, Trace } from "@prune/graph";
import type { Parameter } from "@prune/graph/advanced";
import { breather } from "@prune/graph/advanced";
import { amountIn, resourceOf, type Target } from "./budget/amount.js";
import { type BudgetOptions, planByBudget } from "./budget/budget.js";
import type { Budget } from "./budget/outcome.js";
import { checkNames } from "./check-names.js";
import { checkOptions } from "./check-options.js";
import { type Chosen, planByRatio, planByUnits, type RatioOptions } from "./plan-by-ratio.js";
import { askedRatios } from "./ratios.js";
import { type StepOptions, sharesOf } from "./schedule.js";
import { type Scores, scoreFamilies } from "./scores.js";
import type { Watched } from "./watched.js";

/** What units are chosen by: the backend, the scores, how much leaves, and in how many steps. */
export interface ChooseOptions<Model> extends RatioOptions, BudgetOptions, StepOptions, Watched {
  readonly backend: Backend<Model>;
  readonly importance: Importance;
  /** What the criterion sees once a cut is made, in the original's coordinates. @default the weights, zero where removed */
  readonly probe?: (cut: Cut) => Probe | Promise<Probe>;
  /** Makes better scores of those of the criterion by trying what they would remove; `gateLearner` of `@prune/training` is one. */
  readonly learn?: LearnScores;
}

/** Makes better scores by trying what scores would remove. */
export type LearnScores = (scores: Scores, trial: Trial) => Promise<Scores>;

/** What scores are tried with. */
export interface Trial {
  /** What would leave by these scores for a part of what is asked for, from 0 to all of it. @default part 1 */
  suggest(scores: Scores, part?: number): Promise<Chosen>;
  /** What a cut leaves of that which the `target` is on, as far as it is computed; undefined without one. */
  readonly price?: ((cut: Cut) => number) | undefined;
}

/** Other units than suggested. */
export interface Change {
  /** Units that leave besides. */
  readonly remove?: Iterable<number>;
  /** Units that stay; later steps suggest them last. */
  readonly keep?: Iterable<number>;
}

/** One step of a pruning: what it would remove, to be accepted, changed or skipped. Units are those of the trace. */
export interface PruningStep {
  readonly index: number;
  /** How much of the pruning is done after it. */
  readonly share: number;
  /** Scores of what the last step left; -Infinity for what has left, Infinity for what was kept by hand. */
  readonly scores: Scores;
  /** Everything that has left after this step. */
  readonly suggested: Chosen;
  /** Units that leave in this step. */
  readonly leaving: readonly number[];
  /** The suggestion with other units, less what can't leave. */
  change(change: Change): Chosen;
  /** @default what was suggested */
  accept(chosen?: Chosen): void;
  /** Removes nothing in this step; the next one suggests its share again. As if neither were called. */
  skip(): void;
}

/** Steps over one trace: every one is scored on what the accepted ones left. */
export async function* stepsOf<Model>(
  model: Model,
  trace: Trace,
  options: ChooseOptions<Model>,
): AsyncGenerator<PruningStep, Chosen> {
  checkOptions(options);
  const { backend, importance, ragged = false, target, ratio = 0.5 } = options;
  const { probe = (cut: Cut) => maskedProbe(backend.probe(model, trace), cut) } = options;
  checkNames(trace, options);
  const asked = askedRatios(trace, options);
  const kept = new Set<number>();
  let accepted = planByUnits(trace, new Map(), asked, [], ragged);
  let index = 0;
  const breathe = breather(options.signal);
  const shares = [...sharesOf(options)];
  for (const share of shares) {
    const removed = removedBy(accepted);
    const seen = removed.size > 0 || options.probe ? await probe(accepted.cut) : backend.probe(model, trace);
    const given = await scoreLiving(importance, seen, asked, { removed, kept }, options);
    await breathe();
    options.onProgress?.({ step: "plan", done: index, total: shares.length });
    const how = { ...options, ...(target === undefined && { ratio: ratio * share }) };
    const suggest = async (by: Scores, part = 1): Promise<Chosen & { readonly budget?: Budget }> =>
      target === undefined
        ? planByRatio(trace, by, partOf({ ...how, ratio: ratio * share * part }, share * part))
        : planByBudget(model, trace, by, { ...how, target, share, breathe });
    const scores = options.learn
      ? await options.learn(
          given,
          await trialOf(model, trace, how, { target, first: () => suggest(given), suggest, breathe }),
        )
      : given;
    const suggested = await suggest(scores);
    let choice: Chosen | undefined;
    yield {
      index: index++,
      share,
      scores,
      suggested,
      leaving: [...removedBy(suggested)].filter((unit) => !removed.has(unit)),
      change({ remove = [], keep = [] }) {
        const units = new Set([...removedBy(suggested), ...remove]);
        for (const unit of keep) {
          kept.add(unit);
          units.delete(unit);
        }
        return planByUnits(trace, scores, asked, units, ragged);
      },
      accept: (chosen = suggested) => {
        choice = chosen;
      },
      skip: () => {
        choice = undefined;
      },
    };
    if (choice) accepted = choice;
  }
  return accepted;
}

/**
 * What scores are tried with. Nothing is timed or packed for a trial: trials leave as many MACs or bytes as the first plan
 * within the budget, with widths on the multiple that it found to be fast.
 */
async function trialOf<Model>(
  model: Model,
  trace: Trace,
  { isSlower: _, measure: __, ...how }: ChooseOptions<Model>,
  { target, first, suggest, breathe }: Suggesting,
): Promise<Trial> {
  if (target === undefined) return { suggest };
  const { resource } = resourceOf(target);
  const of = resource === "gzip" ? "bytes" : resource === "latency" ? "macs" : resource;
  const price = (cut: Cut): number => amountIn(how.backend.cost(model, trace, cut), of);
  const { cut, budget } = await first();
  const trial = {
    ...how,
    ...(budget?.multiple !== undefined && how.roundTo === undefined && { roundTo: budget.multiple }),
    target: { [of]: price(cut) / price(trace.cut({ units: [], atoms: [] })) } as Target,
  };
  return {
    suggest: (by, part = 1) => planByBudget(model, trace, by, { ...trial, share: part, breathe }),
    price,
  };
}

interface Suggesting {
  readonly target: Target | undefined;
  /** What leaves by the criterion's own scores. */
  first(): Promise<Chosen & { readonly budget?: Budget }>;
  suggest(scores: Scores, part?: number): Promise<Chosen>;
  readonly breathe: () => Promise<void>;
}

const removedBy = ({ choices }: Chosen): Set<number> => new Set(choices.flatMap(({ removed }) => removed));

/** All the ratios of a step: a share of each. */
export function partOf(options: RatioOptions, share: number): RatioOptions {
  if (share === 1) return options;
  const { heads, queryHeads, headDims, layerRatios, headRatios, scopes } = options;
  const part = (value: number): number => value * share;
  return {
    ...options,
    ...(heads !== undefined && { heads: part(heads) }),
    ...(queryHeads !== undefined && { queryHeads: part(queryHeads) }),
    ...(headDims !== undefined && { headDims: part(headDims) }),
    ...(layerRatios && { layerRatios: mapped(layerRatios, part) }),
    ...(headRatios && { headRatios: mapped(headRatios, part) }),
    ...(scopes && {
      scopes: mapped(scopes, (scope) =>
        scope.ratio === undefined ? scope : { ...scope, ratio: part(scope.ratio) },
      ),
    }),
  };
}

const mapped = <T>(record: Readonly<Record<string, T>>, of: (value: T) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, of(value)]));

/** Scores of the units that have not left, which alone a family then has; what has left ranks first. */
async function scoreLiving(
  importance: Importance,
  probe: Probe,
  asked: readonly { readonly ratio: number }[],
  { removed, kept }: { readonly removed: ReadonlySet<number>; readonly kept: ReadonlySet<number> },
  watched: Watched,
): Promise<Scores> {
  const living: Importance = {
    ...importance,
    async score(family, of) {
      const units = family.units.filter((unit) => !removed.has(unit));
      return importance.score(units.length < family.units.length ? { ...family, units } : family, of);
    },
  };
  const wanted = (f: number): boolean => (asked[f]?.ratio ?? 0) > 0;
  const found = await scoreFamilies(living, probe, wanted, (unit) => !removed.has(unit), watched);
  if (removed.size === 0 && kept.size === 0) return found;
  const all = new Map<number, Float32Array>();
  for (const { id, units } of probe.trace.families) {
    const scores = found.get(id);
    if (!scores) continue;
    let next = 0;
    all.set(
      id,
      Float32Array.from(units, (unit) => {
        if (removed.has(unit)) return -Infinity;
        const score = scores[next++] as number;
        return kept.has(unit) ? Infinity : score;
      }),
    );
  }
  return all;
}

/** What a criterion would see of the smaller model, in the original's coordinates: all that a cut removes is zero. */
function maskedProbe(probe: Probe, cut: Cut): Probe {
  const uses = new Map<string, Parameter[]>();
  for (const parameter of probe.trace.parameters) {
    const list = uses.get(parameter.tensor) ?? [];
    list.push(parameter);
    uses.set(parameter.tensor, list);
  }
  return {
    ...probe,
    weights(tensor) {
      const found = probe.weights(tensor);
      const list = uses.get(tensor)?.map((parameter) => cut.removedElements(parameter));
      if (!found || !list || list.some((dead) => dead === undefined)) return found;
      const data = found.data.slice();
      for (let i = 0; i < data.length; i++) if (list.every((dead) => dead?.[i] === 1)) data[i] = 0;
      return { ...found, data };
    },
  };
}
