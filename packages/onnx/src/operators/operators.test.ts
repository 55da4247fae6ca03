import { openTrace } from "@prune/graph";
import { Note } from "@prune/graph/advanced";
import { expect, test } from "vitest";
import { floats, info, modelBytes, node } from "../../test/files/build-model.js";
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
import { readModel } from "../read/read-model.js";
import { onnxSource } from "../trace/source.js";
import { schemaOf } from "../validate/schema.js";
import { impossibleAxes } from "../validate/shapes/axes.js";
import { impossibleWindows, unusualWindows } from "../validate/shapes/convolution.js";
import { impossibleOperands } from "../validate/shapes/operands.js";
import type { OnnxNode } from "./node.js";
import { families, operators, recordOf, rules } from "./operators.js";

const evaluators = [
  ...[activation, arithmetic, bitwise, casts, comparison, constant, gather, join, movement, normalization],
  ...[order, product, quantization, reductions, reshape, scatter, slice, unary],
];

test("what computes an operator on constants is in its record", () => {
  const all = evaluators.flatMap((table) => Object.entries(table)).filter(([op]) => op !== "Constant");
  expect(all.filter(([op, fold]) => operators.get(op)?.fold !== fold).map(([op]) => op)).toEqual([]);
  const known = new Set(all.map(([, fold]) => fold));
  const others = [...operators].filter(([, { fold }]) => fold && !known.has(fold));
  expect(others.map(([op]) => op)).toEqual([]);
});

test("a record leaves no field out, and says what its rule does", () => {
  const fields = ["rule", "mask", "macs", "fold", "channels", "support"];
  const partial = [...operators].filter(([, record]) => !fields.every((field) => field in record));
  expect(partial.map(([op]) => op)).toEqual([]);
  const silent = [...operators].filter(([, { support }]) => `${support.couples}${support.freezes}` === "");
  expect(silent.map(([op]) => op)).toEqual([]);
});

test("shapes that no runtime runs an operator with are in its record", () => {
  const tests = { ...impossibleAxes, ...impossibleWindows, ...impossibleOperands };
  const apart = Object.entries(tests).filter(
    ([op, impossible]) => operators.get(op)?.impossible !== impossible,
  );
  expect(apart.map(([op]) => op)).toEqual([]);
  const tables = [impossibleAxes, impossibleWindows, impossibleOperands].flatMap(Object.keys);
  expect(tables.filter((op, i) => tables.indexOf(op) !== i)).toEqual([]);
  const unusual = Object.entries(unusualWindows).filter(([op, one]) => operators.get(op)?.unusual !== one);
  expect(unusual.map(([op]) => op)).toEqual([]);
});

test("every operator of ONNX itself has a schema, but one that only onnxruntime has", () => {
  const standard = [...operators.keys()].filter((op) => !op.includes(":"));
  expect(standard.filter((op) => !schemaOf(op))).toEqual(["SimplifiedLayerNormalization"]);
});

test("no family takes another's operator", () => {
  const all = families.flatMap((family) => Object.keys(family));
  expect(all.filter((op, i) => all.indexOf(op) !== i)).toEqual([]);
});

test("an operator with weights keeps what is dead out of its sums, and costs something", () => {
  const layers = [...operators].filter(([, { matrix }]) => matrix !== undefined);
  expect(layers.filter(([, { mask, macs }]) => !mask || !macs).map(([op]) => op)).toEqual([]);
});

test("a fused product counts what it sums over, turned or not", () => {
  const macs = (transA: number, left: readonly number[]): number | undefined => {
    const node = { attributes: new Map([["transA", { kind: "int", value: transA }]]) } as unknown as OnnxNode;
    const sizes = { input: () => left, output: () => [2, 5] };
    return operators.get("com.microsoft:FusedMatMul")?.macs?.(sizes, node);
  };
  expect([macs(0, [2, 3]), macs(1, [3, 2])]).toEqual([30, 30]);
});

test("channels that sums or statistics mix are no cells that stay apart", () => {
  const apart = ["rising", "curved", "paired", "beside", "moved"];
  const wrong = [...operators].filter(([, { channels, mask }]) => mask && apart.includes(channels));
  expect(wrong.map(([op]) => op)).toEqual([]);
});

test("reductions that pick an extreme or take a mean say that a cut changes what they pick from", () => {
  const notes = (op: string): number => {
    const { families } = openTrace(
      onnxSource(
        readModel(
          modelBytes({
            name: op,
            input: [info("x", [2, 3])],
            output: [info("y", [2, 1])],
            initializer: [floats("w", [3, 4], new Array(12).fill(1))],
            node: [
              node("MatMul", ["x", "w"], ["h"]),
              node(op, ["h"], ["y"], { attribute: [{ name: "axes", type: 7, ints: [1] }] }),
            ],
          }),
        ),
        rules,
      ),
    );
    return families[0]?.notes ?? -1;
  };
  const found = (ops: string): number[] => ops.split(" ").map(notes);
  expect(found("ReduceMax ReduceMin ReduceProd ReduceLogSumExp")).toEqual(new Array(4).fill(Note.extremum));
  expect(found("ReduceMean")).toEqual([Note.norm]);
  expect(found("ReduceSum ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSum")).toEqual(new Array(5).fill(0));
});

test("stored tensors that are only added are biases, not weights", () => {
  const duties = (name: string, inputs: number): (string | undefined)[] => {
    const node = { inputs: Array.from({ length: inputs }, (_, i) => `i${i}`) };
    return node.inputs.map((_, i) => operators.get(name)?.duty?.(node, i));
  };
  const [none, bias] = [undefined, "bias"];
  expect(duties("com.microsoft:SkipLayerNormalization", 5)).toEqual([none, none, none, bias, bias]);
  expect(duties("com.microsoft:SkipSimplifiedLayerNormalization", 4)).toEqual([none, none, none, bias]);
  expect(duties("LayerNormalization", 3)).toEqual([none, none, bias]);
  expect(duties("BatchNormalization", 5)).toEqual([none, "scale", bias, "statistic", "statistic"]);
  expect(duties("Conv", 3)).toEqual([none, none, bias]);
  expect(duties("Gemm", 3)).toEqual([none, none, bias]);
  expect(duties("LSTM", 6)).toEqual([none, none, none, bias, none, none]);
  expect(duties("Add", 2)).toEqual([bias, bias]);
  expect(duties("Mul", 2)).toEqual([none, none]);
  expect([duties("Sum", 1), duties("Sum", 3)]).toEqual([[none], [bias, bias, bias]]);
});

test("operators are told apart by their domain", () => {
  expect(recordOf({ op: "Attention", domain: "" })).not.toBe(
    recordOf({ op: "Attention", domain: "com.microsoft" }),
  );
  expect(recordOf({ op: "Relu", domain: "ai.onnx" })).toBe(operators.get("Relu"));
  expect(recordOf({ op: "Relu", domain: "my.domain" })).toBeUndefined();
  expect(recordOf({ op: "toString", domain: "" })).toBeUndefined();
});
