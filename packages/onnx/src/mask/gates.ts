import { wrap } from "@prune/graph/rules";
import { has, int, ints, type OnnxNode } from "../operators/node.js";
import { typeOf, workType } from "./gate.js";
import type { Masker, Masking } from "./masking.js";
import { corrected } from "./statistics.js";

/** Gates the activations that a node multiplies and sums: zeroed there, weights beside them need no mask. */
export const contracts =
  (...operands: readonly number[]): Masker =>
  (node, masking) => {
    const varies = operands.filter((i) => has(node, i) && !masking.isConstant(node, i));
    for (const i of varies.length > 0 ? varies : operands) masking.gate(node, i);
  };

/** Gates operands whether stored or not: what the operator holds inside can't be gated. */
export const every =
  (...operands: readonly number[]): Masker =>
  (node, masking) => {
    for (const i of operands) masking.gate(node, i);
  };

/** Gates quantised activations: their zero is a zero point. */
export const dequantised =
  (...operands: readonly (readonly [operand: number, zeroPoint: number])[]): Masker =>
  (node, masking) => {
    for (const [i, zeroPoint] of operands)
      if (!masking.isConstant(node, i))
        masking.gate(node, i, has(node, zeroPoint) ? { tensor: node.inputs[zeroPoint] as string } : 0);
  };

/** Its weights are masked too: dead heads are made of them inside. */
export const quantisedAttention: Masker = (node, masking) => {
  for (const [i, zeroPoint] of [
    [0, 6],
    [1, 7],
  ] as const)
    masking.gate(node, i, has(node, zeroPoint) ? { tensor: node.inputs[zeroPoint] as string } : 0);
  every(2, 8)(node, masking);
};

/** Fills dead cells with what the reduction ignores. */
export const reduces =
  (fill: number): Masker =>
  (node, masking) => {
    if (reducedDims(node, masking)?.length) masking.gate(node, 0, fill);
  };

/** A mean over the living. */
export const averages: Masker = (node, masking) => {
  const { writer } = masking;
  const [mask] = masking.masks(node, 0);
  const dims = mask && reducedDims(node, masking);
  if (!mask || !dims?.length) return;
  const output = node.outputs[0] as string;
  const elementType = workType(typeOf(writer, output));
  masking.gate(node, 0);
  const means = writer.draft.unused(`${output}_of_all`);
  writer.draft.edit(node.index, { outputs: [means] });
  writer.before = node.index + 1;
  const reduced = { dims, keep: int(node, "keepdims", 1) === 1 };
  const y = corrected(
    writer,
    writer.cast(means, typeOf(writer, output), elementType),
    elementType,
    mask,
    reduced,
  );
  writer.emit("Cast", [y], { to: typeOf(writer, output) }, output);
};

/** Dims that a reduction runs over; undefined when known only at run time, where the trace keeps all. */
export function reducedDims(node: OnnxNode, { trace }: Pick<Masking, "trace">): number[] | undefined {
  const rank = trace.tensors.get(node.inputs[0] as string)?.layout?.rank;
  if (rank === undefined) return undefined;
  const given = ints(node, "axes") ?? (has(node, 1) ? trace.tensor(node.inputs[1])?.data : []);
  if (!given?.every((dim) => typeof dim === "number")) return undefined;
  if (given.length > 0) return given.map((dim) => wrap(dim as number, rank));
  return int(node, "noop_with_empty_axes", 0) ? [] : Array.from({ length: rank }, (_, i) => i);
}

export const contractsAll: Masker = (node, masking) => contracts(...node.inputs.keys())(node, masking);
