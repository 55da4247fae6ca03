import { onnx, readModel, rules } from "@prune/onnx";
import type { OnnxErrorCode } from "@prune/onnx/advanced";
import { describe, expect, it } from "vitest";
import { type Attributes, type Builder, buildModel } from "./exported/builder.js";

/** One node on x [2, 4, 6, 6] between two convolutions that would be free to shrink. */
const around = (make: (g: Builder, x: string) => string): Uint8Array =>
  buildModel((g) => {
    const x = g.op("Conv", [g.input("x", [2, 3, 6, 6]), g.weight([4, 3, 1, 1])]);
    g.op("Relu", [make(g, x)], {}, "y");
    g.output("y");
  });
const one = (op: string, attributes: Attributes = {}): Uint8Array =>
  around((g, x) => g.op(op, [x], attributes));

const fails = (bytes: Uint8Array, code: OnnxErrorCode, message: RegExp): void =>
  expect(() => onnx().trace(readModel(bytes))).toThrow(
    expect.objectContaining({ name: "OnnxError", code, message: expect.stringMatching(message) }),
  );

describe("a node that no runtime runs is an error that names it, before anything is traced", () => {
  it.each<[string, Uint8Array, RegExp]>([
    ["too many inputs", around((g, x) => g.op("Relu", [x, x])), /\(Relu\).*2 inputs.* 1\b/],
    ["too few inputs", around((g, x) => g.op("Conv", [x])), /\(Conv\).*1 inputs.*2 to 3/],
    ["a needed input left out", around((g, x) => g.op("Conv", [x, ""])), /input 1 is left out/],
    ["too many outputs", around((g, x) => g.ops("Relu", [x], 9)[0] ?? ""), /9 outputs/],
    ["a missing attribute", one("MaxPool"), /"kernel_shape" is missing/],
    ["an attribute of another kind", one("Transpose", { perm: "back" }), /"perm" is of kind string.*ints/],
    ["axes twice in perm", one("Transpose", { perm: [0, 1, 1, 2] }), /"perm" is \[0, 1, 1, 2\]/],
    ["negative axes in perm", one("Transpose", { perm: [0, -2, 1, -1] }), /"perm"/],
    ["groups of none", around((g, x) => g.op("Conv", [x, g.weight([4, 4, 1, 1])], { group: 0 })), /"group"/],
    ["strides of none", one("MaxPool", { kernel_shape: [2, 2], strides: [0, 0] }), /"strides"/],
  ])("%s", (_, bytes, message) => {
    expect(() => readModel(bytes)).toThrow(
      expect.objectContaining({ code: "invalid-node", message: expect.stringMatching(message) }),
    );
  });
});

