import type { Backend, Cut, Plan, Trace } from "@prune/graph";
import { atOnce, breather, inBreaths, type Steps, stepsBehind } from "@prune/graph/advanced";
import { type Budget, restated } from "./budget/outcome.js";
import { checkTakenBy } from "./check-options.js";
import { PrunerError } from "./errors.js";
import { type Chosen, planAgain } from "./plan-by-ratio.js";
import { type Recipe, recipeOf } from "./recipe.js";
import { makeReport, type Report } from "./report.js";
import type { Scores } from "./scores.js";
import { type ChooseOptions, stepsOf } from "./steps.js";

/** How much leaves, by which scores, from where, in how many steps, and what is verified. */
export interface PruneOptions<Model> extends ChooseOptions<Model> {
  /** A trace of the model, where there is one already. */
  readonly trace?: Trace;
  /**
   * Compares the cut model with the original, by the trace and the cut that lead from one to the other; what it returns
   * is the report's `law`. `verifyLaw` of `@prune/runtime-ort` is one.
   */
  readonly verify?: (original: Model, smaller: Model, made: Made) => Promise<unknown>;
}

/** What a smaller model was made by. */
export interface Made {
  readonly trace: Trace;
  readonly cut: Cut;
}

/** A smaller model with its plan, its recipe, and a report of what left and why the rest stays. */
export interface Pruned<Model> {
  readonly model: Model;
  readonly plan: Plan;
  readonly recipe: Recipe;
  readonly report: Report;
}

/** Scores every unit, removes the lowest of every axis, and says what it did. The model passed in stays as it is. */
export async function prune<Model>(
  model: NoInfer<Model>,
  options: PruneOptions<Model>,
): Promise<Pruned<Model>> {
  const { backend, verify, onProgress, signal } = options;
  if (typeof model === "string" || model instanceof ArrayBuffer || ArrayBuffer.isView(model))
    throw new PrunerError("not-a-model", {
      given: typeof model === "string" ? `the text "${(model as string).slice(0, 80)}"` : "bytes",
    });
  checkTakenBy("prune", options);
  const breathe = breather(options.signal);
  const { trace, chosen, scores } = await plan(model, options);
  await breathe();
  onProgress?.({ step: "cut", done: 0, total: 1 });
  const made = await inBreaths(cutting<Model>(model, backend, trace, chosen, scores), breathe);
  if (verify) onProgress?.({ step: "verify", done: 0, total: 1 });
  await breathe();
  const law = await verify?.(model, made.model, { trace, cut: made.chosen.cut });
  signal?.throwIfAborted();
  return { model: made.model, ...(await account(model, trace, made.chosen, options, law)) };
}

/** What `plan` chose: everything but the smaller model. */
export interface Planned {
  readonly trace: Trace;
  readonly scores: Scores;
  readonly chosen: Chosen;
  /** What became of the `target`, where one was set. */
  readonly budget?: Budget;
}

/** Traces, scores and chooses, without cutting: for those who write the cut themselves. */
export async function plan<Model>(model: NoInfer<Model>, options: PruneOptions<Model>): Promise<Planned> {
  checkTakenBy("plan", options);
  const { backend, ragged = false } = options;
  const steps = options.trace ? undefined : stepsBehind(backend.trace);
  const traced = steps
    ? await inBreaths(steps(model), breather(options.signal))
    : (options.trace ?? backend.trace(model));
  const trace = ragged ? traced.ragged() : traced;
  let scores: Scores = new Map();
  let chosen: (Chosen & { readonly budget?: Budget }) | undefined;
  for await (const step of stepsOf(model, trace, options)) {
    step.accept();
    ({ scores, suggested: chosen } = step);
  }
  return { trace, scores, chosen: chosen as Chosen, ...(chosen?.budget && { budget: chosen.budget }) };
}

/** Recipe and report of a plan that was cut. */
export async function account<Model>(
  model: Model,
  trace: Trace,
  chosen: Chosen & { readonly budget?: Budget },
  options: PruneOptions<Model>,
  law?: unknown,
): Promise<Pick<Pruned<Model>, "plan" | "recipe" | "report">> {
  const { backend, importance } = options;
  const parts = {
    backend: backend.name,
    criterion: importance.name,
    before: backend.cost(model, trace),
    after: backend.cost(model, trace, chosen.cut),
  };
  const made = makeReport(trace, chosen.choices, parts);
  const recipe = await recipeOf(model, trace, chosen.cut, options);
  const { ends } = recipe;
  const report = {
    ...made,
    ...(chosen.budget && { budget: restated(chosen.budget, made.after) }),
    ...(ends && { ends }),
  };
  return {
    plan: chosen.plan,
    recipe,
    report: law === undefined ? report : { ...report, law },
  };
}

/** Cuts what was chosen; what the backend's error says must stay is put back first. */
export const cutOrRepair = <Model>(
  model: Model,
  backend: CuttingBackend<Model>,
  trace: Trace,
  chosen: Chosen,
  scores: Scores,
): CutMade<Model> => atOnce(cutting(model, backend, trace, chosen, scores));

type CuttingBackend<Model> = Pick<Backend<Model>, "cut"> & Partial<Pick<Backend<Model>, "name">>;

interface CutMade<Model> {
  readonly model: Model;
  readonly chosen: Chosen;
}

function* cutting<Model>(
  model: Model,
  backend: CuttingBackend<Model>,
  trace: Trace,
  chosen: Chosen,
  scores: Scores,
): Steps<CutMade<Model>> {
  const found = yield* making(trace, chosen, scores, function* (cut): Steps<Model> {
    const steps = stepsBehind(backend.cut);
    const smaller = steps ? yield* steps(model, trace, cut) : backend.cut(model, trace, cut);
    const what =
      smaller === undefined || smaller === null
        ? "returned no model from `cut`"
        : smaller === model && cut.isEmpty === false
          ? "returned the original from `cut`"
          : undefined;
    if (what !== undefined) throw new PrunerError("bad-backend", { backend: backend.name ?? "", what });
    return smaller;
  });
  return { model: found.made, chosen: found.chosen };
}

/**
 * Makes whatever a plan is for: a model, an edit of one. A backend may meet what the plan alone doesn't show; its error
 * then says what must stay, and it is made of what is left of the plan.
 */
export const makeOrRepair = <Of>(
  trace: Trace,
  chosen: Chosen,
  scores: Scores,
  make: (cut: Cut) => Of,
): { readonly made: Of; readonly chosen: Chosen } =>
  atOnce(
    // biome-ignore lint/correctness/useYield: it is made in one step
    making(trace, chosen, scores, function* (cut): Steps<Of> {
      return make(cut);
    }),
  );

function* making<Of>(
  trace: Trace,
  chosen: Chosen,
  scores: Scores,
  make: (cut: Cut) => Steps<Of>,
): Steps<{ readonly made: Of; readonly chosen: Chosen }> {
  for (let current = chosen; ; ) {
    try {
      return { made: yield* make(current.cut), chosen: current };
    } catch (error) {
      const findings = trace.blamedBy(error);
      if (findings.length === 0) throw error;
      current = planAgain(trace, current, scores, findings);
    }
  }
}
