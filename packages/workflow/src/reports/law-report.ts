/** How the removed units were masked in the original: before each operator that mixes positions, or in the weights. */
export type Masking = "gated" | "zeroed";

/** The law `cut = mask`, checked by running both. */
export interface LawReport {
  readonly method: Masking;
  /** Where both ran, if that was not the native runtime. */
  readonly runtime?: string;
  /** Inputs that were tried: random ones, or batches of samples. */
  readonly seeds: number;
  /** Runs that went on from these with what they had made, each model with its own: decoding steps with a cache. */
  readonly steps?: number;
  /** Stretches of layers that each model was run in, one open at a time, where it was not run in one piece. */
  readonly stretches?: number;
  /** How many samples, where they were given. */
  readonly samples?: number;
  /** max |cut - masked| / max |masked|, the worst of all outputs and inputs. */
  readonly error: number;
  readonly tolerance: number;
  /**
   * How far the masked model is from itself when the runtime rewrites it, or when the last bit of its inputs changes;
   * only where the error is above tolerance.
   */
  readonly noise?: number;
  /**
   * Tensors at which both were given the same values, so that they decide the same where the model compares, ranks or rounds
   * what it computes; only where the outputs by themselves differ.
   */
  readonly anchors?: number;
  /** The model compares, ranks or rounds what it computes, or draws random numbers, by which alone answers may differ. */
  readonly jumps?: boolean;
  /** Outputs have the original's names, types and shapes. */
  readonly sameForm: boolean;
  /** The error is within tolerance, or within the runtime's own noise. */
  readonly holds: boolean;
  /** max |masked - original| / max |original|. */
  readonly moved: number;
  /** The mask changes no output, so that the comparison shows little. */
  readonly vacuous: boolean;
}

/** Whether a cut was checked before it was written. */
export interface Checked {
  /** null: not checked, and why. */
  readonly law: LawReport | null;
  readonly unverified?: string;
}

export const unchecked: Checked = { law: null, unverified: "not asked for (--no-verify)" };