describe("shapes that meet in a node and that no runtime runs are an error that names it", () => {
  const conv = (kernel: readonly number[], attributes: Attributes = {}): Uint8Array =>
    around((g, x) => g.op("Conv", [x, g.weight(kernel)], attributes));
  it.each<[string, Uint8Array, RegExp]>([
    ["a kernel of another rank", conv([4, 4, 1, 1, 1]), /kernel has the shape \[4, 4, 1, 1, 1\]/],
    ["a kernel of other channels", conv([4, 3, 1, 1]), /takes 3 channels.*has 4/],
    ["channels that don't split into groups", conv([3, 2, 1, 1], { group: 2 }), /3 channels.*2 groups/],
    ["another kernel_shape", conv([4, 4, 3, 3], { kernel_shape: [2, 2] }), /"kernel_shape" is \[2, 2\]/],
    [
      "a slice with fewer ends than starts",
      around((g, x) => g.op("Slice", [x, g.ints([0]), g.ints([]), g.ints([1])])),
      /input 1 has 1 numbers, and its input 2 0/,
    ],
    [
      "more dims than tensors have",
      around((g, x) => g.op("Add", [x, g.op("ConstantOfShape", [g.ints(new Array(65).fill(1))])])),
      /input 0 has the shape \[65\].*at most 64 dims/,
    ],
    ["pads of another length", conv([4, 4, 1, 1], { pads: [1, 1] }), /"pads" has 2 numbers.*needs 4/],
    ["a window of another rank", one("MaxPool", { kernel_shape: [2] }), /"kernel_shape" has 1 numbers.*2/],
    ["perm of another length", one("Transpose", { perm: [1, 0] }), /"perm" is \[1, 0\]/],
    ["an axis outside the rank", one("Softmax", { axis: 4 }), /axis 4.*rank 4/],
    [
      "positions outside an axis",
      around((g, x) => g.op("Gather", [x, g.ints([9])], { axis: 1 })),
      /position 9/,
    ],
    ["a squeezed axis", around((g, x) => g.op("Squeeze", [x, g.ints([1])])), /axis 1.*not of size 1/],
    [
      "parts of another shape",
      around((g, x) => g.op("Concat", [x, g.input("z", [2, 4, 5, 6])], { axis: 1 })),
      /join/,
    ],
    ["sums that don't fit", around((g, x) => g.op("Add", [x, g.weight([5])])), /\[2, 4, 6, 6\] and \[5\]/],
    ["products that don't fit", around((g, x) => g.op("MatMul", [x, g.weight([5, 2])])), /don't fit/],
    ["a Gemm on maps", around((g, x) => g.op("Gemm", [x, g.weight([6, 2])])), /rank must be 2/],
    [
      "other element counts",
      around((g, x) => g.op("Reshape", [x, g.ints([7, -1])])),
      /can't become \[7, -1\]/,
    ],
    [
      "sizes of a Resize that are no vector",
      around((g, x) => g.op("Resize", [g.ints([1, 4, 6, 6]), "", x], { mode: "nearest" })),
      /input 2 has the shape \[2, 4, 6, 6\].*rank must be 1/,
    ],
    [
      "a Resize of other dims",
      around((g, x) => g.op("Resize", [x, "", "", g.ints([1, 4, 6])], { mode: "nearest" })),
      /3 numbers, and 4 dims/,
    ],
    [
      "a scale of more dims than are normalised",
      around((g, x) => g.op("LayerNormalization", [x, g.weight([6, 6])])),
      /don't fit/,
    ],
    [
      "a norm over dims that there are none of",
      around((g, x) => g.op("LayerNormalization", [x, g.weight([6])], { axis: 7 })),
      /axis 7 is outside a tensor of rank 4/,
    ],
    [
      "a bias of fewer numbers than channels",
      around((g, x) => g.op("Conv", [x, g.weight([4, 4, 1, 1]), g.weight([1])])),
      /bias has the shape \[1\], and there are 4 channels/,
    ],
    [
      "an equation of more dims",
      around((g, x) => g.op("Einsum", [x, x], { equation: "bchw,cd->bdhw" })),
      /"cd" has the shape/,
    ],
    [
      "an equation of an equal letter for unequal dims",
      around((g, x) => g.op("Einsum", [x], { equation: "bccw->bcw" })),
      /"c" of its equation/,
    ],
    [
      "an equation of more operands",
      around((g, x) => g.op("Einsum", [x], { equation: "bchw,cd->bdhw" })),
      /2 operands, and there are 1 inputs/,
    ],
    ["blocks that don't fit", one("DepthToSpace", { blocksize: 3 }), /block size 3/],
    [
      "a norm of other channels",
      around((g, x) => g.op("InstanceNormalization", [x, g.weight([3]), g.weight([3])])),
      /4 channels/,
    ],
    [
      "an LSTM on maps",
      around((g, x) => g.op("LSTM", [x, g.weight([1, 8, 6]), g.weight([1, 8, 2])])),
      /rank must be 3/,
    ],
    ["a negative size", around((g, x) => g.op("Expand", [x, g.ints([2, -4, 6, 6])])), /-4/],
  ])("%s", (_, bytes, message) => fails(bytes, "invalid-node", message));
});

describe("odd models that are right", () => {
  const frozen = (bytes: Uint8Array): readonly string[] =>
    onnx()
      .trace(readModel(bytes))
      .frozen()
      .map((axis) => JSON.stringify(axis));

  it("freeze a convolution whose bias is no vector, which runtimes take", () => {
    const bytes = around((g, x) => g.op("Conv", [x, g.weight([4, 4, 1, 1]), g.weight([4, 1, 1])]));
    expect(frozen(bytes).join()).toMatch(/bias has the shape \[4, 1, 1\]/);
  });
  it.each(["constructor", "toString", "__proto__", "hasOwnProperty"])(
    "may call tensors and dims %s",
    (name) => {
      const bytes = buildModel((g) => {
        const x = g.op("Conv", [g.input(name, [name, 3, 6, 6]), g.weight([4, 3, 1, 1])]);
        g.op("Conv", [x, g.weight([2, 4, 1, 1])], {}, `${name}.`);
        g.output(`${name}.`);
      });
      expect(onnx().trace(readModel(bytes)).families.length).toBe(1);
    },
  );
  it.each(["constructor", "toString", "__proto__"])(
    "freeze an operator called %s, which has no rule",
    (op) => {
      expect(frozen(one(op)).join()).toContain(`no rule for operator \\"${op}\\"`);
    },
  );
  it("ask for more positions than memory holds: they are counted before they are named", () => {
    const bytes = buildModel((g) => {
      g.output(g.op("ConstantOfShape", [g.ints([2 ** 31])]));
      g.output(g.op("Conv", [g.input("x", [2, 3, 6, 6]), g.weight([4, 3, 1, 1])]));
    });
    expect(() => onnx().trace(readModel(bytes))).toThrow(expect.objectContaining({ code: "too-many-names" }));
  });
  it("are frozen at a rule that fails, with the operator and why", () => {
    const broken = (): never => {
      throw new TypeError("no such size");
    };
    const trace = onnx({ rules: { ...rules, Softmax: broken } }).trace(readModel(one("Softmax")));
    const stay = Array.from({ length: trace.units.count }, (_, unit) => trace.whyStays(unit));
    expect(stay).not.toContain(undefined);
    expect(JSON.stringify(trace.frozen())).toMatch(/Softmax.*rule failed.*no such size/);
  });
});
