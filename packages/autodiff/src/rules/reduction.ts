import type { GradientKit, Sizes } from "../graph/kit.js";
import { perOutput, shared } from "./pooling.js";
import { each, from, fromFront, type GradientNode, type GradientRule, type GradientRules } from "./step.js";

/** A rule that sees the output and its gradient with the reduced dims still there. */
const reduced =
  (rule: (n: GradientNode & { readonly axes: Sizes | undefined }, k: GradientKit) => string): GradientRule =>
  (n, k) => [
    () => {
      const axes = axesOf(n, k);
      const wide = (tensor: string): string => {
        if (n.int("keepdims", 1) === 1) return tensor;
        if (axes === undefined) return tensor;
        return k.unsqueeze(tensor, axes);
      };
      if (axes?.length === 0) return n.dy;
      return rule({ ...n, y: wide(n.y), dy: wide(n.dy), axes }, k);
    },
  ];

export const reduction: GradientRules = {
  ReduceSum: reduced((n, k) => k.expand(n.dy, k.sizes(n.a))),
  ReduceMean: (n, k) => reduced((m) => k.expand(k.div(m.dy, perOutput(n, k)), k.sizes(m.a)))(n, k),
  ...each(
    "ReduceMax ReduceMin",
    reduced((n, k) => shared(k, k.equal(n.a, n.y), n.dy, n.axes)),
  ),
  ReduceProd: reduced((n, k) => k.div(k.mul(n.dy, n.y), n.a)),
  ReduceL1: reduced((n, k) => k.mul(n.dy, k.emit("Sign", [n.a]))),
  ReduceL2: reduced((n, k) => k.mul(n.a, k.where(k.greater(n.y, 0), k.div(n.dy, n.y), 0))),
  ReduceSumSquare: reduced((n, k) => k.mul(n.a, k.mul(n.dy, 2))),
  ReduceLogSum: reduced((n, k) => k.expand(k.div(n.dy, k.emit("Exp", [n.y])), k.sizes(n.a))),
  ReduceLogSumExp: reduced((n, k) => k.mul(n.dy, k.emit("Exp", [k.sub(n.a, n.y)]))),

  Softmax: (n, k) => [() => k.mul(n.y, k.sub(n.dy, k.sum(k.mul(n.dy, n.y), classes(n, k))))],
  LogSoftmax: (n, k) => [() => k.sub(n.dy, k.mul(k.emit("Exp", [n.y]), k.sum(n.dy, classes(n, k))))],
  CumSum: (n, k) => [
    () => {
      const [exclusive, reverse] = [n.int("exclusive", 0), 1 - n.int("reverse", 0)];
      return k.emit("CumSum", [n.dy, n.b], { exclusive, reverse });
    },
  ],
};

function axesOf(n: GradientNode, k: GradientKit): Sizes | undefined {
  const stored = n.has(1) ? k.facts.value(n.b) : undefined;
  const known = n.ints("axes") ?? (stored && Array.from(stored.data));
  if (!known) return n.has(1) ? n.b : n.int("noop_with_empty_axes", 0) === 1 ? [] : undefined;
  if (known.length > 0) return known.map((axis) => fromFront(axis, n.rank(n.a)));
  return n.int("noop_with_empty_axes", 0) === 1 ? [] : undefined;
}

/** The axes that a softmax runs over; before opset 13 it is all from the one given. */
function classes(n: GradientNode, k: GradientKit): readonly number[] {
  const rank = n.rank(n.y);
  if (k.opset >= 13) return [fromFront(n.int("axis", -1), rank)];
  return from(fromFront(n.int("axis", 1), rank), rank);
}
