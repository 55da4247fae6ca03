import type { Kit } from "@prune/graph";
import { add, type Dim, multiply, subtract, symbol } from "@prune/graph/advanced";
import { mostFollowed, numbers } from "@prune/graph/rules";
import { count, isFloat } from "../fold/data.js";
import type { OnnxNode } from "./node.js";

export const isReal = (node: OnnxNode, input: number): boolean =>
  isFloat(node.typeOf(node.inputs[input] ?? "") ?? "int64");

/** Contents of a broadcasting operator's output, cell by cell. */
export function combined(
  kit: Kit,
  inputs: readonly number[],
  compute: (...cells: Dim[]) => Dim | undefined,
): Dim[] | undefined {
  if (
    !inputs.some(
      (i) => kit.raw(i)?.data?.some((d) => typeof d === "string") || kit.raw(i)?.constant === false,
    )
  )
    return undefined;
  if (!inputs.some((i) => kit.raw(i)?.data)) return undefined;
  const lists = inputs.map((i) => kit.raw(i)?.data ?? (kit.raw(i)?.constant ? kit.reals(i) : undefined));
  const shapes = inputs.map((i) => {
    const value = kit.raw(i);
    return value?.layout && numbers(kit.shape(value));
  });
  if (lists.some((list) => !list) || shapes.some((shape) => !shape)) return undefined;
  const rank = Math.max(...shapes.map((shape) => (shape as number[]).length));
  const full = (shapes as number[][]).map((shape) => [
    ...new Array<number>(rank - shape.length).fill(1),
    ...shape,
  ]);
  const out = Array.from({ length: rank }, (_, d) =>
    full.reduce((n, s) => (s[d] === 1 ? n : (s[d] as number)), 1),
  );
  if (count(out) > mostFollowed) return undefined;
  const result: Dim[] = [];
  for (let cell = 0; cell < count(out); cell++) {
    const value = compute(...full.map((shape, i) => (lists[i] as Dim[])[placeIn(shape, out, cell)] as Dim));
    if (value === undefined) return undefined;
    result.push(value);
  }
  return result;
}

/** Where a cell of the output lies in an operand that broadcasts to it. */
function placeIn(shape: readonly number[], out: readonly number[], cell: number): number {
  let rest = cell;
  let stride = 1;
  let at = 0;
  for (let d = out.length - 1; d >= 0; d--) {
    const k = rest % (out[d] as number);
    rest = Math.floor(rest / (out[d] as number));
    if (shape[d] !== 1) at += k * stride;
    stride *= shape[d] as number;
  }
  return at;
}

/** Symbols that may stand for a fraction are marked, until something rounds them. */
const fraction = "~";
const isWhole = (d: Dim): boolean => (typeof d === "number" ? Number.isInteger(d) : !d.includes(fraction));
const opaque = (
  text: string,
  whole: boolean,
  of: readonly Dim[],
  compute: (...values: number[]) => number,
): Dim => symbol((whole ? "" : fraction) + text.replaceAll(fraction, ""), of, compute);
const both = (a: Dim, b: Dim): boolean => typeof a === "number" && typeof b === "number";

/** Whether a size known only at run time can't be negative. */
const cannotBeNegative: IsSize = (d) => (typeof d === "number" ? d >= 0 : !d.includes("-"));

/** Tells a number that can't be negative. */
export type IsSize = (d: Dim) => boolean;

export const plus = (a: Dim, b: Dim): Dim =>
  both(a, b) || (isWhole(a) && isWhole(b))
    ? add(a, b)
    : opaque(`(${a} plus ${b})`, false, [a, b], (x, y) => x + y);
export const minus = (a: Dim, b: Dim): Dim =>
  both(a, b) || (isWhole(a) && isWhole(b))
    ? subtract(a, b)
    : opaque(`(${a} minus ${b})`, false, [a, b], (x, y) => x - y);
export const times = (a: Dim, b: Dim): Dim =>
  both(a, b) || (isWhole(a) && isWhole(b))
    ? multiply(a, b)
    : opaque(`(${a} times ${b})`, false, [a, b], (x, y) => x * y);

const gap = (a: Dim, b: Dim): number | undefined => {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const d = isWhole(a) && isWhole(b) ? subtract(a, b) : a === b ? 0 : undefined;
  return typeof d === "number" ? d : undefined;
};

type Comparison = (a: Dim, b: Dim, isSize?: IsSize) => Dim | undefined;

/** Whether the gap between two numbers passes a test, where that is the same for all sizes. */
const compare =
  (test: (gap: number) => boolean): Comparison =>
  (a, b, isSize = cannotBeNegative) => {
    const known = gap(a, b);
    if (known !== undefined) return test(known) ? 1 : 0;
    const sign =
      typeof b === "number" && b < 0 && isSize(a) ? 1 : typeof a === "number" && a < 0 && isSize(b) ? -1 : 0;
    return sign === 0 ? undefined : test(sign) ? 1 : 0;
  };

export const equal: Comparison = compare((d) => d === 0);
export const less: Comparison = compare((d) => d < 0);
export const lessOrEqual: Comparison = compare((d) => d <= 0);
export const greater: Comparison = compare((d) => d > 0);
export const greaterOrEqual: Comparison = compare((d) => d >= 0);

export function maximum(a: Dim, b: Dim, isSize: IsSize = cannotBeNegative): Dim {
  const known = gap(a, b);
  if (known !== undefined) return known >= 0 ? a : b;
  if (typeof b === "number" && b <= 0 && isSize(a)) return a;
  if (typeof a === "number" && a <= 0 && isSize(b)) return b;
  return opaque(`max ${[a, b].sort().join(" ")}`, isWhole(a) && isWhole(b), [a, b], Math.max);
}

export function minimum(a: Dim, b: Dim): Dim {
  const known = gap(a, b);
  if (known !== undefined) return known <= 0 ? a : b;
  return opaque(`min ${[a, b].sort().join(" ")}`, isWhole(a) && isWhole(b), [a, b], Math.min);
}

export const rounded =
  (how: "floor" | "ceil" | "round" | "whole", compute: (x: number) => number) =>
  (a: Dim): Dim =>
    typeof a === "number" ? compute(a) : isWhole(a) ? a : opaque(`${how}(${a})`, true, [a], compute);

export const fractionOf = (a: Dim, b: Dim): Dim => opaque(`(${a} over ${b})`, false, [a, b], (x, y) => x / y);
