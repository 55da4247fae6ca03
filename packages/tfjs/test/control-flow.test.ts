import { graphModel } from "@prune/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { bodyNode, buildGraph, type FunctionDef, type GraphBuilder } from "./build-graph.js";
import { checkLaw } from "./law.js";
import type { Given } from "./runtime.js";
import { useBackend } from "./use-backend.js";

beforeAll(() => useBackend("cpu"));

const plain = { strides: [1, 1, 1, 1], dilations: [1, 1, 1, 1], padding: "SAME", data_format: "NHWC" };

const conv = (b: GraphBuilder, x: string, name: string, i: number, o: number): string =>
  b.node("Conv2D", [x, b.weight(name, [3, 3, i, o])], plain);

/** Two layers that may lose half of their channels, and one that gives the output. */
const net = (b: GraphBuilder, x: string): string => {
  const first = b.node("Relu", [conv(b, x, "w1", 3, 8)]);
  return conv(b, b.node("Relu", [conv(b, first, "w2", 8, 8)]), "w3", 8, 2);
};

const image = (): tf.Tensor => tf.randomNormal([1, 8, 8, 3], 0, 1, "float32", 5);

const scalar = (b: GraphBuilder, name: string, value: number): string =>
  b.floats(name, Float32Array.of(value), []);

/** Sizes of an image, times a ratio. */
const scaled = (b: GraphBuilder, x: string, ratio: string): string => {
  const bounds = [b.integers("from", [1]), b.integers("to", [3]), b.integers("by", [1])];
  const sizes = b.node("StridedSlice", [b.node("Shape", [x]), ...bounds]);
  const float = b.node("Cast", [sizes], { SrcT: "DT_INT32", DstT: "DT_FLOAT" });
  return b.node("Cast", [b.node("Mul", [float, ratio])], { SrcT: "DT_FLOAT", DstT: "DT_INT32" });
};

const type = { T: "DT_FLOAT" };

/** The images of a batch, one by one, resized. */
const looped = (b: GraphBuilder, x: string): string => {
  const [n, one, zero] = [b.integers("n", [1], []), b.integers("one", [1], []), b.integers("zero", [0], [])];
  const all = b.integers("all", [0]);
  const list = (name: string): string => b.node("TensorArrayV3", [n], { dtype: "DT_FLOAT" }, name);
  const [from, to] = [list("from_list"), list("to_list")];
  const filled = b.node("TensorArrayScatterV3", [from, all, x, `${from}:1`], type);
  const enter = (input: string, constant = true): string =>
    b.node("Enter", [input], { frame_name: "loop", is_constant: constant, ...type });
  b.node("Merge", [enter(zero, false), "next_i"], { N: 2 }, "i");
  b.node("Merge", [enter(`${to}:1`, false), "next_flow"], { N: 2, ...type }, "flow");
  const going = b.node("LoopCond", [b.node("Less", ["i", enter(n)])]);
  const [at, flow] = [b.node("Switch", ["i", going]), b.node("Switch", ["flow", going])];
  const read = b.node("TensorArrayReadV3", [enter(from), `${at}:1`, enter(filled)], { dtype: "DT_FLOAT" });
  const batch = b.node("ExpandDims", [read, zero]);
  const resized = b.node("ResizeBilinear", [batch, b.integers("sizes", [6, 6])]);
  const written = b.node(
    "TensorArrayWriteV3",
    [enter(to), `${at}:1`, b.node("Squeeze", [resized], { squeeze_dims: [0] }), `${flow}:1`],
    type,
  );
  b.node("NextIteration", [b.node("AddV2", [`${at}:1`, one])], {}, "next_i");
  b.node("NextIteration", [written], type, "next_flow");
  return b.node("TensorArrayGatherV3", [to, all, b.node("Exit", [flow], type)], { dtype: "DT_FLOAT" });
};

const resizing: FunctionDef = {
  name: "resizing",
  inputs: [
    ["image", "DT_FLOAT"],
    ["to", "DT_INT32"],
  ],
  outputs: [["out", "DT_FLOAT", "resized:resized_images:0"]],
  nodes: [bodyNode("ResizeBilinear", "resized", ["image", "to"], type)],
};

