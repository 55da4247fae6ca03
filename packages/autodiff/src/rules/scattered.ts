import { type GradientKit, Unemitted } from "../graph/kit.js";
import type { GradientNode, GradientRule } from "./step.js";

/** Adds values into a flat tensor at places that may repeat. */
export function addedAt(k: GradientKit, flat: string, places: string, values: string): string {
  if (k.opset < 16)
    throw new Unemitted(`adding at places that repeat needs opset 16, and the model has ${k.opset}`);
  return k.emit("ScatterElements", [flat, places, values], { axis: 0, reduction: { string: "add" } });
}

/** 0, 1, 2... for each cell of a tensor, in its shape. */
export function numbered(k: GradientKit, x: string): string {
  const sizes = k.sizes(x);
  if (typeof sizes !== "string") {
    const count = sizes.reduce((a, b) => a * b, 1);
    if (k.opset < 11)
      return k.integers(
        Array.from({ length: count }, (_, i) => i),
        sizes,
      );
  }
  const [zero, one] = [k.integers([0], []), k.integers([1], [])];
  return k.reshape(k.emit("Range", [zero, k.emit("Size", [x]), one]), sizes);
}

/**
 * For any operator that only moves the cells of its first input: moving the numbers of its cells the same way shows
 * where each gradient belongs.
 */
export const moved: GradientRule = (n, k) => [() => backWhereItCameFrom(n, k)];

function backWhereItCameFrom(n: GradientNode, k: GradientKit): string {
  const from = k.emit(n.node.op, [numbered(k, n.a), ...n.inputs.slice(1)], n.attributes, n.node.domain);
  const zeros = k.zeros(k.reshape(k.emit("Size", [n.a]), [1]), n.dy);
  return k.reshape(addedAt(k, zeros, k.reshape(from, [-1]), k.reshape(n.dy, [-1])), k.sizes(n.a));
}
