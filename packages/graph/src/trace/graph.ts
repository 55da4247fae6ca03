import type { Layout } from "../layout/layout.js";
import type { Dim } from "../names/dim.js";
import type { Kit } from "./kit.js";

/** A node as the core sees it; backends add what their rules need. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Tensor names; an empty string is an omitted input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Tensors that it reads besides its inputs, from inside a body of its own; they stay whole. */
  readonly captures?: readonly string[];
  /** A loop is entered here: what comes back to it is made later, and nothing is known of that. */
  readonly entersLoop?: boolean;
  /** The module of the network's source that it comes from, where that is known: `layer1.0.conv1`. */
  readonly module?: string | undefined;
}

/**
 * What a stored tensor does at a node that is no plain weight: a bias is only added; a scale multiplies what a batch
 * normalisation made; a statistic was measured in training.
 */
export type Duty = "bias" | "scale" | "statistic";

/**
 * How a graph treats the shape of an input or output whose sizes could follow from what is cut, such as a decoder's
 * cache: `free`: they may; else why they stay, for a person.
 */
export type End = "free" | { readonly why: string };

/** A stored tensor inside the body of a node. */
export interface EnclosedTensor {
  readonly tensor: string;
  readonly shape: readonly number[];
  readonly node: string;
  readonly op: string;
}

/** What a backend shows of a model. Nothing here knows a file format. */
export interface GraphSource<N extends GraphNode = GraphNode> {
  /** In topological order. */
  readonly nodes: readonly N[];
  readonly inputs: readonly { readonly name: string; readonly shape: readonly Dim[] | undefined }[];
  readonly outputs: readonly string[];
  /** What of the shape of an input or output may follow from a cut; left out, or undefined for one: nothing. */
  end?(name: string): End | undefined;
  /** Shape of a tensor with stored values, or undefined. */
  parameter(name: string): readonly number[] | undefined;
  /** Stored tensors inside the bodies of nodes, which are not followed: what they are called there, and whose they are. */
  readonly inside?: readonly EnclosedTensor[] | undefined;
  /** Whether a tensor follows from stored values alone. */
  isConstant(name: string): boolean;
  /** Whether a stored tensor holds positions or flags (int64, bool), which name nothing. */
  isIndex(name: string): boolean;
  /** Contents of a small constant integer tensor (sizes, indices), or of one of any size; or undefined. */
  integers(name: string, anySize?: boolean): readonly number[] | undefined;
  /** Contents of a small constant float tensor (scales), or undefined. */
  reals(name: string): readonly number[] | undefined;
  /** Shape of a constant tensor that is best computed now and cut as computed, or undefined to follow its rule. */
  computed(node: N): readonly (readonly number[] | undefined)[] | undefined;
  /** Whether `cut` can compute a constant tensor's contents. */
  isComputable(name: string): boolean;
  /** Shape the model states for a tensor, where it does. */
  stated(name: string): readonly Dim[] | undefined;
  rule(node: N): Rule<N> | undefined;
  /** What a stored tensor at this input would do; undefined for a weight. */
  duty(node: N, input: number): Duty | undefined;
}

/** What a rule says of an output: its layout, and its contents where it holds sizes or indices. */
export type Outcome =
  | Layout
  | { readonly layout: Layout | undefined; readonly data?: readonly Dim[] | undefined };

/** Follows one operator: names of the outputs from those of the inputs, and how the node changes when cut. */
export type Rule<N extends GraphNode = GraphNode> = (
  node: N,
  kit: Kit,
) => Outcome | readonly (Outcome | undefined)[];
