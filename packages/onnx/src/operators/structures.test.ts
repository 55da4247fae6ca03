import { openTrace, type Trace } from "@prune/graph";
import { shapeOf } from "@prune/graph/advanced";
import { describe, expect, it } from "vitest";
import {
  floats,
  type GraphParts,
  info,
  modelBytes,
  type NodeParts,
  node,
  type TensorParts,
} from "../../test/files/build-model.js";
import { cutModel } from "../cut/cut-model.js";
import { readModel } from "../read/read-model.js";
import { onnxSource } from "../trace/source.js";
import { modelToBytes } from "../write/write-model.js";
import { rules } from "./operators.js";

const size = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
const f = (name: string, ...dims: number[]): TensorParts =>
  floats(
    name,
    dims,
    Array.from({ length: size(dims) }, (_, i) => Math.sin(i + 1)),
  );
const ints = (name: string, values: number[]): TensorParts => ({
  name,
  dims: [values.length],
  dataType: 7,
  rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});
const bytesOf = (name: string, dims: number[], dataType: number): TensorParts => ({
  name,
  dims,
  dataType,
  rawData: Uint8Array.from({ length: size(dims) }, (_, i) => (37 * i) % 120),
});
const int = (name: string, i: number): object => ({ name, type: 2, i });
const string = (name: string, s: string): object => ({ name, type: 3, s: new TextEncoder().encode(s) });
const ms = (op: string, input: string[], output: string[], ...attribute: object[]): NodeParts =>
  node(op, input, output, { domain: "com.microsoft", attribute });
const plain = (op: string, input: string[], output: string[], ...attribute: object[]): NodeParts =>
  node(op, input, output, { attribute });

const trace = (bytes: Uint8Array): Trace => openTrace(onnxSource(readModel(bytes), rules));

/** Cuts the first half of the units of a kind from a model, and traces what is left. */
function halved(
  graph: Omit<GraphParts, "name">,
  kind: "channels" | "rows",
  opset = 17,
): Record<string, string> {
  const opsetImport = [
    { domain: "", version: opset },
    { domain: "com.microsoft", version: 1 },
  ];
  const bytes = modelBytes({ name: "g", ...graph }, { opsetImport });
  const model = readModel(bytes);
  const source = onnxSource(model, rules);
  const traced = openTrace(source);
  const removed = traced.families
    .filter((family) => (family.kind === "rows") === (kind === "rows"))
    .flatMap((family) => [...family.units].slice(0, family.units.length / 2));
  const cut = traced.cut({ units: removed, atoms: [] });
  expect(cut.findings).toEqual([]);
  const after = modelToBytes(model, cutModel(model, source, traced, cut).edit);
  for (const [name, { layout, parameter }] of trace(after).tensors)
    if (layout && !parameter && traced.tensor(name)) expect(shapeOf(layout), name).toEqual(cut.shape(name));
  const shapes = [...readModel(after).graph.initializers.values()].map(({ name, shape }) => [
    name,
    String(shape),
  ]);
  const attributes = readModel(after).graph.nodes.flatMap(({ attributes }) =>
    [...attributes].map(([name, { value }]) => [name, String(value)]),
  );
  return Object.fromEntries([...shapes, ...attributes]) as Record<string, string>;
}

describe("recurrent layers", () => {
  const lstm = {
    input: [info("x", [5, 2, 3])],
    output: [info("y", [5, 2, 2, 2])],
    initializer: [
      f("W", 2, 32, 3),
      f("R", 2, 32, 8),
      f("B", 2, 64),
      f("P", 2, 24),
      f("h0", 2, 2, 8),
      f("w", 8, 2),
    ],
    node: [
      plain(
        "LSTM",
        ["x", "W", "R", "B", "", "h0", "h0", "P"],
        ["h", "", "c"],
        int("hidden_size", 8),
        string("direction", "bidirectional"),
      ),
      plain("MatMul", ["h", "w"], ["y"]),
    ],
  };

  it("lose hidden units in every gate and in states, the same number in both directions", () => {
    expect(halved(lstm, "channels")).toMatchObject({
      W: "2,16,3",
      R: "2,16,4",
      B: "2,32",
      P: "2,12",
      w: "4,2",
      hidden_size: "4",
    });
  });
});

