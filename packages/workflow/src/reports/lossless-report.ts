import type { Cost } from "@prune/graph";
import type { LosslessReport as Removed } from "@prune/onnx";

/** How close the smaller model's outputs are to the original's, by running both. */
export interface Equality {
  readonly seeds: number;
  /** max |smaller - original| / max |original|, the worst of all outputs and inputs. */
  readonly error: number;
  readonly tolerance: number;
  /** How far the original is from itself when the runtime rewrites it; only where the error is above tolerance. */
  readonly noise?: number;
}

/** What was removed without loss. */
export interface LosslessPart extends Removed {
  /** null: not checked, and why. */
  readonly equal: Equality | null;
  readonly unverified?: string;
}

/** What removing what changes no output did. */
export interface LosslessJobReport extends LosslessPart {
  readonly format: "prune-lossless/1";
  readonly model: string;
  readonly out: string;
  readonly files: { readonly before: number; readonly after: number };
  readonly before: Cost;
  readonly after: Cost;
}
