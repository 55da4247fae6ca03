import type { LogitReport, MomentsReport } from "@prune/onnx-recovery/advanced";
import type { JudgedReport } from "@prune/recovery/advanced";
import type { Range } from "../samples/ranges.js";

/** What recovery did, in whatever runtime; the law was checked before it, on the cut model. */
export interface RecoveryJobReport extends JudgedReport {
  readonly seed: number;
  /** What the samples feed the model, by input. */
  readonly inputs?: Readonly<Record<string, Range>>;
  /** @default "onnxruntime" */
  readonly runtime?: string;
  /** Heads whose queries and keys lost dims. */
  readonly logits?: readonly LogitReport[];
  /** Where means and variances were re-estimated. */
  readonly moments?: MomentsReport;
}
