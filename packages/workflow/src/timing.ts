import type { Cut, Trace } from "@prune/graph";
import type { Target } from "@prune/pruner";
import type { BudgetOptions } from "@prune/pruner/advanced";
import type { LatencyReport } from "./reports/latency-report.js";

/** What times one model's cuts during a job. */
export interface Timing {
  /** What a budget is measured with; a table only where it is on latency, or where there is one. */
  budget(
    target: Target | undefined,
    trace: Trace,
  ): Promise<Pick<BudgetOptions, "measure" | "predictor" | "isSlower">>;
  /** Undefined where the runtime is missing or doesn't run the model as it is. */
  against(cut: Cut, trace: Trace): Promise<LatencyReport | undefined>;
  close(): Promise<void>;
}
