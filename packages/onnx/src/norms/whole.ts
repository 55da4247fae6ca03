import type { Cut, Trace } from "@prune/graph";
import { ratio, shapeOf } from "@prune/graph/advanced";
import type { Masker } from "../mask/masking.js";
import type { Writer } from "../mask/writer.js";
import type { OnnxNode } from "../operators/node.js";
import type { OnnxSource } from "../trace/source.js";

/**
 * What norms and means over a cut axis take their statistics over: "live", what is left of it; "masked", all positions
 * that the original has there, what left being zero, which is what a network sees whose units are only masked.
 */
export type Norms = "live" | "masked";

/** How an operator takes statistics over positions that left. */
export interface Whole {
  /** Of the original: what is dead is zero, and counts. */
  readonly mask: Masker;
  /** Of a cut model: writes that down. */
  readonly compensate: (node: OnnxNode, compensation: Compensation) => void;
}

/** A cut model in the making whose norms are to count what left. */
export interface Compensation {
  readonly writer: Writer;
  readonly source: OnnxSource;
  readonly trace: Trace;
  readonly cut: Cut;
  /** n' / n: the share of the positions along dims of a tensor that is left. */
  share(tensor: string, dims: readonly number[]): number;
  /** Of a tensor; 0 where it isn't known. */
  rank(tensor: string): number;
  /** The squares of what lies around a mean that a node takes the mean of; their mean is a variance. */
  centred(node: OnnxNode): Centred | undefined;
}

/** A variance spelled out: mean((x - mean(x))^2). */
export interface Centred {
  /** The node that subtracts the mean, and the input that it subtracts from. */
  readonly difference: OnnxNode;
  readonly input: 0 | 1;
  /** The mean, which keeps its dims as size 1. */
  readonly mean: string;
}

export const shareOf =
  (trace: Trace, cut: Cut): Compensation["share"] =>
  (tensor, dims) => {
    const layout = trace.tensors.get(tensor)?.layout;
    if (!layout) return 1;
    const [before, after] = [shapeOf(layout), cut.shape(tensor)];
    return dims.reduce((share, dim) => {
      const [was, is] = [before[dim], after[dim]];
      if (was === undefined || is === undefined || was === is) return share;
      const [p, q] = ratio(is, was) ?? [1, 1];
      return (share * p) / q;
    }, 1);
  };
