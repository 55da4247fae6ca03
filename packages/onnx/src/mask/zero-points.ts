import type { Model, Node, Weight } from "../model.js";

/** What stands for 0 in a stored quantised tensor: bytes of one element for all, or one for each position of an axis. */
export interface ZeroPoint {
  readonly bytes: Uint8Array;
  /** undefined: one for all. */
  readonly axis: number | undefined;
}

/** Which input holds quantised values, which one their zero point, and the axis that it may differ along. */
type Place = readonly [values: number, zeroPoint: number, axis: "first" | "last" | "attribute"];

const convolution: readonly Place[] = [[3, 5, "first"]];
const places: ReadonlyMap<string, readonly Place[]> = new Map<string, readonly Place[]>([
  ["DequantizeLinear", [[0, 2, "attribute"]]],
  ["QLinearConv", convolution],
  ["ConvInteger", [[1, 3, "first"]]],
  [
    "QLinearMatMul",
    [
      [0, 2, "last"],
      [3, 5, "last"],
    ],
  ],
  [
    "MatMulInteger",
    [
      [0, 2, "last"],
      [1, 3, "last"],
    ],
  ],
  ["MatMulIntegerToFloat", [[1, 5, "last"]]],
  ["QGemm", [[3, 5, "last"]]],
  ["DynamicQuantizeMatMul", [[1, 3, "last"]]],
  ["QAttention", [[1, 7, "last"]]],
  [
    "QLinearAdd",
    [
      [0, 2, "last"],
      [3, 5, "last"],
    ],
  ],
  [
    "QLinearMul",
    [
      [0, 2, "last"],
      [3, 5, "last"],
    ],
  ],
  [
    "DynamicQuantizeLSTM",
    [
      [1, 9, "last"],
      [2, 11, "last"],
    ],
  ],
]);

/** Zero points that are stored: by the tensor of the values, and their own names. */
export interface ZeroPoints {
  readonly of: ReadonlyMap<string, ZeroPoint>;
  readonly names: ReadonlySet<string>;
}

export function zeroPointsOf({ graph }: Model, stored: ReadonlyMap<string, Weight>): ZeroPoints {
  const of = new Map<string, ZeroPoint>();
  const names = new Set<string>();
  for (const node of graph.nodes)
    for (const [values, zeroPoint, axis] of places.get(node.op) ?? []) {
      const [weight, zero] = [
        stored.get(node.inputs[values] ?? ""),
        stored.get(node.inputs[zeroPoint] ?? ""),
      ];
      if (!zero) continue;
      names.add(zero.name);
      if (!weight || zero.elementType !== weight.elementType) continue;
      const count = zero.shape.reduce((a, b) => a * b, 1);
      const along = count === 1 ? undefined : axisOf(node, axis, weight.shape.length);
      if (along === undefined ? count === 1 : weight.shape[along] === count)
        of.set(weight.name, { bytes: zero.bytes(), axis: along });
    }
  for (const node of graph.nodes)
    for (const values of centred.get(node.op) ?? []) {
      const weight = stored.get(node.inputs[values] ?? "");
      const byte = bitsOf(node) === 4 ? 0x88 : 0x80;
      if (weight?.elementBytes === 1) of.set(weight.name, { bytes: Uint8Array.of(byte), axis: undefined });
    }
  return { of, names };
}

/** Inputs in bytes of which the middle stands for 0 where there are no zero points. */
const centred: ReadonlyMap<string, readonly number[]> = new Map([
  ["MatMulNBits", [1]],
  ["GatherBlockQuantized", [0]],
  ["QMoE", [2, 5, 8]],
]);

function bitsOf(node: Node): number {
  const bits = node.attributes.get(node.op === "QMoE" ? "expert_weight_bits" : "bits");
  return bits?.kind === "int" ? bits.value : 4;
}

function axisOf(node: Node, axis: Place[2], rank: number): number {
  if (axis === "first") return 0;
  if (axis === "last") return rank - 1;
  const stated = node.attributes.get("axis");
  const value = stated?.kind === "int" ? stated.value : 1;
  return value < 0 ? value + rank : value;
}