describe("attention", () => {
  const around = (op: NodeParts, initializer: TensorParts[], into: number): Omit<GraphParts, "name"> => ({
    input: [info("x", [2, 4, 3])],
    output: [info("y", [2, 4, 2])],
    initializer: [f("q", 3, 16), f("k", 3, into), f("v", 3, into), f("w", 16, 2), ...initializer],
    node: [
      plain("MatMul", ["x", "q"], ["a"]),
      plain("MatMul", ["x", "k"], ["b"]),
      plain("MatMul", ["x", "v"], ["c"]),
      op,
      plain("MatMul", ["z", "w"], ["y"]),
    ],
  });
  const bias = f("bias", 48);
  const mask = f("mask", 1, 4, 4, 4);
  const fused = ms("MultiHeadAttention", ["a", "b", "c", "bias", "", "mask"], ["z"], int("num_heads", 4));

  it("loses positions inside heads and keeps the scale of the original", () => {
    const after = halved(around(fused, [bias, mask], 16), "channels");
    expect(after).toMatchObject({
      q: "3,8",
      k: "3,8",
      v: "3,8",
      bias: "24",
      mask: "1,4,4,4",
      num_heads: "4",
    });
    expect(Number(after.scale)).toBe(0.5);
  });

  it("loses whole heads, in masks too", () => {
    expect(halved(around(fused, [bias, mask], 16), "rows")).toMatchObject({
      q: "3,8",
      bias: "24",
      mask: "1,2,4,4",
      num_heads: "2",
    });
  });

  it("loses shared heads and copies of them", () => {
    const shared = plain("Attention", ["a", "b", "c"], ["z"], int("q_num_heads", 8), int("kv_num_heads", 4));
    const after = halved(around(shared, [], 8), "rows", 23);
    expect(after).toMatchObject({ q: "3,4", k: "3,4", w: "4,2", q_num_heads: "2", kv_num_heads: "2" });
  });

  it("loses rows of packed weights", () => {
    const packed = {
      input: [info("x", [2, 4, 3])],
      output: [info("y", [2, 4, 2])],
      initializer: [f("W", 3, 24), f("B", 24), f("w", 8, 2)],
      node: [
        ms("Attention", ["x", "W", "B"], ["z"], int("num_heads", 2)),
        plain("MatMul", ["z", "w"], ["y"]),
      ],
    };
    expect(halved(packed, "rows")).toMatchObject({ W: "3,12", B: "12", w: "4,2", num_heads: "1" });
  });

  it("turns pairs of positions together", () => {
    const rotated = {
      input: [info("x", [2, 4, 3])],
      output: [info("y", [2, 4, 2])],
      initializer: [f("v", 3, 16), f("cos", 2, 4, 4), f("sin", 2, 4, 4), f("w", 16, 2)],
      node: [
        plain("MatMul", ["x", "v"], ["a"]),
        plain("RotaryEmbedding", ["a", "cos", "sin"], ["z"], int("num_heads", 2)),
        plain("MatMul", ["z", "w"], ["y"]),
      ],
    };
    expect(halved(rotated, "channels", 23)).toMatchObject({ v: "3,8", cos: "2,4,2", sin: "2,4,2", w: "8,2" });
  });
});

describe("quantised operators", () => {
  it("lose channels with their scales, zero points and biases", () => {
    const initializer = [
      f("s", 1),
      bytesOf("z", [1], 2),
      bytesOf("v", [8, 3, 3, 3], 3),
      f("vs", 8),
      bytesOf("vz", [8], 3),
      { name: "b", dims: [8], dataType: 6, int32Data: [1, 2, 3, 4, 5, 6, 7, 8] },
      bytesOf("w", [2, 8, 1, 1], 3),
      bytesOf("wz", [1], 3),
    ];
    const graph = {
      input: [info("x", [2, 3, 5, 5])],
      output: [info("y", [2, 2, 3, 3])],
      initializer,
      node: [
        plain("QuantizeLinear", ["x", "s", "z"], ["q"]),
        plain("QLinearConv", ["q", "s", "z", "v", "vs", "vz", "s", "z", "b"], ["a"]),
        plain("QLinearConv", ["a", "s", "z", "w", "s", "wz", "s", "z"], ["e"]),
        plain("DequantizeLinear", ["e", "s", "z"], ["y"]),
      ],
    };
    expect(halved(graph, "channels")).toMatchObject({
      v: "4,3,3,3",
      vs: "4",
      vz: "4",
      b: "4",
      w: "2,4,1,1",
    });
  });
});

