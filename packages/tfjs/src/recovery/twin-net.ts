import type { Skipped, TailStep } from "@prune/recovery/advanced";
import type { Activation } from "../layers-model/run-calls.js";
import type { Linear } from "./linear.js";

/** A net that runs from any of its activations to any that follow. */
export interface Net {
  readonly nodes: readonly NetNode[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Whether a tensor holds scores of classes: what a softmax makes. */
  isScores(name: string): boolean;
  /** Tensors of their own, which the caller disposes of. */
  run(given: ReadonlyMap<string, Activation>, wanted: readonly string[]): Promise<Activation[]>;
  dispose(): void;
}

/** A node with the activations that it reads and makes, in the order that nodes run. */
export interface NetNode {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** A net as recovery looks at it: what is linear in it, and what follows that. */
export interface TwinNet extends Net {
  /** What can be refitted, in order. */
  readonly linears: readonly Linear[];
  /** What multiplies by a kernel and can't, and why. */
  readonly others: readonly Skipped[];
  /** What a node makes of one of its inputs, where it is one of the things that a refit looks through. */
  step(node: NetNode, input: string): TailStep | undefined;
  /** A parameter's numbers. */
  values(name: string): Float32Array;
}

/** A net whose linear layers take new weights. */
export interface RefitNet<Model> extends TwinNet {
  /** Weights as the model's number formats can hold them. */
  held(linear: Linear, weights: Weights): Weights;
  /** Goes on with other weights. */
  assign(linear: Linear, weights: Weights): void;
  /** The model with all that was assigned. */
  model(): Model;
}

export interface Weights {
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}
