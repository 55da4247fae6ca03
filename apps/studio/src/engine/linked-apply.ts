import type { JobProgress, Result, Workflow } from "@prune/workflow";
import type { Application } from "@prune/workflow/advanced";
import type { LinkedCut } from "./linked-cut.js";
import type { NamedFile } from "./protocol.js";
import { wordsOf } from "./words.js";

const path = "linked-recipe.json";

/** A link's recipe as a file of the store that it is applied in. */
export const linkedFile = ({ recipe }: LinkedCut): NamedFile => ({
  path,
  file: new Blob([JSON.stringify(recipe)]),
});

/** Cuts a link's recipe, a file of the workflow's store, out of a model, and proves it. */
export const appliedBy = (
  workflow: Workflow,
  model: string,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (progress: unknown) => void },
): Promise<Result<Application>> =>
  workflow.apply(model, {
    recipe: path,
    signal,
    onProgress: (progress: JobProgress) => onProgress(wordsOf(progress)),
  });
