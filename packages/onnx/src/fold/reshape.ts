import { count, reshaped } from "./data.js";
import { dimOf, input, int, integers, type Operators, scalar } from "./operator.js";
import { refuse } from "./refuse.js";

/** Operators that keep the elements in their order. */
export const reshape: Operators = {
  Identity: (call) => input(call, 0),
  Dropout: (call) => {
    if (scalar(call, 2)) refuse("dropout in training");
    const x = input(call, 0);
    const dtype = call.opset < 10 ? x.dtype : "bool";
    if (call.node.outputs.length < 2) return x;
    return [x, { dtype, shape: x.shape, data: new Uint8Array(x.data.length).fill(1) }];
  },
  Flatten: (call) => {
    const x = input(call, 0);
    const axis = int(call.node, "axis") ?? 1;
    const dim = axis === x.shape.length ? axis : dimOf(axis, x.shape.length);
    return reshaped(x, [count(x.shape.slice(0, dim)), count(x.shape.slice(dim))]);
  },
  Reshape: (call) => {
    const x = input(call, 0);
    const target = integers(call, 1, "shape") ?? refuse("reshape without a shape");
    return reshaped(x, resolved(x.shape, target, int(call.node, "allowzero") === 1));
  },
  Squeeze: (call) => {
    const x = input(call, 0);
    const axes = integers(call, 1, "axes");
    const dropped = axes && new Set(axes.map((axis) => dimOf(axis, x.shape.length)));
    const drop = (size: number, dim: number) => (dropped ? dropped.has(dim) : size === 1);
    return reshaped(
      x,
      x.shape.filter((size, dim) => !drop(size, dim)),
    );
  },
  Unsqueeze: (call) => {
    const x = input(call, 0);
    const axes = integers(call, 1, "axes") ?? refuse("unsqueeze without axes");
    const rank = x.shape.length + axes.length;
    const added = new Set(axes.map((axis) => dimOf(axis, rank)));
    const rest = x.shape.values();
    return reshaped(
      x,
      Array.from({ length: rank }, (_, dim) => (added.has(dim) ? 1 : Number(rest.next().value))),
    );
  },
};

/** A target of Reshape with 0 (copy the size) and -1 (whatever is left) filled in. */
function resolved(shape: readonly number[], target: readonly number[], zeros: boolean): number[] {
  const sizes = target.map((size, dim) => (size === 0 && !zeros ? (shape[dim] ?? 0) : size));
  const open = sizes.indexOf(-1);
  if (open >= 0) sizes[open] = count(shape) / count(sizes.filter((_, dim) => dim !== open));
  return sizes;
}
