import type { Trained } from "@prune/training";
import type { CurvePoint, Ending } from "@prune/training/advanced";
import type { TrainingHow } from "../training/training-config.js";

/** What a training did. Losses and accuracies are those on samples that were held out. */
export interface TrainingReport {
  readonly samples: number;
  /** Whether labels had a part, and whether the original did. */
  readonly from: "labels" | "teacher" | "both";
  readonly settings: TrainingHow;
  readonly seed: number;
  readonly steps: number;
  readonly milliseconds: number;
  readonly ended: Ending;
  /** The step whose weights are in the model; 0 is the model as it came. */
  readonly best: Trained["best"];
  readonly curve: readonly CurvePoint[];
  /** How many tensors of weights were trained. */
  readonly parameters: number;
  /** Operators without a gradient rule, and the parameters behind them, which stayed. */
  readonly stops: Trained["stops"];
}

/** What training a model by itself did. */
export interface TrainReport extends TrainingReport {
  readonly format: "prune-training/1";
  readonly model: string;
  readonly out: string;
}
