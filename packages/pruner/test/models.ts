import { type Model, onnx, readModel } from "@prune/onnx";
import { floats, type GraphParts, info, modelBytes, node } from "../../onnx/test/files/build-model.js";

export const backend = onnx();

export const weights = (name: string, dims: number[], seed: number): ReturnType<typeof floats> =>
  floats(
    name,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(seed * 12.9898 + i * 78.233)),
  );

const ints = (name: string, dims: number[], values: number[]) => ({
  name,
  dims,
  dataType: 7,
  rawData: new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer),
});

export const modelOf = (graph: GraphParts): Model => readModel(modelBytes(graph));

/** x [1, 3] -> 8 hidden -> 6 hidden -> y [1, 2]; hidden unit k of the first layer has weights k + 1. */
export const perceptron = (seed = 1): GraphParts => ({
  name: "perceptron",
  input: [info("x", [1, 3])],
  output: [info("y", [1, 2])],
  initializer: [
    floats(
      "first.weight",
      [3, 8],
      Array.from({ length: 24 }, (_, i) => ((i % 8) + 1) * (seed % 2 ? 1 : -1)),
    ),
    weights("first.bias", [8], seed),
    weights("second.weight", [8, 6], seed + 1),
    weights("last.weight", [6, 2], seed + 2),
  ],
  node: [
    node("MatMul", ["x", "first.weight"], ["a"]),
    node("Add", ["a", "first.bias"], ["b"]),
    node("Relu", ["b"], ["c"]),
    node("MatMul", ["c", "second.weight"], ["d"]),
    node("Relu", ["d"], ["e"]),
    node("MatMul", ["e", "last.weight"], ["y"]),
  ],
});

/** Self-attention over [1, 5, 8] with 4 heads of 4 dims. */
export const attention: GraphParts = {
  name: "attention",
  input: [info("x", [1, 5, 8])],
  output: [info("y", [1, 5, 8])],
  initializer: [
    weights("q", [8, 16], 1),
    weights("k", [8, 16], 2),
    weights("v", [8, 16], 3),
    weights("o", [16, 8], 4),
    ints("split", [4], [1, 5, 4, 4]),
    ints("merge", [3], [1, 5, 16]),
  ],
  node: [
    ...["q", "k", "v"].flatMap((name) => [
      node("MatMul", ["x", name], [`${name}1`]),
      node("Reshape", [`${name}1`, "split"], [`${name}2`]),
      node("Transpose", [`${name}2`], [`${name}3`], {
        attribute: [{ name: "perm", type: 7, ints: name === "k" ? [0, 2, 3, 1] : [0, 2, 1, 3] }],
      }),
    ]),
    node("MatMul", ["q3", "k3"], ["scores"]),
    node("Softmax", ["scores"], ["weights"], { attribute: [{ name: "axis", type: 2, i: -1 }] }),
    node("MatMul", ["weights", "v3"], ["h"]),
    node("Transpose", ["h"], ["h1"], { attribute: [{ name: "perm", type: 7, ints: [0, 2, 1, 3] }] }),
    node("Reshape", ["h1", "merge"], ["h2"]),
    node("MatMul", ["h2", "o"], ["y"]),
  ],
};

/** One constant is added to two layers of the same width, which are cut apart. */
export const sharedBias: GraphParts = {
  name: "shared",
  input: [info("x", [1, 4])],
  output: [info("y", [1, 2]), info("z", [1, 2])],
  initializer: [
    weights("one", [4, 6], 1),
    weights("two", [4, 6], 2),
    weights("bias", [6], 3),
    weights("y.weight", [6, 2], 4),
    weights("z.weight", [6, 2], 5),
  ],
  node: [
    node("MatMul", ["x", "one"], ["a"]),
    node("Add", ["a", "bias"], ["b"]),
    node("MatMul", ["b", "y.weight"], ["y"]),
    node("MatMul", ["x", "two"], ["c"]),
    node("Add", ["c", "bias"], ["d"]),
    node("MatMul", ["d", "z.weight"], ["z"]),
  ],
};

/** Nothing between input and output: no axis is free. */
export const rigid: GraphParts = {
  name: "rigid",
  input: [info("x", [1, 3])],
  output: [info("y", [1, 2])],
  initializer: [weights("w", [3, 2], 1)],
  node: [node("MatMul", ["x", "w"], ["y"])],
};

/** x [1, 5, 4] -> 16 hidden -> a pitch, sorted into bins by 7 boundaries -> a row of a table of 12 columns -> y. */
export const binned: GraphParts = {
  name: "binned",
  input: [info("x", [1, 5, 4])],
  output: [info("y", [1, 5, 3])],
  initializer: [
    weights("w1", [4, 16], 1),
    weights("w2", [16, 1], 2),
    floats("boundaries", [7, 1, 1, 1], [-0.9, -0.5, -0.2, 0, 0.3, 0.6, 1]),
    weights("table", [8, 12], 3),
    weights("w3", [12, 3], 4),
    ints("first", [1], [0]),
    ints("last", [1], [2]),
  ],
  node: [
    node("MatMul", ["x", "w1"], ["a"]),
    node("Relu", ["a"], ["b"]),
    node("MatMul", ["b", "w2"], ["pitch"]),
    node("Greater", ["pitch", "boundaries"], ["above"]),
    node("Cast", ["above"], ["counted"], { attribute: [{ name: "to", type: 2, i: 7 }] }),
    node("ReduceSum", ["counted", "first"], ["bins"], { attribute: [{ name: "keepdims", type: 2, i: 0 }] }),
    node("Squeeze", ["bins", "last"], ["bin"]),
    node("Gather", ["table", "bin"], ["e"]),
    node("Relu", ["e"], ["f"]),
    node("MatMul", ["f", "w3"], ["y"]),
  ],
};

/** x [1, 5, 4] -> 8 hidden beside 4 learned tokens -> their mean -> y. */
export const tokened: GraphParts = {
  name: "tokened",
  input: [info("x", [1, 5, 4])],
  output: [info("y", [1, 3])],
  initializer: [weights("w1", [4, 8], 1), weights("tokens", [1, 4, 8], 2), weights("w2", [8, 3], 3)],
  node: [
    node("MatMul", ["x", "w1"], ["a"]),
    node("Concat", ["tokens", "a"], ["all"], { attribute: [{ name: "axis", type: 2, i: 1 }] }),
    node("Relu", ["all"], ["b"]),
    node("ReduceMean", ["b"], ["m"], {
      attribute: [
        { name: "axes", type: 7, ints: [1] },
        { name: "keepdims", type: 2, i: 0 },
      ],
    }),
    node("MatMul", ["m", "w2"], ["y"]),
  ],
};
