import type { DataType } from "@prune/onnx/advanced";
import type { GradientKit } from "../graph/kit.js";

/** A tensor that a loss is fed beside the model's inputs. */
export interface LossInput {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly (number | string | undefined)[];
}

/** What a loss is emitted with. */
export interface LossKit extends GradientKit {
  /** Declares a tensor to be fed, and gives its name. */
  fed(input: LossInput): string;
  /** The model's only output, or the tensor that was named. */
  output(name?: string): string;
  /** Scores before the softmax of a classifier's output, or that output where it has none. */
  logits(name?: string): string;
}

/** Emits ordinary nodes that compute one number to make small, and gives its tensor. */
export type Loss = (kit: LossKit) => string;
