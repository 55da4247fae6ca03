import type { Plan, Trace } from "@prune/graph";
import { changedEnds } from "@prune/graph/advanced";
import { PrunerError, planFromRecipe, type Recipe } from "@prune/pruner";
import { planFromTwin, type TwinPlan } from "@prune/pruner/advanced";
import { blocksReport } from "./depth.js";
import { WorkflowError } from "./errors.js";
import type { Opened } from "./format.js";
import { formedBy } from "./formed.js";
import { filesOfModel, sizeOf } from "./made.js";
import type { Job } from "./progress.js";
import type { Application } from "./reports/application.js";
import { unchecked } from "./reports/law-report.js";
import type { NewModel, Store } from "./store/store.js";

/** Where an application reads and writes. */
export interface Applying {
  readonly recipe: Recipe;
  /** Where the recipe is from. */
  readonly path: string;
  readonly out: string;
  readonly verify: boolean;
}

/** Cuts what a recipe says out of the model that it was made from, or out of its twin; checks the law. */
export async function applyRecipe<Model, Edit>(
  whole: Opened<Model, Edit>,
  { recipe, path, out, verify }: Applying,
  store: Store,
  job: Job,
): Promise<{ readonly model: NewModel; readonly report: Application }> {
  const opened = formedBy(whole, recipe);
  const { model, backend, trace } = opened;
  const { plan, ...about } = recipePlan(trace, recipe, path);
  await job.begin("cut");
  const cut = trace.cut(plan);
  const edit = opened.edit(trace, cut);
  const ends = changedEnds(trace, cut);
  if (verify) await job.begin("law");
  await blocksReport(opened, verify, job);
  const checked = verify ? await opened.verify({ trace, cut, edit }, job) : unchecked;
  await job.begin("write");
  const made = await opened.written(out, { edit }, store);
  const report: Application = {
    format: "prune-apply/1",
    model: opened.path,
    recipe: path,
    out,
    files: { before: sizeOf(opened.files), after: sizeOf(filesOfModel(made)) },
    before: opened.gone?.cost ?? backend.cost(model, trace),
    after: backend.cost(model, trace, cut),
    ...about,
    ...(ends.length > 0 && { ends }),
    ...checked,
  };
  return { model: made, report };
}

/** The plan that a recipe gives for a model. */
interface RecipePlan extends Pick<TwinPlan, "findings"> {
  readonly plan: Plan;
  readonly pairs: TwinPlan["pairs"] | null;
}

function recipePlan(trace: Trace, recipe: Recipe, path: string): RecipePlan {
  try {
    return { plan: planFromRecipe(trace, recipe), pairs: null, findings: [] };
  } catch (error) {
    if (!PrunerError.is(error, "other-model")) throw error;
  }
  const made = planFromTwin(trace, recipe);
  if (made.plan.units.length > 0) return made;
  const found = made.findings.slice(0, 3).map(({ tensor, why }) => `${tensor}: ${why}`);
  throw new WorkflowError("recipe-mismatch", {
    path,
    why: `nothing of it corresponds (${found.join("; ")})`,
  });
}
