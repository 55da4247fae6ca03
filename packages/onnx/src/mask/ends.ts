import { float, has, type OnnxNode } from "../operators/node.js";
import { typeOf } from "./gate.js";
import type { Standard, Standardised } from "./statistics.js";
import type { Writer } from "./writer.js";

/** How what takes over from a norm ends: scale and shift, type and names as the node had them. */

type Affine = readonly (readonly [op: "Mul" | "Add", operand: string])[];

/** Scales and shifts in the statistics' type, gives the result the node's type and name. */
export function finish(
  writer: Writer,
  node: OnnxNode,
  tensor: string,
  elementType: number,
  affine: Affine,
): void {
  const to = typeOf(writer, node.outputs[0] as string);
  const y = affine.reduce((x, [op, operand]) => writer.emit(op, [x, operand]), tensor);
  name(writer, y, node.outputs[0], elementType, to);
}

/** A tensor under the name that the node gave it. */
export function name(
  writer: Writer,
  tensor: string,
  output: string | undefined,
  from: number,
  to: number,
): void {
  if (!output) return;
  if (from === to) writer.emit("Identity", [tensor], {}, output);
  else writer.emit("Cast", [tensor], { to }, output);
}

/** The mean and 1 / deviation that a node may also give. */
export function statisticsOf(
  writer: Writer,
  node: OnnxNode,
  { mean, scale }: Standardised,
  { elementType }: { readonly elementType: number },
  [meanAt, scaleAt]: readonly [number, number],
): void {
  const give = (tensor: string | undefined, output: string | undefined): void => {
    if (tensor && output) name(writer, tensor, output, elementType, writer.typeOf(output) ?? elementType);
  };
  give(mean, node.outputs[meanAt]);
  give(scale, node.outputs[scaleAt]);
}

export const epsilonOf = (node: OnnxNode, otherwise = 1e-5): Pick<Standard, "epsilon"> => ({
  epsilon: float(node, "epsilon") ?? otherwise,
});

/** Scale and bias of a node as edited so far, in the type of its statistics. */
export function affineOf(
  writer: Writer,
  node: OnnxNode,
  [scale, bias]: readonly [number, number],
  elementType: number,
): Affine {
  const operand = (i: number): string =>
    writer.cast(writer.draft.operand(node.index, i), typeOf(writer, node.inputs[i] as string), elementType);
  return [
    ...(has(node, scale) ? [["Mul", operand(scale)] as const] : []),
    ...(has(node, bias) ? [["Add", operand(bias)] as const] : []),
  ];
}

/** The scale and bias of channels, in the shape that lies along the channels of x. */
export const perChannel = (
  writer: Writer,
  node: OnnxNode,
  shape: readonly number[],
  elementType: number,
): Affine =>
  affineOf(writer, node, [1, 2], elementType).map(([op, operand]) => [
    op,
    writer.emit("Reshape", [operand, writer.integers(shape)]),
  ]);
