import type { Optimiser } from "@prune/autodiff";
import type { InferenceSession } from "onnxruntime-common";
import type { Augmentation } from "./augmentation.js";
import type { CheckpointStore, CurvePoint, Snapshot } from "./checkpoint.js";
import type { TrainingData, TrainingFeed } from "./data.js";
import type { GoalOptions } from "./goal.js";
import type { TrainingOrt } from "./runtime.js";
import type { RateSchedule } from "./schedule.js";

/** Feeds as a smaller model takes them. */
export type Fed = (feeds: Readonly<Record<string, TrainingFeed>>) => Readonly<Record<string, TrainingFeed>>;

/** What is trained on, with which loss, optimiser and schedule, and when it ends. */
export interface TrainOptions extends GoalOptions {
  /** onnxruntime-node, onnxruntime-web, or anything with the same API. */
  readonly ort: TrainingOrt;
  readonly data: TrainingData;
  /** What the model takes of a sample's feeds, where its teacher takes more of them. @default all */
  readonly fed?: Fed;
  /** @default sgd({ momentum: 0.9, weightDecay: 5e-4 }) */
  readonly optimiser?: Optimiser;
  /** Highest learning rate. @default 0.01 */
  readonly rate?: number;
  /** @default cosine() */
  readonly schedule?: RateSchedule;
  /** @default 128, or what the model has fixed */
  readonly batch?: number;
  /** When to stop: the first of these that is reached. */
  readonly epochs?: number;
  readonly steps?: number;
  /** Wall time; a run that a time ends is not the same twice. */
  readonly milliseconds?: number;
  /** Share of the samples that is never trained on, and says which step was best. @default 0.1 */
  readonly heldOut?: number;
  /** Steps between looks at what is held out. @default an epoch */
  readonly every?: number;
  /** Looks without a better step after which it stops. @default no early stop */
  readonly patience?: number;
  /** Changes to images, in order. @default none */
  readonly augment?: readonly Augmentation[];
  /** All gradients together get at most this length. @default no limit */
  readonly clip?: number;
  /** Parameters to train. @default all that have a gradient */
  readonly parameters?: readonly string[];
  /** Gradients of a penalty on the weights, by parameter, added to those of the loss before every step. */
  readonly penalty?: (weights: ReadonlyMap<string, Float32Array>) => ReadonlyMap<string, Float32Array>;
  /** @default 1 */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Where the run is kept, and gone on with. */
  readonly checkpoint?: CheckpointStore;
  /** Options of the runtime's sessions, such as threads. */
  readonly session?: InferenceSession.SessionOptions;
  /** @default performance.now */
  readonly now?: () => number;
}

/** How far a training is: steps, the share that is done, and the loss. */
export interface TrainingProgress {
  readonly step: number;
  /** Steps in all; undefined where only time ends the run. */
  readonly of: number | undefined;
  /** Share of the training that is done, 0 to 1. */
  readonly done: number;
  readonly loss: number;
  readonly rate: number;
  readonly milliseconds: number;
  /** Set where this step was followed by a look at what is held out. */
  readonly point?: CurvePoint;
}

/** Why a run ended. */
export type Ending =
  | { readonly why: "done" | "time" | "patience" | "aborted" }
  /** A loss that is no finite number: the first tensor that was not, and the step. */
  | { readonly why: "not-finite"; readonly tensor: string; readonly step: number };

/** A trained model, and the curve of its loss. */
export interface Trained {
  /** The model with the weights of the best step, in the precision they were stored in. */
  readonly bytes: Uint8Array;
  readonly curve: readonly CurvePoint[];
  readonly best: Snapshot["best"];
  readonly steps: number;
  readonly milliseconds: number;
  readonly ended: Ending;
  /** Parameters that were trained, and those that could not be, with the operator that the gradient stops at. */
  readonly parameters: readonly string[];
  readonly stops: readonly {
    readonly op: string;
    readonly why: string;
    readonly parameters: readonly string[];
  }[];
}
