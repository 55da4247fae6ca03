import type { Cost } from "@prune/graph";
import type { ChangedEnd } from "@prune/graph/advanced";
import type { TwinPlan } from "@prune/pruner/advanced";
import type { Checked } from "./law-report.js";

/** What cutting a recipe out of a model, or out of its twin, did. */
export interface Application extends Pick<TwinPlan, "findings">, Checked {
  readonly format: "prune-apply/1";
  readonly model: string;
  readonly recipe: string;
  readonly out: string;
  /** Bytes of the files. */
  readonly files: { readonly before: number; readonly after: number };
  readonly before: Cost;
  readonly after: Cost;
  /** Inputs and outputs that got smaller, where some may. */
  readonly ends?: readonly ChangedEnd[];
  /** Tensors that stand for those of the recipe; null if they are the model's own. */
  readonly pairs: TwinPlan["pairs"] | null;
}
