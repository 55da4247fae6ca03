import type { GraphNode, Rule } from "@prune/graph";
import type { Shuffle } from "@prune/graph/rules";
import type { Attribute, Node } from "../model.js";
import type { TypeOf } from "../trace/types.js";

/** An ONNX node with the opset version of its domain. */
export interface OnnxNode extends GraphNode, Node {
  readonly opset: number;
  /** Element type of any tensor of the graph, where it is known. */
  readonly typeOf: TypeOf;
  /** The chain that moves the positions of one axis about which the node may be part of. */
  readonly shuffle?: Shuffle | undefined;
  /** Of a loop's node in a flat graph: dims of what it hands from turn to turn whose size changes on the way. */
  readonly varying?: VaryingSizes | undefined;
}

/** By input of a loop's body: the dims whose size isn't the same in every turn; "all" where not even the rank is known. */
export type VaryingSizes = ReadonlyMap<string, ReadonlySet<number> | "all">;

/** The rule of an operator: shape, names and patches of one node, from its layouts. */
export type OnnxRule = Rule<OnnxNode>;

/** Operator -> rule; operators outside the default domain as "domain:Op". */
export type Rules = Readonly<Record<string, OnnxRule>>;

type Attributed = Pick<OnnxNode, "attributes">;

function get(node: Attributed, name: string, kind: Attribute["kind"]): Attribute["value"] | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === kind ? attribute.value : undefined;
}

/** An integer attribute; `otherwise` where the node lacks it or it is of another kind. */
export function int(node: Attributed, name: string): number | undefined;
export function int(node: Attributed, name: string, otherwise: number): number;
export function int(node: Attributed, name: string, otherwise?: number): number | undefined {
  return (get(node, name, "int") as number | undefined) ?? otherwise;
}

/** A list of integers; undefined where the node lacks it or it is of another kind. */
export const ints = (node: Attributed, name: string): readonly number[] | undefined =>
  get(node, name, "ints") as readonly number[] | undefined;

/** A list of floats; undefined where the node lacks it or it is of another kind. */
export const floats = (node: OnnxNode, name: string): readonly number[] | undefined =>
  get(node, name, "floats") as readonly number[] | undefined;

/** A float attribute; undefined where the node lacks it or it is of another kind. */
export const float = (node: OnnxNode, name: string): number | undefined =>
  get(node, name, "float") as number | undefined;

/** A string attribute; `otherwise` where the node lacks it or it is of another kind. */
export const text = (node: Attributed, name: string, otherwise = ""): string =>
  (get(node, name, "string") as string | undefined) ?? otherwise;

/** Whether an input is given: an empty name is one that was left out. */
export const has = (node: OnnxNode, input: number): boolean => (node.inputs[input] ?? "") !== "";
