import { expect, test } from "vitest";
import { activation } from "../fold/activation.js";
import { arithmetic } from "../fold/arithmetic.js";
import { bitwise } from "../fold/bitwise.js";
import { casts } from "../fold/cast.js";
import { comparison } from "../fold/comparison.js";
import { constant } from "../fold/constant.js";
import { gather } from "../fold/gather.js";
import { join } from "../fold/join.js";
import { movement } from "../fold/movement.js";
import { normalization } from "../fold/normalization.js";
import { order } from "../fold/order.js";
import { product } from "../fold/product.js";
import { quantization } from "../fold/quantize.js";
import { reductions } from "../fold/reduce.js";
import { reshape } from "../fold/reshape.js";
import { scatter } from "../fold/scatter.js";
import { slice } from "../fold/slice.js";
import { unary } from "../fold/unary.js";
import { families, operators, recordOf } from "./operators.js";

const evaluators = [
  ...[activation, arithmetic, bitwise, casts, comparison, constant, gather, join, movement, normalization],
  ...[order, product, quantization, reductions, reshape, scatter, slice, unary],
];

test("what computes an operator on constants is in its record", () => {
  const all = evaluators.flatMap((table) => Object.entries(table)).filter(([op]) => op !== "Constant");
  expect(all.filter(([op, fold]) => operators[op]?.fold !== fold).map(([op]) => op)).toEqual([]);
  const known = new Set(all.map(([, fold]) => fold));
  const others = Object.entries(operators).filter(([, { fold }]) => fold && !known.has(fold));
  expect(others.map(([op]) => op)).toEqual([]);
});

test("no family takes another's operator", () => {
  const all = families.flatMap((family) => Object.keys(family));
  expect(all.filter((op, i) => all.indexOf(op) !== i)).toEqual([]);
});

test("an operator with weights keeps what is dead out of its sums", () => {
  const open = Object.entries(operators).filter(([, { matrix, mask }]) => matrix !== undefined && !mask);
  expect(open.map(([op]) => op)).toEqual([]);
});

test("channels that sums or statistics mix are no cells that stay apart", () => {
  const apart = ["rising", "curved", "paired", "beside", "moved"];
  const wrong = Object.entries(operators).filter(
    ([, { channels, mask }]) => mask && apart.includes(channels),
  );
  expect(wrong.map(([op]) => op)).toEqual([]);
});

test("operators are told apart by their domain", () => {
  expect(recordOf({ op: "Attention", domain: "" })).not.toBe(
    recordOf({ op: "Attention", domain: "com.microsoft" }),
  );
  expect(recordOf({ op: "Relu", domain: "ai.onnx" })).toBe(operators.Relu);
  expect(recordOf({ op: "Relu", domain: "my.domain" })).toBeUndefined();
  expect(recordOf({ op: "toString", domain: "" })).toBeUndefined();
});
