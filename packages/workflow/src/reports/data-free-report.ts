import type { MergeReport } from "@prune/onnx-recovery";
import type { Judgement } from "@prune/recovery/advanced";

/** Ways to win accuracy back that need no data. */
export type DataFree = "synthetic" | "merge" | "means";

/** What the option for a recovery without data takes. */
export const dataFreeWays: readonly DataFree[] = ["synthetic", "merge", "means"];

/** What was done without data; `judged` where samples were given to judge it by. */
export interface DataFreeReport {
  readonly method: DataFree;
  /** Divergence of made-up inputs from the statistics of the model's BatchNormalizations; null where it has none. */
  readonly divergence?: { readonly plain: number; readonly shaped: number } | null;
  readonly layers?: readonly MergeReport[];
  /** Of `merge` and `means`: whether there was anything that they could change. */
  readonly changed?: boolean;
  readonly judged?: {
    readonly samples: number;
    readonly before: Judgement;
    readonly after: Judgement;
    /** `kept`: the cut alone is nearer to the original. */
    readonly result: "applied" | "kept";
  };
}
