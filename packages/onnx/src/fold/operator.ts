import type { Attribute, Node } from "../model.js";
import type { Tensor } from "../tensor.js";
import { refuse } from "./refuse.js";

/** One evaluation: a node, its known inputs and the opset of the default domain. */
export interface Call {
  readonly node: Node;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly opset: number;
}

/** Computes the outputs of a node, or refuses. Never writes into its inputs. */
export type Operator = (call: Call) => Tensor | readonly Tensor[];

export type Operators = Readonly<Record<string, Operator>>;

export function input({ node, inputs }: Call, index: number): Tensor {
  return inputs[index] ?? refuse(`${node.op} without input ${index}`);
}

export function int(node: Node, name: string): number | undefined {
  return attribute(node, name, "int");
}

export function float(node: Node, name: string): number | undefined {
  return attribute(node, name, "float") ?? attribute(node, name, "int");
}

export function ints(node: Node, name: string): readonly number[] | undefined {
  return attribute(node, name, "ints");
}

export function string(node: Node, name: string): string | undefined {
  return attribute(node, name, "string");
}

type Values = { readonly [A in Attribute as A["kind"]]: A["value"] };

/** The value of an attribute of that kind; one of another kind counts as absent. */
export function attribute<Kind extends Attribute["kind"]>(
  node: Node,
  name: string,
  kind: Kind,
): Values[Kind] | undefined {
  const found = node.attributes.get(name);
  return found?.kind === kind ? (found.value as Values[Kind]) : undefined;
}

/** Integers of an input, or of the attribute that carried them in older opsets. */
export function integers(call: Call, index: number, name: string): readonly number[] | undefined {
  const tensor = call.inputs[index];
  return tensor ? Array.from(tensor.data) : ints(call.node, name);
}

/** The one value of an input. */
export function scalar(call: Call, index: number): number | undefined {
  return call.inputs[index]?.data[0];
}

/** A dim counted from the front; negative ones count from the end. */
export function dimOf(axis: number, rank: number): number {
  const dim = axis < 0 ? axis + rank : axis;
  if (!(dim >= 0 && dim < rank)) refuse(`axis ${axis} of rank ${rank}`);
  return dim;
}
