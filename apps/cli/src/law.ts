import { judge, type LawModels, checkLaw as measureLaw, type Source } from "@prune/runtime-ort";
import type { Drawn } from "./samples.js";

/** How the removed units were masked in the original: before each operator that mixes positions, or in the weights. */
export type Masking = "gated" | "zeroed";

/** The law `cut = mask`, checked by running both, as commands print it. */
export interface Law {
  readonly method: Masking;
  /** Inputs that were tried: random ones, or batches of samples. */
  readonly seeds: number;
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
   * Tensors at which both were given the same values, so that they decide alike where the model compares, ranks or rounds
   * what it computes; only where the outputs by themselves differ.
   */
  readonly anchors?: number;
  /** Outputs have the original's names, types and shapes. */
  readonly sameForm: boolean;
  /** The error is within tolerance, or within the runtime's own noise. */
  readonly holds: boolean;
  /** max |masked - original| / max |original|. */
  readonly moved: number;
  /** The mask changes no output, so that the comparison shows little. */
  readonly vacuous: boolean;
}

export interface LawOptions {
  readonly method: Masking;
  readonly tolerance: number;
  /** @default 3 */
  readonly seeds?: number;
  /** Samples to run on, in place of random inputs. */
  readonly samples?: Pick<Drawn, "batches" | "count"> | undefined;
}

/** Runs the original, the masked and the cut ONNX model on the same inputs in onnxruntime, and judges. */
export async function checkLaw(
  models: LawModels & { readonly original: Source },
  { method, tolerance, samples, seeds = samples?.batches.length ?? 3 }: LawOptions,
): Promise<Law> {
  const law = await measureLaw(models, { seeds, feeds: samples?.batches, noiseAbove: tolerance });
  const { error, noise, anchors, sameForm, moved } = law;
  return {
    method,
    seeds: law.seeds,
    ...(samples && { samples: samples.count }),
    error,
    tolerance,
    ...(noise !== undefined && { noise }),
    ...(anchors !== undefined && { anchors }),
    sameForm,
    moved,
    ...judge(law, tolerance),
  };
}
