import type { Split } from "./choose-fit.js";
import type { Fit } from "./fit.js";
import type { ReadBy } from "./through-reader.js";

/** The dense net and the pruned one side by side: what recovery asks of a runtime. */
export interface Twins<Model> {
  /** Layers that can be refitted, in topological order. */
  readonly layers: readonly string[];
  /** Layers that stay as they are. */
  readonly skipped: readonly Skipped[];
  /** The layer's inputs in the pruned net, refitted so far, with the outputs it had in the dense one. */
  observe(layer: string): Promise<Observed>;
  /** What fits of a layer that clips do behind the nonlinearity. */
  clipped(layer: string, fits: readonly Fit[]): Promise<Clipped>;
  /** The layer that was observed last with the one that alone reads it; undefined for any other layer, and for all if a runtime leaves this out. */
  readBy?(layer: string): ReadBy | undefined;
  /** Whether fits still do better once they are in the model's number formats; they do without this. */
  holds?(layer: string, fits: readonly Fit[]): Promise<boolean>;
  /** Takes new weights, or leaves the layer as it is, and goes on. */
  accept(layer: string, fits: readonly Fit[] | undefined): Promise<void>;
  /** The pruned model with all weights that were taken. */
  model(): Model;
}

/** A layer that can't be refitted, and why. */
export interface Skipped {
  readonly layer: string;
  readonly reason: string;
}

/** A layer of the pruned net as the samples reach it, per group of its channels. */
export interface Observed {
  readonly splits: readonly Split[];
  /** The weights that it has; of a mixed layer maps that change nothing. */
  readonly fits: readonly Fit[];
  /** A nonlinearity follows that `clipped` takes account of. */
  readonly clips: boolean;
  /** Set where the splits are not of the layer's own inputs and outputs. */
  readonly mixed?: Mixed;
}

/**
 * A layer with too many inputs to be fitted one by one. Something smaller is fitted that its weights follow from: every
 * channel of its dense input from the pruned input's channels, the same at all places of a wide kernel, or each of its
 * outputs from itself.
 */
export interface Mixed {
  /** In two words, for reports. */
  readonly how: string;
  /** The layer's weights that follow from fits. */
  layerOf(fits: readonly Fit[]): readonly Fit[];
  /** Held-out error of the layer's own output relative to its variance; as the layer is without an argument. */
  error(fits?: readonly Fit[]): Promise<number>;
}

/** What a fit does after the nonlinearity that follows, and moments with the targets that it can't distinguish moved to the fit. */
export interface Clipped {
  readonly splits: readonly Split[];
  /** Error after the nonlinearity, relative to the power there. */
  readonly train: number;
  readonly heldOut: number;
}
