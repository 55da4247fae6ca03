import { ownEntry } from "@prune/graph/advanced";
import type { Tensor } from "../tensor.js";
import { allocate, count, settled } from "./data.js";
import { elements, tuples } from "./gather.js";
import { dimOf, input, int, type Operator, type Operators, string } from "./operator.js";
import { refuse } from "./refuse.js";

const scatterElements: Operator = (call) => {
  const [x, at, updates] = [input(call, 0), input(call, 1), input(call, 2)];
  const cells = elements(x.shape, at, int(call.node, "axis") ?? 0);
  return scattered(x, cells, 1, updates, string(call.node, "reduction"));
};

/** Operators that write at positions given by data. */
export const scatter: Operators = {
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: (call) => {
    const [x, at, updates] = [input(call, 0), input(call, 1), input(call, 2)];
    const width = count(x.shape.slice(at.shape.at(-1) ?? 0));
    const starts = tuples(x.shape, at, 0);
    return scattered(x, starts, width, updates, string(call.node, "reduction"));
  },
  OneHot: (call) => {
    const [at, values] = [input(call, 0), input(call, 2)];
    const depth = input(call, 1).data[0]!;
    const rank = at.shape.length + 1;
    const dim = dimOf(int(call.node, "axis") ?? -1, rank);
    const shape = [...at.shape.slice(0, dim), depth, ...at.shape.slice(dim)];
    const inner = count(at.shape.slice(dim));
    const data = allocate(values.dtype, count(shape)).fill(values.data[0]!);
    at.data.forEach((index, i) => {
      const hot = index < 0 ? index + depth : index;
      if (!(hot >= 0 && hot < depth)) return;
      data[(Math.floor(i / inner) * depth + hot) * inner + (i % inner)] = values.data[1]!;
    });
    return { dtype: values.dtype, shape, data };
  },
};

const reductions: Readonly<Record<string, (old: number, update: number) => number>> = {
  none: (_, update) => update,
  add: (old, update) => old + update,
  mul: (old, update) => old * update,
  max: Math.max,
  min: Math.min,
};

/** A copy of `x` with runs of `width` elements updated, the first at starts[0]. */
function scattered(
  x: Tensor,
  starts: Int32Array,
  width: number,
  updates: Tensor,
  reduction = "none",
): Tensor {
  const combine = ownEntry(reductions, reduction) ?? refuse(`scatter by ${reduction}`);
  if (updates.data.length !== starts.length * width) refuse("updates of another size");
  const data = allocate(x.dtype, x.data.length);
  data.set(x.data);
  let k = 0;
  for (const start of starts) {
    for (let i = start; i < start + width; i++) data[i] = combine(data[i]!, updates.data[k++]!);
  }
  return settled(x.dtype, x.shape, data);
}
