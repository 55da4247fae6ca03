import type { Tensor } from "../tensor.js";
import { indices } from "./grid.js";
import { pick } from "./movement.js";
import { type Call, dimOf, input, int, integers, type Operators } from "./operator.js";
import { refuse } from "./refuse.js";

/** Operators that keep part of an axis. */
export const slice: Operators = {
  Slice: (call) => {
    const x = input(call, 0);
    const starts = integers(call, 1, "starts") ?? refuse("slice without starts");
    const ends = integers(call, 2, "ends") ?? refuse("slice without ends");
    const axes = integers(call, 3, "axes") ?? starts.map((_, i) => i);
    const strides = integers(call, 4, "steps");
    const kept = new Array<Int32Array | undefined>(x.shape.length);
    axes.forEach((axis, i) => {
      const dim = dimOf(axis, x.shape.length);
      kept[dim] = sliced(x.shape[dim]!, starts[i]!, ends[i]!, strides?.[i] ?? 1);
    });
    return pick(x, kept);
  },
  Split: (call) => {
    const x = input(call, 0);
    const dim = dimOf(int(call.node, "axis") ?? 0, x.shape.length);
    let start = 0;
    return splitSizes(call, x, dim).map((size) => {
      const first = start;
      start += size;
      return along(
        x,
        dim,
        indices(size, (i) => first + i),
      );
    });
  },
  Compress: (call) => {
    const axis = int(call.node, "axis");
    const all = input(call, 0);
    const flat = axis === undefined;
    const x = flat ? { ...all, shape: [all.data.length] } : all;
    const dim = dimOf(axis ?? 0, x.shape.length);
    const kept: number[] = [];
    input(call, 1).data.forEach((holds, i) => {
      if (holds && i < x.shape[dim]!) kept.push(i);
    });
    return along(x, dim, Int32Array.from(kept));
  },
};

/** The indices a slice keeps, with ends clamped as ONNX and numpy do. */
function sliced(size: number, start: number, end: number, step: number): Int32Array {
  if (step === 0) refuse("slice by steps of zero");
  const [least, most] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (at: number) => Math.min(Math.max(at < 0 ? at + size : at, least), most);
  const first = clamp(start);
  const length = Math.max(0, Math.ceil((clamp(end) - first) / step));
  return indices(length, (i) => first + i * step);
}

function splitSizes(call: Call, x: Tensor, dim: number): readonly number[] {
  const given = integers(call, 1, "split");
  const total = x.shape[dim]!;
  const parts = int(call.node, "num_outputs") ?? call.node.outputs.length;
  const size = Math.ceil(total / parts);
  const sizes =
    given ?? Array.from({ length: parts }, (_, i) => Math.min(size, Math.max(0, total - i * size)));
  return sizes.reduce((sum, part) => sum + part, 0) === total ? sizes : refuse("an uneven split");
}

function along(x: Tensor, dim: number, kept: Int32Array): Tensor {
  return pick(
    x,
    x.shape.map((_, d) => (d === dim ? kept : undefined)),
  );
}