const keeping: FunctionDef = {
  name: "keeping",
  inputs: [
    ["image", "DT_FLOAT"],
    ["to", "DT_INT32"],
  ],
  outputs: [["out", "DT_FLOAT", "same:output:0"]],
  nodes: [bodyNode("Identity", "same", ["image"], type)],
};

const counting: FunctionDef = {
  name: "counting",
  inputs: [
    ["i", "DT_INT32"],
    ["image", "DT_FLOAT"],
    ["to", "DT_INT32"],
  ],
  outputs: [["out", "DT_BOOL", "less:z:0"]],
  nodes: [bodyNode("Less", "less", ["i", "i"], { T: "DT_INT32" })],
};

const halving: FunctionDef = {
  name: "halving",
  inputs: [
    ["i", "DT_INT32"],
    ["image", "DT_FLOAT"],
    ["to", "DT_INT32"],
  ],
  outputs: [
    ["i_out", "DT_INT32", "i"],
    ["image_out", "DT_FLOAT", "resized:resized_images:0"],
    ["to_out", "DT_INT32", "to"],
  ],
  nodes: [bodyNode("ResizeBilinear", "resized", ["image", "to"], type)],
};

interface Preprocessing {
  readonly make: (b: GraphBuilder) => string;
  readonly given?: Given;
  readonly functions?: readonly FunctionDef[];
}

const preprocessings: Record<string, Preprocessing> = {
  "an input of unknown rank": { make: (b) => b.input("x"), given: { x: image } },
  "an input of unknown rank that is normalised and padded": {
    make: (b) => {
      const unit = b.node("RealDiv", [b.input("x"), scalar(b, "most", 255)]);
      const centred = b.node("Sub", [unit, b.floats("mean", Float32Array.of(0.1, 0.2, 0.3), [3])]);
      return b.node("Pad", [centred, b.integers("p", [0, 0, 1, 1, 1, 1, 0, 0], [4, 2])]);
    },
    given: { x: image },
  },
  "an input of unknown rank by its own mean": {
    make: (b) => {
      const x = b.input("x");
      return b.node("Sub", [x, b.node("Mean", [x, b.integers("dims", [1, 2, 3])], { keep_dims: true })]);
    },
    given: { x: image },
  },
  "a resize by a ratio": {
    make: (b) => {
      const x = b.input("x", [-1, -1, -1, 3]);
      return b.node("ResizeBilinear", [x, scaled(b, x, scalar(b, "ratio", 0.5))]);
    },
    given: { x: image },
  },
  ...Object.fromEntries(
    [1, 0.5].map((ratio): [string, Preprocessing] => [
      `Switch and Merge that resize unless the ratio is 1, at ${ratio}`,
      {
        make: (b) => {
          const [x, by] = [b.input("x", [-1, -1, -1, 3]), b.input("ratio")];
          const whole = b.node("Squeeze", [b.node("Equal", [by, scalar(b, "whole", 1)])]);
          const [ways, factor] = [b.node("Switch", [x, whole]), b.node("Switch", [by, whole])];
          const resized = b.node("ResizeBilinear", [ways, scaled(b, ways, factor)]);
          return b.node("Merge", [b.node("Identity", [`${ways}:1`]), resized]);
        },
        given: { x: image, ratio: () => tf.scalar(ratio) },
      },
    ]),
  ),
  "a loop over a TensorArray": { make: (b) => looped(b, b.input("x", [1, 8, 8, 3])) },
  ...Object.fromEntries(
    [true, false].map((wanted): [string, Preprocessing] => [
      `StatelessIf that resizes, ${wanted}`,
      {
        make: (b) =>
          b.node(
            "StatelessIf",
            [b.input("wanted", [], "DT_BOOL"), b.input("x", [-1, -1, -1, 3]), b.integers("to", [6, 6])],
            { then_branch: { func: "resizing" }, else_branch: { func: "keeping" } },
          ),
        given: { x: image, wanted: () => tf.scalar(wanted, "bool") },
        functions: [resizing, keeping],
      },
    ]),
  ),
  "While by functions": {
    make: (b) => {
      const inputs = [b.integers("i", [0], []), b.input("x"), b.integers("to", [6, 6])];
      const loop = b.node("While", inputs, { cond: { func: "counting" }, body: { func: "halving" } });
      return `${loop}:1`;
    },
    given: { x: image },
    functions: [counting, halving],
  },
};

