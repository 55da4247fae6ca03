import type { OpenInput } from "../sizes/meaning.js";
import type { SizeOptions } from "../sizes/open-sizes.js";
import type { Form } from "./forms.js";

/** Sizes of a node's operands; empty for a scalar or an omitted input. A node that asks for what isn't known is not counted. */
export interface Sizes {
  input(i: number): readonly number[];
  output(i: number): readonly number[];
}

/** What a format says of the cost of a model. */
export interface Counting {
  /** Multiply-accumulates of one run of the node at a position; undefined where sizes don't tell. */
  macs(node: number, sizes: Sizes): number | undefined;
  /** Elements that count as parameters: none of a size, an index, a scalar. */
  parameters(form: Form): number;
  bytes(form: Form): number;
  /** Samples in one run: a number, or the name of the open dim that they lie along. */
  readonly batch: number | string;
  /** What the model takes. */
  readonly inputs: readonly OpenInput[];
  /** Sizes to count at, where inputs leave them open. */
  readonly at: SizeOptions;
}

/** What the samples of a run lie along, by the first dim of some shapes: what all have in common, else 1. */
export function batchOf(shapes: readonly (readonly unknown[] | undefined)[]): number | string {
  const firsts = new Set(shapes.map((shape) => shape?.[0]));
  const [first] = firsts;
  if (firsts.size !== 1) return 1;
  return (typeof first === "number" && first > 0) || (typeof first === "string" && first !== "") ? first : 1;
}
