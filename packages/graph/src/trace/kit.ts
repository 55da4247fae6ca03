import type { Patching } from "../cut/patching.js";
import type { Layout } from "../layout/layout.js";
import type { Dim } from "../names/dim.js";
import type { NodePatch, Role, Value } from "./value.js";

/** A value side by side with others: one label per dim; "" for a dim that meets nothing. */
export type Labelled = readonly [value: Value | Layout, labels: readonly string[]];

/** What a rule works with: the node's inputs and the primitives. One is made for each node. */
export interface Kit {
  /** Input i; a parameter still without names. */
  raw(i: number): Value | undefined;
  /** Input i when it is a parameter or constant used by this node alone: names of its own, unless only moved. */
  own(i: number): Value | undefined;
  /** Layout of an input that must exist and have a known shape. */
  layout(i: number): Layout;
  /** Parameter input i with names on some dims only; the others are fixed. */
  some(i: number, dims: readonly number[]): Layout;
  shape(of: Value | Layout | number): readonly Dim[];
  /** Contents of an integer input where known. */
  data(i: number): readonly Dim[] | undefined;
  /** Whether a number is known not to be negative: one that is the size of some tensor's dim, say. */
  isSize(d: Dim): boolean;
  /** Contents of a constant integer input, however large. */
  positions(i: number): ArrayLike<number> | undefined;
  /** Contents of a constant float input (scales) where known. */
  reals(i: number): readonly number[] | undefined;
  /** Operands side by side; labels missing from `out` are contracted. */
  meet(operands: readonly Labelled[], out: readonly string[]): Layout;
  /** All inputs side by side with numpy broadcasting. */
  broadcast(inputs?: readonly number[]): Layout;
  permute(layout: Layout, perm: readonly number[]): Layout;
  redim(layout: Layout, dims: readonly number[]): Layout;
  reshape(layout: Layout, shape: readonly Dim[]): Layout;
  take(layout: Layout, dim: number, index: ArrayLike<number>): Layout;
  concat(layouts: readonly Layout[], dim: number): Layout;
  grow(layout: Layout, dim: number, n: Dim): Layout;
  drop(layout: Layout, dims: readonly number[]): Layout;
  /** The dim becomes `size` fixed positions. */
  resize(layout: Layout, dim: number, size: Dim): Layout;
  fixed(shape: readonly Dim[]): Layout;
  /** A layout whose given dims carry new names that no parameter holds. */
  fresh(shape: readonly Dim[], dims: readonly number[]): Layout;
  /** Keeps all positions of the dims (all dims when not given), for a reason. */
  pin(layout: Layout, dims: readonly number[] | undefined, why: string, code?: string): void;
  /** Marks names whose cut changes statistics rather than dropping a term. */
  note(layout: Layout, dims: readonly number[], bits: number): void;
  /** Nothing is known of how positions relate: every input stays as it is. */
  opaque(why?: string): readonly { layout: Layout | undefined }[];
  /** A dim seen as a grid of so many rows: the names of its cells and of its rows; undefined where it does not divide. */
  grid(layout: Layout, dim: number, rows: number): { rows: Layout; cells: Layout } | undefined;
  /**
   * Further selector of parameter input i over a finer view of it; `layout` names dims of that view. `own`: of this
   * node's use of it alone.
   */
  select(
    i: number,
    view: readonly number[],
    dims: readonly number[],
    layout: Layout,
    role: Role,
    own?: boolean,
  ): void;
  /** Marks parameter dims that give a layout its names as producers of positions. */
  produce(layout: Layout): Layout;
  /** How the node changes when its tensors are cut; called once per cut. */
  patch(change: (cut: Patching) => NodePatch | undefined): void;
}
