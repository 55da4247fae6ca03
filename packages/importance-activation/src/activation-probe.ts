import type { Family, Probe } from "@prune/graph";

/** What samples say of a channel, over all positions. */
export interface ChannelStatistics {
  readonly mean: ArrayLike<number>;
  /** Mean of the magnitude. */
  readonly magnitude: ArrayLike<number>;
  readonly square: ArrayLike<number>;
  /** Share of values that are 0 or less. */
  readonly inactive: ArrayLike<number>;
}

/** A layer that reads a family's units. */
export interface ActivationReader {
  readonly layer: string;
  readonly inputs: number;
  readonly outputs: number;
  /** outputs x inputs. */
  readonly weights: ArrayLike<number>;
  /** Channel of each input; a convolution has several inputs per channel. */
  readonly channelOf: ArrayLike<number>;
  /** Inputs by unit, in the order of `family.units`. */
  readonly columns: readonly (readonly number[])[];
  readonly channels: ChannelStatistics;
  /** Of the inputs, inputs x inputs; undefined where there are too many. */
  readonly covariance: Float64Array | undefined;
}

/** A probe that has seen samples. */
export interface ActivationProbe extends Probe {
  activations(family: Family): readonly ActivationReader[];
}

/** The readers of a family; none where no layer multiplies its units by stored weights. */
export function readersIn(probe: Probe, family: Family): readonly ActivationReader[] {
  if (!("activations" in probe))
    throw new TypeError(
      "This criterion needs activations: pass `activationProbe(...)` of @prune/onnx-recovery, or another probe with `activations`.",
    );
  return (probe as ActivationProbe).activations(family);
}

/** Scores by reader and unit, averaged over the readers; 1 for all where nothing reads the units. */
export function scored(
  family: Family,
  readers: readonly ActivationReader[],
  score: (reader: ActivationReader, columns: readonly number[]) => number,
): Float32Array {
  const scores = new Float32Array(family.units.length);
  if (readers.length === 0) return scores.fill(1);
  for (const reader of readers)
    scores.forEach((_, i) => {
      scores[i]! += score(reader, reader.columns[i] ?? []) / readers.length;
    });
  return scores;
}
