import type { Cost } from "@prune/graph";
import { type Recipe, readRecipe } from "@prune/pruner";
import { checkOnnxRun } from "../files/check-run.js";
import { modelSize } from "../files/model-size.js";
import { readJson } from "../files/read-file.js";
import { stageOnnx } from "../files/stage.js";
import type { Law } from "../law.js";
import { verified } from "../prune-file.js";
import { isTfjs } from "../tfjs/is-tfjs.js";
import { openTraced } from "../traced.js";
import { type RecipePlan, recipePlan } from "./recipe-plan.js";

/** What `prune apply --json` prints. */
export interface Application extends Pick<RecipePlan, "pairs" | "findings"> {
  readonly format: "prune-apply/1";
  readonly model: string;
  readonly recipe: string;
  readonly out: string;
  /** Bytes of the files. */
  readonly files: { readonly before: number; readonly after: number };
  readonly before: Cost;
  readonly after: Cost;
  /** null: not checked, and why. */
  readonly law: Law | null;
  readonly unverified?: string;
}

export interface ApplyOptions {
  readonly recipe: string;
  readonly out: string;
  /** @default true */
  readonly verify?: boolean;
  readonly onProgress?: (doing: string) => void;
}

/** Cuts what a recipe says out of the model that it was made from, or out of its twin; writes it if it obeys the law. */
export function applyFile(path: string, options: ApplyOptions): Promise<Application> {
  const recipe = readRecipe(readJson(options.recipe));
  return (isTfjs(path) ? applyTfjs : applyOnnx)(path, recipe, options);
}

const unchecked = { law: null, unverified: "not asked for (--no-verify)" } as const;

async function applyOnnx(
  path: string,
  recipe: Recipe,
  { recipe: recipePath, out, verify = true, onProgress = () => {} }: ApplyOptions,
): Promise<Application> {
  onProgress("tracing");
  const { model, backend, trace } = openTraced(path, (opened) =>
    checkOnnxRun(path, opened, { out, reads: [recipePath] }),
  );
  const { plan, ...about } = recipePlan(trace, recipe, recipePath);
  onProgress("cutting");
  const cut = trace.cut(plan);
  const edit = backend.edit(model, trace, cut);
  if (verify) onProgress("checking that the cut equals the mask");
  const checked = verify ? await verified(path, { model, backend, trace, edit, cut }) : unchecked;
  onProgress("writing");
  const staged = await stageOnnx(out, model, edit);
  const [before, after] = [backend.cost(model, trace), backend.cost(model, trace, cut)];
  const files = { before: modelSize(path, model), after: staged.bytes };
  await staged.publish();
  return {
    format: "prune-apply/1",
    model: path,
    recipe: recipePath,
    out,
    files,
    before,
    after,
    ...about,
    ...checked,
  };
}

async function applyTfjs(
  path: string,
  recipe: Recipe,
  { recipe: recipePath, out, verify = true, onProgress = () => {} }: ApplyOptions,
): Promise<Application> {
  const { openTfjs } = await import("../tfjs/open-tfjs.js");
  const { checkFolder, sizeOfFiles } = await import("../tfjs/output-folder.js");
  const { modelFiles, stageModel } = await import("@prune/tfjs/node");
  onProgress("tracing");
  const { model, backend, trace } = await openTfjs(path, (opened) =>
    checkFolder(path, opened, { out, reads: [recipePath] }),
  );
  const { plan, ...about } = recipePlan(trace, recipe, recipePath);
  onProgress("cutting");
  const cut = trace.cut(plan);
  const smaller = backend.cut(model, trace, cut);
  if (verify) onProgress("checking that the cut equals the mask");
  const checked = verify
    ? { law: await (await import("../tfjs/law-tfjs.js")).verifyTfjs({ model, trace, cut, smaller }) }
    : unchecked;
  onProgress("writing");
  const before = sizeOfFiles(path);
  const staged = await stageModel(out, smaller, { inputs: modelFiles(path) });
  await staged.publish();
  return {
    format: "prune-apply/1",
    model: path,
    recipe: recipePath,
    out,
    files: { before, after: staged.bytes },
    before: backend.cost(model, trace),
    after: backend.cost(model, trace, cut),
    ...about,
    ...checked,
  };
}
