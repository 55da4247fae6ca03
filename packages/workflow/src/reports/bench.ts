import type { Latency } from "@prune/runtime-ort";

/** Latency of two models in milliseconds, one run of each in turn. */
export interface Bench {
  readonly model: Latency;
  readonly out: Latency;
  /** Median of the model / median of the smaller one. */
  readonly speedup: number;
  /** Shapes of the inputs that they were timed on. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
}