describe("channel shuffles", () => {
  const conv = (x: string, w: string, y: string, group: number): NodeParts =>
    plain("Conv", [x, w], [y], int("group", group));
  const around = (groups: number, size: number, w: TensorParts): Omit<GraphParts, "name"> => {
    const channels = groups * size;
    return {
      input: [info("x", [1, 3, 4, 4])],
      output: [info("y", [1, 4, 4, 4])],
      initializer: [
        f("v", channels, 3, 1, 1),
        f("g", channels, size, 1, 1),
        f("d", channels, 1, 1, 1),
        f("h", channels, size, 1, 1),
        w,
        ints("split", [1, groups, size, 4, 4]),
        ints("joined", [1, channels, 4, 4]),
      ],
      node: [
        conv("x", "v", "a", 1),
        conv("a", "g", "b", groups),
        plain("Reshape", ["b", "split"], ["c"]),
        plain("Transpose", ["c"], ["t"], { name: "perm", type: 7, ints: [0, 2, 1, 3, 4] }),
        plain("Reshape", ["t", "joined"], ["s"]),
        conv("s", "d", "e", channels),
        conv("e", "h", "k", groups),
        plain("Conv", ["k", "w"], ["y"]),
      ],
    };
  };

  it("lose channels where the groups don't fit: whole columns of the shuffle from every group", () => {
    // Groups of 8 over columns of 3: two columns lie in each group whole, the third and the sixth in two of them.
    expect(halved(around(3, 8, f("w", 4, 24, 1, 1)), "channels")).toMatchObject({
      g: "15,4,1,1",
      d: "15,1,1,1",
      h: "12,5,1,1",
      w: "4,12,1,1",
    });
  });

  it("lose half of the channels where groups lie across the groups of a Concat", () => {
    const groups = (n: number, w: string, from: string, to: string): NodeParts => conv(from, w, to, n);
    const graph = {
      input: [info("x", [1, 3, 4, 4])],
      output: [info("y", [1, 4, 4, 4])],
      initializer: [
        f("v", 4, 3, 1, 1),
        f("u", 8, 3, 1, 1),
        f("g", 8, 4, 1, 1),
        f("h", 12, 6, 1, 1),
        f("w", 4, 12, 1, 1),
      ],
      node: [
        conv("x", "v", "a", 1),
        conv("x", "u", "b", 1),
        groups(2, "g", "b", "c"),
        plain("Concat", ["a", "c"], ["j"], int("axis", 1)),
        groups(2, "h", "j", "k"),
        plain("Conv", ["k", "w"], ["y"]),
      ],
    };
    expect(halved(graph, "channels")).toMatchObject({
      v: "2,3,1,1",
      u: "4,3,1,1",
      g: "4,2,1,1",
      h: "6,3,1,1",
    });
  });
});

describe("control flow", () => {
  it("keeps whole what a branch reads from around it", () => {
    const branch = (name: string): GraphParts => ({
      name,
      node: [plain("MatMul", ["h", "w"], [`${name}_y`])],
      output: [info(`${name}_y`, [2, 2])],
    });
    const graph = {
      input: [info("x", [2, 3]), { ...info("c", []), type: { tensorType: { elemType: 9, shape: {} } } }],
      output: [info("y", [2, 2])],
      initializer: [f("v", 3, 8), f("w", 8, 2)],
      node: [
        plain("MatMul", ["x", "v"], ["h"]),
        plain(
          "If",
          ["c"],
          ["y"],
          { name: "then_branch", type: 5, g: branch("yes") },
          { name: "else_branch", type: 5, g: branch("no") },
        ),
      ],
    };
    expect(halved(graph, "channels")).toMatchObject({ v: "3,8", w: "8,2" });
  });
});
