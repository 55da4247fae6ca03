import { type GradientKit, Unemitted } from "./kit.js";

/**
 * A gradient summed to the shape of an operand that was broadcast to the gradient's shape. The one place that knows
 * about broadcasting.
 */
export function sumTo(
  kit: GradientKit,
  gradient: string,
  operand: string,
  to: readonly (number | string)[] | undefined,
): string {
  const from = kit.shape(operand);
  if (!from || !to) throw new Unemitted("the rank of a tensor is not known");
  const lead = to.length - from.length;
  if (lead < 0) throw new Unemitted("a tensor has fewer dims than what it was made of");
  const axes = to.flatMap((size, dim) => {
    const own = dim < lead ? 1 : from[dim - lead];
    return own === 1 && (size !== 1 || dim < lead) ? [dim] : [];
  });
  const isOpen = from.some((own, dim) => typeof own === "string" && own !== to[dim + lead]);
  if (isOpen) return sumAtRunTime(kit, gradient, operand, lead);
  if (axes.length === 0) return gradient;
  if (axes.length === lead && axes.every((axis, i) => axis === i)) return kit.sum(gradient, axes, "dropped");
  const summed = kit.sum(gradient, axes);
  return lead === 0 ? summed : kit.reshape(summed, kit.sizes(operand));
}

/** Where a size is known only at run time: sums over what is 1 there. */
function sumAtRunTime(kit: GradientKit, gradient: string, operand: string, lead: number): string {
  if (kit.opset < 13) throw new Unemitted("sizes known only at run time need opset 13");
  const own = kit.emit("Shape", [operand]);
  const padded = lead === 0 ? own : kit.concat([kit.integers(new Array(lead).fill(1)), own], 0);
  const ones = kit.emit("NonZero", [kit.equal(padded, kit.integers([1]))]);
  const summed = kit.emit("ReduceSum", [gradient, kit.squeeze(ones, [0])], {
    keepdims: 1,
    noop_with_empty_axes: 1,
  });
  return kit.reshape(summed, own);
}
