import { type Dim, subtract, symbol } from "@prune/graph/advanced";
import { range } from "@prune/graph/rules";
import { int, type TfNode } from "./node.js";

/** One entry of a StridedSlice: a dim of the input sliced or picked from, or a new dim. */
export interface SlicePart {
  readonly kind: "slice" | "shrink" | "new";
  /** Dim of the input. */
  readonly dim: number | undefined;
  /** Place in `begin`, `end` and `strides`; undefined for dims that an ellipsis or nothing covers. */
  readonly entry: number | undefined;
  /** Positions taken; undefined where known only at run time. */
  readonly index: readonly number[] | undefined;
  readonly size: Dim | undefined;
  readonly step: number;
}

/** A StridedSlice by its masks, in the order of the output's dims; undefined where a step is not known. */
export function sliced(
  node: TfNode,
  shape: readonly Dim[],
  begin: readonly Dim[],
  end: readonly Dim[],
  steps: readonly number[],
): SlicePart[] | undefined {
  const bit = (name: string, i: number): boolean => ((int(node, name, 0) >> i) & 1) === 1;
  const entries = range(begin.length);
  const ellipsis = entries.findIndex((i) => bit("ellipsis_mask", i));
  const consumed = entries.filter((i) => i !== ellipsis && !bit("new_axis_mask", i)).length;
  const parts: SlicePart[] = [];
  let dim = 0;
  const pass = (n: number): void => {
    for (let k = 0; k < n; k++, dim++) {
      const size = shape[dim] as Dim;
      const index = typeof size === "number" ? range(size) : undefined;
      parts.push({ kind: "slice", dim, entry: undefined, index, size, step: 1 });
    }
  };
  for (const i of entries) {
    if (i === ellipsis) {
      pass(shape.length - consumed);
      continue;
    }
    if (bit("new_axis_mask", i)) {
      parts.push({ kind: "new", dim: undefined, entry: i, index: [0], size: 1, step: 1 });
      continue;
    }
    const step = steps[i];
    if (step === undefined) return undefined;
    const size = shape[dim] as Dim;
    const from = bit("begin_mask", i) ? undefined : (begin[i] as Dim);
    const to = bit("end_mask", i) ? undefined : (end[i] as Dim);
    const shrink = bit("shrink_axis_mask", i);
    parts.push({ ...along(size, from, to, step, shrink), dim, entry: i, step });
    dim++;
  }
  pass(shape.length - dim);
  return parts;
}

function along(
  size: Dim,
  from: Dim | undefined,
  to: Dim | undefined,
  step: number,
  shrink: boolean,
): Pick<SlicePart, "kind" | "index" | "size"> {
  if (shrink) {
    const known = typeof size === "number" && typeof from === "number";
    const at = known ? (from < 0 ? from + size : from) : undefined;
    return { kind: "shrink", index: at === undefined ? undefined : [at], size: 1 };
  }
  if (from === undefined && to === undefined && step === 1)
    return { kind: "slice", index: typeof size === "number" ? range(size) : undefined, size };
  if (typeof size === "number" && typeof (from ?? 0) === "number" && typeof (to ?? 0) === "number") {
    const index = positions(size, from as number | undefined, to as number | undefined, step);
    return { kind: "slice", index, size: index.length };
  }
  const start = from ?? 0;
  const stop = to ?? size;
  const length =
    step === 1 && isForward(start) && isForward(stop)
      ? subtract(stop, start)
      : symbol(
          `length of ${size} from ${from} to ${to} by ${step}`,
          [size, start, stop],
          (have, first, last) =>
            positions(have, from === undefined ? from : first, to === undefined ? to : last, step).length,
        );
  return { kind: "slice", index: undefined, size: length };
}

const isForward = (d: Dim): boolean => typeof d !== "number" || d >= 0;

function positions(size: number, from: number | undefined, to: number | undefined, step: number): number[] {
  const wrapped = (v: number): number => (v < 0 ? v + size : v);
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const clamp = (v: number): number => Math.min(Math.max(wrapped(v), low), high);
  const first = from === undefined ? (step > 0 ? 0 : size - 1) : clamp(from);
  const last = to === undefined ? (step > 0 ? size : -1) : clamp(to);
  const index: number[] = [];
  for (let i = first; step > 0 ? i < last : i > last; i += step) index.push(i);
  return index;
}
