import type { Trace } from "@prune/graph";
import { checkTakenBy } from "./check-options.js";
import type { Chosen } from "./plan-by-ratio.js";
import { account, cutOrRepair, type Pruned, type PruneOptions } from "./prune.js";
import type { Recipe } from "./recipe.js";
import type { Scores } from "./scores.js";
import { type PruningStep, stepsOf } from "./steps.js";

/** A pruning under way, step by step. */
export interface Pruner<Model> {
  readonly trace: Trace;
  /** What the accepted steps remove; undefined before the first. */
  readonly chosen: Chosen | undefined;
  /** The steps that are left, each on what the accepted ones left: `for await (const step of pruner.steps())`. */
  steps(): AsyncIterable<PruningStep>;
  /** What the accepted steps remove, to mask the model with instead of cutting it. */
  recipe(): Promise<Recipe>;
  /** The smaller model. The one passed in stays as it is. */
  cut(): Promise<Pruned<Model>>;
}

/** Opens a model to prune it in steps that can be looked at, changed, skipped. */
export function openPruner<Model>(model: NoInfer<Model>, options: PruneOptions<Model>): Pruner<Model> {
  checkTakenBy("openPruner", options);
  const { backend, ragged = false, verify } = options;
  const plain = options.trace ?? backend.trace(model);
  const trace = ragged ? plain.ragged() : plain;
  let chosen: Chosen | undefined;
  let scores: Scores = new Map();
  async function* follow(): AsyncGenerator<PruningStep> {
    for await (const step of stepsOf(model, trace, options)) {
      scores = step.scores;
      const before = chosen;
      yield {
        ...step,
        accept(other = step.suggested) {
          step.accept(other);
          chosen = other;
        },
        skip() {
          step.skip();
          chosen = before;
        },
      };
    }
  }
  const steps = follow();
  const accepted = (): Chosen =>
    chosen ?? {
      plan: { units: [], atoms: [] },
      cut: trace.cut({ units: [], atoms: [] }),
      choices: [],
    };
  return {
    trace,
    get chosen() {
      return chosen;
    },
    steps: () => steps,
    recipe: async () => (await account(model, trace, accepted(), options)).recipe,
    async cut() {
      const made = cutOrRepair(model, backend, trace, accepted(), scores);
      const law = await verify?.(model, made.model, { trace, cut: made.chosen.cut });
      return { model: made.model, ...(await account(model, trace, made.chosen, options, law)) };
    },
  };
}
