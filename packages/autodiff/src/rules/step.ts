import type { Attribute, Node } from "@prune/onnx/advanced";
import { sumTo } from "../graph/broadcast.js";
import { type Attributes, type GradientKit, Unemitted } from "../graph/kit.js";

/** A node of the model as its gradient rule sees it. */
export interface GradientNode {
  readonly node: Node;
  /** The first three inputs; an empty string is one that is left out. */
  readonly a: string;
  readonly b: string;
  readonly c: string;
  /** The first output. */
  readonly y: string;
  /** Gradient of the first output, in its shape. */
  readonly dy: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Gradient of any output; zeros where the loss does not depend on it. */
  gradient(output: number): string;
  /** Whether anything asks for the gradient of an input. */
  wants(input: number): boolean;
  has(input: number): boolean;
  int(name: string): number | undefined;
  int(name: string, otherwise: number): number;
  ints(name: string): readonly number[] | undefined;
  float(name: string, otherwise: number): number;
  text(name: string, otherwise: string): string;
  rank(tensor: string): number;
  /** The attributes, to emit the node again. */
  readonly attributes: Attributes;
  /** An output that the node may leave out, which is now made. */
  optional(output: number): string;
}

/** A gradient in the shape of the input, made when it is asked for; undefined where there is none. */
export type Made = string | undefined | (() => string | undefined);

/** Gradients of the inputs of a node from those of its outputs, emitted as ordinary nodes. */
export type GradientRule = (step: GradientNode, kit: GradientKit) => readonly Made[];

/** Operator -> rule; operators outside the default domain as "domain:Op". */
export type GradientRules = Readonly<Record<string, GradientRule>>;

/** The name that a node's rule goes by. */
export const keyOf = ({ domain, op }: Node): string =>
  domain === "" || domain === "ai.onnx" ? op : `${domain}:${op}`;

/** The same rule for several operators. */
export const each = (ops: string, rule: GradientRule): GradientRules =>
  Object.fromEntries(ops.split(" ").map((op) => [op, rule]));

/** Gradients in the shape of the output, summed to the operands that were broadcast. */
export const broadcast =
  (rule: GradientRule): GradientRule =>
  (step, kit) =>
    rule(step, kit).map((made, i) => () => {
      const gradient = typeof made === "function" ? made() : made;
      return gradient && sumTo(kit, gradient, step.inputs[i] as string, kit.shape(step.y));
    });

/** What one cell changes by: dy times a factor. */
export const cell =
  (factor: (step: GradientNode, kit: GradientKit) => string): GradientRule =>
  (step, kit) => [() => kit.mul(step.dy, factor(step, kit))];

/** A dim counted from behind as one from the front. */
export const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** All dims from one on. */
export const from = (first: number, rank: number): number[] =>
  Array.from({ length: Math.max(rank - first, 0) }, (_, i) => first + i);

const stated = (node: Node, name: string, kind: Attribute["kind"]): Attribute["value"] | undefined => {
  const attribute = node.attributes.get(name);
  return attribute?.kind === kind ? attribute.value : undefined;
};

/** What of a step follows from its node alone. */
export function openNode(
  node: Node,
  kit: GradientKit,
): Omit<GradientNode, "gradient" | "dy" | "wants" | "optional"> {
  const input = (i: number): string => node.inputs[i] ?? "";
  const int = (name: string, otherwise?: number): number | undefined =>
    (stated(node, name, "int") as number | undefined) ?? otherwise;
  return {
    node,
    inputs: node.inputs,
    outputs: node.outputs,
    a: input(0),
    b: input(1),
    c: input(2),
    y: node.outputs[0] ?? "",
    has: (i) => input(i) !== "",
    int: int as GradientNode["int"],
    ints: (name) => stated(node, name, "ints") as readonly number[] | undefined,
    float: (name, otherwise) => (stated(node, name, "float") as number | undefined) ?? otherwise,
    text: (name, otherwise) => (stated(node, name, "string") as string | undefined) ?? otherwise,
    rank(tensor) {
      const shape = kit.shape(tensor);
      if (!shape) throw new Unemitted(`the rank of "${tensor}" is not known`);
      return shape.length;
    },
    get attributes() {
      return attributesOf(node);
    },
  };
}

function attributesOf(node: Node): Attributes {
  const found: Record<string, Attributes[string]> = {};
  for (const [name, { kind, value }] of node.attributes) {
    if (kind === "int" || kind === "ints") found[name] = value as number | readonly number[];
    else if (kind === "float") found[name] = { float: value as number };
    else if (kind === "string") found[name] = { string: value as string };
    else throw new Unemitted(`its attribute "${name}" can't be written again`);
  }
  return found;
}