describe("preprocessing whose shapes only run time tells", () => {
  const twin = graphModel().trace(buildGraph((b) => [net(b, b.input("x", [1, 8, 8, 3]))]));
  const freedom = ({ families }: typeof twin): number[] => families.map(({ units }) => units.length);

  for (const [name, { make, given = {}, functions = [] }] of Object.entries(preprocessings))
    it(`${name}: the net behind it prunes as it does alone`, async () => {
      const model = buildGraph((b) => [net(b, make(b))], 1, functions);
      const { law, moved, removed, trace } = await checkLaw(model, { given });
      expect(freedom(trace)).toEqual(freedom(twin));
      expect(removed).toBe(8);
      expect(moved).toBeGreaterThan(1e-3);
      expect(law).toBeLessThan(1e-5);
    });

  it("a MatMul says what an input of unknown rank is", async () => {
    const model = buildGraph((b) => {
      const x = b.node("Relu", [b.node("MatMul", [b.input("x"), b.weight("w1", [5, 8])])]);
      return [b.node("MatMul", [x, b.weight("w2", [8, 3])])];
    });
    const { law, removed, trace } = await checkLaw(model, {
      given: { x: () => tf.randomNormal([2, 5], 0, 1, "float32", 5) },
    });
    expect(trace.source.inputs).toEqual([{ name: "x", shape: ["x.0", 5] }]);
    expect(removed).toBe(4);
    expect(law).toBeLessThan(1e-5);
  });
});

it("what goes round in a loop stays, and what is used up inside it may leave", async () => {
  const model = buildGraph((b) => {
    const x = conv(b, b.input("x", [1, 8, 8, 3]), "before", 3, 8);
    const [one, zero] = [b.integers("one", [1], []), b.integers("zero", [0], [])];
    const enter = (input: string, constant = false): string =>
      b.node("Enter", [input], { frame_name: "loop", is_constant: constant, ...type });
    b.node("Merge", [enter(zero), "next_i"], { N: 2 }, "i");
    b.node("Merge", [enter(x), "next_x"], { N: 2, ...type }, "state");
    const going = b.node("LoopCond", [b.node("Less", ["i", enter(b.integers("n", [2], []), true)])]);
    const [at, state] = [b.node("Switch", ["i", going]), b.node("Switch", ["state", going])];
    const inner = b.node("Relu", [conv(b, `${state}:1`, "wide", 8, 12)]);
    b.node("NextIteration", [b.node("Tanh", [conv(b, inner, "narrow", 12, 8)])], type, "next_x");
    b.node("NextIteration", [b.node("AddV2", [`${at}:1`, one])], {}, "next_i");
    return [conv(b, b.node("Exit", [state], type), "after", 8, 2)];
  });
  const { law, moved, removed, trace } = await checkLaw(model);
  expect(trace.families.map(({ units }) => units.length)).toEqual([12]);
  expect(removed).toBe(6);
  expect(moved).toBeGreaterThan(1e-3);
  expect(law).toBeLessThan(1e-5);
  // Rounds are known only at run time, so that once each is no cost of the two convolutions inside, nor is what comes out.
  const backend = graphModel();
  const { macs, uncounted } = backend.cost(model, backend.trace(model));
  expect([macs, uncounted]).toMatchObject([null, { nodes: 3, op: "Conv2D" }]);
});

it("a Squeeze of all dims of 1 keeps the one that is left of two channels", async () => {
  const model = buildGraph((b) => {
    const x = b.node("BatchMatMulV2", [b.input("x", [3, 1, 4]), b.weight("w1", [3, 4, 2])]);
    return [b.node("MatMul", [b.node("Squeeze", [x]), b.weight("w2", [2, 5])])];
  });
  const { law, moved, removed } = await checkLaw(model);
  expect(removed).toBe(1);
  expect(moved).toBeGreaterThan(1e-3);
  expect(law).toBeLessThan(1e-5);
});
