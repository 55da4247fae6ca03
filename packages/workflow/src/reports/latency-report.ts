import type { Latency } from "@prune/runtime-ort";

/** The smaller model timed against the original, one run of each in turn, in milliseconds of computing. */
export interface LatencyReport {
  readonly before: Latency;
  readonly after: Latency;
  /** Median of the pairs: time of the smaller model / time of the original. */
  readonly ratio: number;
  /** Half the width of the ratio's 95 % interval, as a share of it. */
  readonly noise: number;
  /** By more than the noise. */
  readonly slower: boolean;
  readonly threads: number;
  /** Shapes of the inputs that both were timed on. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Where there was a table: its relative error on cut models of its own, each predicted by the others. */
  readonly table?: { readonly error: number };
}
