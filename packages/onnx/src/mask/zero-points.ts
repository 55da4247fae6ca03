import type { Model, Node, Weight } from "../model.js";
import { int } from "../operators/node.js";
import { recordOf } from "../operators/operators.js";

/** What stands for 0 in a stored quantised tensor: bytes of one element for all, or one for each position of an axis. */
export interface ZeroPoint {
  readonly bytes: Uint8Array;
  /** undefined: one for all. */
  readonly axis: number | undefined;
}

/** Which input holds quantised values, which one their zero point, and the axis that it may differ along. */
export type ZeroPlace = readonly [values: number, zeroPoint: number, axis: "first" | "last" | "attribute"];

/** Inputs in bytes of which the middle stands for 0 where there are no zero points, and the attribute that says how many bits a value has (4 if it doesn't). */
export interface Centred {
  readonly inputs: readonly number[];
  readonly bits: string;
}

/** Zero points that are stored: by the tensor of the values, and their own names. */
export interface ZeroPoints {
  readonly of: ReadonlyMap<string, ZeroPoint>;
  readonly names: ReadonlySet<string>;
}

export function zeroPointsOf({ graph }: Model, stored: ReadonlyMap<string, Weight>): ZeroPoints {
  const of = new Map<string, ZeroPoint>();
  const names = new Set<string>();
  for (const node of graph.nodes)
    for (const [values, zeroPoint, axis] of recordOf(node)?.zeroPoints ?? []) {
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
  for (const node of graph.nodes) {
    const centred = recordOf(node)?.centred;
    if (!centred) continue;
    const byte = int(node, centred.bits, 4) === 4 ? 0x88 : 0x80;
    for (const values of centred.inputs) {
      const weight = stored.get(node.inputs[values] ?? "");
      if (weight?.elementBytes === 1) of.set(weight.name, { bytes: Uint8Array.of(byte), axis: undefined });
    }
  }
  return { of, names };
}

function axisOf(node: Node, axis: ZeroPlace[2], rank: number): number {
  if (axis === "first") return 0;
  if (axis === "last") return rank - 1;
  const value = int(node, "axis", 1);
  return value < 0 ? value + rank : value;
}
