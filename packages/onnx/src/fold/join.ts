import { allocate, count } from "./data.js";
import { grid, indices, steps, stridesOf } from "./grid.js";
import { pick } from "./movement.js";
import { dimOf, float, input, int, integers, type Operators, scalar, string } from "./operator.js";
import { refuse } from "./refuse.js";

/** Operators that make axes longer: Concat and Pad. */
export const join: Operators = {
  Concat: (call) => {
    const parts = call.inputs.map((_, i) => input(call, i));
    const { dtype, shape } = input(call, 0);
    const dim = dimOf(int(call.node, "axis") ?? 1, shape.length);
    const fits = (other: readonly number[]) =>
      other.length === shape.length && other.every((size, d) => d === dim || size === shape[d]);
    if (!parts.every((part) => fits(part.shape))) refuse("concat of shapes that differ");
    const total = parts.reduce((sum, part) => sum + part.shape[dim]!, 0);
    const joined = shape.map((size, d) => (d === dim ? total : size));
    const data = allocate(dtype, count(joined));
    const row = count(joined.slice(dim));
    let start = 0;
    for (const part of parts) {
      const width = count(part.shape.slice(dim));
      for (let from = 0, to = start; from < part.data.length; from += width, to += row) {
        data.set(part.data.subarray(from, from + width), to);
      }
      start += width;
    }
    return { dtype, shape: joined, data };
  },
  Pad: (call) => {
    const x = input(call, 0);
    const rank = x.shape.length;
    const pads = integers(call, 1, "pads") ?? integers(call, 1, "paddings") ?? [];
    const axes = integers(call, 3, "") ?? x.shape.map((_, dim) => dim);
    const [before, after] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)];
    axes.forEach((axis, i) => {
      const dim = dimOf(axis, rank);
      before[dim] = pads[i] ?? refuse("pads of another rank");
      after[dim] = pads[i + axes.length] ?? refuse("pads of another rank");
    });
    const shape = x.shape.map((size, dim) => size + before[dim]! + after[dim]!);
    const mode = string(call.node, "mode") ?? "constant";
    const source = sources[mode] ?? refuse(`${mode} padding`);
    const lists = shape.map((size, dim) => indices(size, (i) => source(i - before[dim]!, x.shape[dim]!)));
    if (mode !== "constant") return pick(x, lists);
    const inner = pick(
      x,
      lists.map((list) => list.filter((index) => index >= 0)),
    );
    const fill = scalar(call, 2) ?? float(call.node, "value") ?? 0;
    const data = allocate(x.dtype, count(shape)).fill(fill);
    const strides = stridesOf(shape);
    const target = grid(
      inner.shape.map((size, dim) =>
        steps(size, strides[dim]!).map((at) => at + Math.max(before[dim]!, 0) * strides[dim]!),
      ),
    );
    let k = 0;
    for (const row of target.rows) {
      for (const column of target.columns) data[row + column] = inner.data[k++]!;
    }
    return { dtype: x.dtype, shape, data };
  },
};

/** Where a padded position reads from: an index of the axis, or -1 for the fill value. */
const sources: Readonly<Record<string, (i: number, size: number) => number>> = {
  constant: (i, size) => (i >= 0 && i < size ? i : -1),
  edge: (i, size) => Math.min(Math.max(i, 0), size - 1),
  reflect: (i, size) => {
    const period = Math.max(2 * (size - 1), 1);
    const phase = ((i % period) + period) % period;
    return phase < size ? phase : period - phase;
  },
  wrap: (i, size) => ((i % size) + size) % size,
};
