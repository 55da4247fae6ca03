import type { Layout } from "../layout/layout.js";
import type { Dim } from "../names/dim.js";

/** A tensor of the traced graph. */
export interface Value {
  readonly name: string;
  /** undefined where nothing is known of its shape. */
  readonly layout: Layout | undefined;
  /** The tensor is a parameter's stored values, whose names are made at first use. */
  readonly parameter: boolean;
  /** Its values don't depend on the model's inputs. */
  readonly constant: boolean;
  /** Integer contents of small tensors that hold sizes and indices, flat; symbols where known only at run time. */
  readonly data?: readonly Dim[] | undefined;
  /** Set on a value lent to one node input, whose names are its own. */
  readonly use?: { readonly node: number; readonly input: number; readonly derived: boolean } | undefined;
}

/** What part a parameter's axis plays: `in` is contracted, `out` makes positions, the others scale or add. */
export type Role = "out" | "in" | "value";

/**
 * Which elements of a parameter live: those whose name does, over some dims of a finer view of it. `ids` has a name for
 * each index over these dims, row-major in their order: `indexAt` and `positionsAt` turn one into the other.
 */
export interface Selector {
  readonly view: readonly number[];
  readonly dims: readonly number[];
  readonly ids: Int32Array;
  role: Role;
  /** Node that first used it. */
  readonly node: string;
}

/** A parameter as one use of it is cut: uses that only add or scale have names of their own. */
export interface Parameter {
  readonly tensor: string;
  readonly shape: readonly number[];
  /** Node and input of a private use; undefined for the shared one. */
  readonly use: { readonly node: number; readonly input: number } | undefined;
  /** The tensor is computed from constants: cutting it stores the computed values. */
  readonly derived: boolean;
  readonly selectors: Selector[];
}

/** New contents of an operand of rank other than 1. */
export interface Reshaped {
  readonly values: readonly Dim[];
  readonly shape: readonly Dim[];
}

/** How a node changes when its tensors are cut. Symbols in an input's new contents keep their run-time value. */
export interface NodePatch {
  /** Null removes; a plain number is an integer. */
  readonly attributes?: Readonly<
    Record<string, number | readonly number[] | { readonly float: number } | null>
  >;
  readonly inputs?: Readonly<Record<number, readonly Dim[] | Reshaped>>;
  /** Replaces the node by picking positions along an axis of its first input, or of the tensor named. */
  readonly gather?: {
    readonly of?: string;
    readonly axis: number;
    readonly index: readonly number[];
  };
}
