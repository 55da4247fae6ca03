import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import { shapeOf } from "@prune/graph/advanced";
import { graphModel } from "@prune/tfjs";
import { openGraphModel, openTfjsModel } from "@prune/tfjs/node";
import { afterAll, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "prune-validate-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Changes = Readonly<Record<string, unknown>>;
const zeros = { class_name: "Zeros", config: {} };

const linear = { bias_initializer: { class_name: "linear", config: {} } };

const dense = (name: string, reads: unknown, config: Changes = {}): Changes => ({
  class_name: "Dense",
  name,
  config: { name, units: 4, kernel_initializer: zeros, ...config },
  inbound_nodes: reads,
});

/** Two Dense layers of 4 units on 4 numbers; `a` and `b` change one of them. */
function layersModel(a: Changes, b: Changes, config: Changes = {}): string {
  const names = ["a/kernel", "a/bias", "b/kernel", "b/bias"];
  const weights = names.map((name) => ({
    name,
    shape: /kernel/.test(name) ? [4, 4] : [4],
    dtype: "float32",
  }));
  const input = {
    class_name: "InputLayer",
    name: "x",
    config: { name: "x", batch_input_shape: [null, 4] },
    inbound_nodes: [],
  };
  const layers = [
    input,
    { ...dense("a", [[["x", 0, 0, {}]]]), ...a },
    { ...dense("b", [[["a", 0, 0, {}]]]), ...b },
  ];
  const ends = { input_layers: [["x", 0, 0]], output_layers: [["b", 0, 0]] };
  return written(
    {
      format: "layers-model",
      modelTopology: { class_name: "Model", config: { name: "m", layers, ...ends, ...config } },
    },
    weights,
    160,
  );
}

function written(json: object, weights: readonly unknown[], bytes: number): string {
  const path = join(folder, "model.json");
  writeFileSync(path, JSON.stringify({ ...json, weightsManifest: [{ paths: ["w.bin"], weights }] }));
  writeFileSync(join(folder, "w.bin"), new Uint8Array(bytes));
  return path;
}

it("refuses a LayersModel with a call that reads nothing", async () => {
  await expect(openTfjsModel(layersModel({}, { inbound_nodes: [[]] }))).rejects.toMatchObject({
    code: "malformed",
    message: expect.stringContaining("reads nothing"),
  });
});

it.each<[string, object, RegExp]>([
  ["an operator without inputs", { op: "Relu", input: [] }, /Relu has 0 inputs, and needs 1/],
  [
    "a window without steps",
    { op: "MaxPool", input: ["x"], attr: {} },
    /MaxPool needs the attribute "strides"/,
  ],
  [
    "a convolution without attributes",
    { op: "Conv2D", input: ["x", "x"] },
    /Conv2D needs the attribute "strides"/,
  ],
  ["inputs that only say when", { op: "AddV2", input: ["x", "^x"] }, /AddV2 has 1 inputs, and needs 2/],
  ["an attribute of no kind", { op: "Relu", input: ["x"], attr: { T: { odd: 1 } } }, /no kind of value/],
  [
    "a window that doesn't move",
    { op: "MaxPool", input: ["x"], attr: { strides: { list: { i: ["1", "0"] } } } },
    /strides are \[1,0\]/,
  ],
  [
    "a number for a list",
    { op: "MaxPool", input: ["x"], attr: { explicit_paddings: { i: "3" } } },
    /"explicit_paddings" holds no list/,
  ],
  ["text that is no base64", { op: "Relu", input: ["x"], attr: { padding: { s: "?!" } } }, /no base64/],
  ["a list of it", { op: "Relu", input: ["x"], attr: { ops: { list: { s: [1] } } } }, /no base64/],
])("refuses a GraphModel with %s", (_, node, message) => {
  const graph = {
    node: [
      { name: "x", op: "Placeholder" },
      { name: "y", ...node },
    ],
  };
  const path = written({ format: "graph-model", modelTopology: graph }, [], 0);
  expect(() => openGraphModel(path)).toThrow(expect.objectContaining({ code: "malformed" }));
  expect(() => openGraphModel(path)).toThrow(message);
});

it("refuses a reference to an output that its operator doesn't have", () => {
  const graph = {
    node: [
      { name: "x", op: "Placeholder" },
      { name: "y", op: "Relu", input: ["x"] },
      { name: "z", op: "Relu", input: ["y:1"] },
    ],
  };
  const path = written({ format: "graph-model", modelTopology: graph }, [], 0);
  expect(() => openGraphModel(path)).toThrow(expect.objectContaining({ code: "dangling-input" }));
});

it("refuses a signature that names an output beyond those of a split", () => {
  const graph = {
    node: [
      { name: "x", op: "Placeholder" },
      { name: "axis", op: "Const" },
      { name: "s", op: "Split", input: ["axis", "x"], attr: { num_split: { i: "2" } } },
    ],
  };
  const open = (output: string): unknown =>
    openGraphModel(
      written(
        { format: "graph-model", signature: { outputs: { y: { name: output } } }, modelTopology: graph },
        [{ name: "axis", shape: [], dtype: "int32" }],
        4,
      ),
    );
  expect(() => open("s:1")).not.toThrow();
  expect(() => open("s:7")).toThrow(expect.objectContaining({ code: "dangling-input" }));
});

it.each([
  ["an axis that is none", [2, 2], -1830090051],
  ["parts without end", [667596606, 590232382], 1],
])("refuses a SplitV of %s", (_, sizes, axis) => {
  const vector = (values: readonly number[]): number[] => [...new Uint8Array(Int32Array.from(values).buffer)];
  const graph = {
    node: [
      { name: "x", op: "Placeholder", attr: { shape: { shape: { dim: [{ size: "2" }, { size: "4" }] } } } },
      ...["w", "sizes", "axis"].map((name) => ({ name, op: "Const" })),
      { name: "h", op: "MatMul", input: ["x", "w"] },
      { name: "s", op: "SplitV", input: ["h", "sizes", "axis"], attr: { num_split: { i: "2" } } },
      { name: "y", op: "AddV2", input: ["s", "s:1"] },
    ],
  };
  const weights = [
    { name: "w", shape: [4, 4], dtype: "float32" },
    { name: "sizes", shape: [2], dtype: "int32" },
    { name: "axis", shape: [], dtype: "int32" },
  ];
  const path = written({ format: "graph-model", modelTopology: graph }, weights, 76);
  writeFileSync(
    join(folder, "w.bin"),
    Uint8Array.from([...new Uint8Array(64), ...vector(sizes), ...vector([axis])]),
  );
  expect(() => graphModel().trace(openGraphModel(path))).toThrow(
    expect.objectContaining({ name: "TfjsError", code: "malformed" }),
  );
});

/** A node that reads x, of shape [2, 4, 4, 3], or w, a stored tensor, and whole numbers. */
function meeting(
  node: object,
  { w = [3, 3, 3, 2], numbers = [1], list = [numbers.length] }: Partial<Meeting> = {},
): string {
  const sizes = ["2", "4", "4", "3"].map((size) => ({ size }));
  const graph = {
    node: [
      { name: "x", op: "Placeholder", attr: { shape: { shape: { dim: sizes } } } },
      { name: "w", op: "Const" },
      { name: "n", op: "Const" },
      { name: "y", ...node },
    ],
  };
  const weights = [
    { name: "w", shape: w, dtype: "float32" },
    { name: "n", shape: list, dtype: "int32" },
  ];
  const floats = w.reduce((a, b) => a * b, 4);
  const path = written({ format: "graph-model", modelTopology: graph }, weights, floats + 4 * numbers.length);
  writeFileSync(
    join(folder, "w.bin"),
    Uint8Array.from([...new Uint8Array(floats), ...new Uint8Array(Int32Array.from(numbers).buffer)]),
  );
  return path;
}

interface Meeting {
  readonly w: readonly number[];
  readonly numbers: readonly number[];
  /** The shape that the numbers have. */
  readonly list: readonly number[];
}

const conv = {
  attr: { strides: { list: { i: ["1", "1", "1", "1"] } }, dilations: { list: { i: ["1", "1", "1", "1"] } } },
};

it.each<[string, object, Partial<Meeting>, RegExp]>([
  ["a sum", { op: "AddV2", input: ["x", "w"] }, { w: [4] }, /\[2, 4, 4, 3\] and \[4\], which don't fit/],
  ["a bias", { op: "BiasAdd", input: ["x", "w"] }, { w: [5] }, /there are 3 channels/],
  ["a table for a bias", { op: "BiasAdd", input: ["x", "w"] }, { w: [3, 1] }, /rank must be 1/],
  ["a convolution", { op: "Conv2D", input: ["x", "w"], ...conv }, { w: [3, 3, 8, 2] }, /takes 8 channels/],
  ["a flat filter", { op: "Conv2D", input: ["x", "w"], ...conv }, { w: [3, 3] }, /rank must be 4/],
  [
    "a filter for each channel",
    { op: "DepthwiseConv2dNative", input: ["x", "w"], ...conv },
    { w: [3, 3, 8, 2] },
    /takes 8 channels/,
  ],
  ["a product", { op: "BatchMatMulV2", input: ["x", "w"] }, { w: [4, 4, 5] }, /don't fit together/],
  ["a turned product", { op: "MatMul", input: ["w", "w"] }, { w: [4, 5] }, /don't fit together/],
  ["parts", { op: "ConcatV2", input: ["x", "w", "n"] }, { w: [2, 4, 4, 3, 1] }, /don't join along axis 1/],
  ["parts beyond", { op: "ConcatV2", input: ["x", "x", "n"] }, { numbers: [4] }, /axis 4 is outside/],
  ["a table", { op: "GatherV2", input: ["x", "n", "n"] }, { numbers: [983040] }, /axis 983040 is outside/],
  ["a new dim", { op: "ExpandDims", input: ["x", "n"] }, { numbers: [6] }, /axis 6 is outside/],
  [
    "a dim of 1",
    { op: "Squeeze", input: ["x"], attr: { squeeze_dims: { list: { i: ["9"] } } } },
    {},
    /axis 9 is outside/,
  ],
  ["what is packed", { op: "Pack", input: ["x", "x"], attr: { axis: { i: "7" } } }, {}, /axis 7 is outside/],
  ["what is unpacked", { op: "Unpack", input: ["x"], attr: { axis: { i: "-5" } } }, {}, /axis -5 is outside/],
  ["elements", { op: "Reshape", input: ["x", "n"] }, { numbers: [5, -1] }, /can't become \[5, -1\]/],
  ["an order", { op: "Transpose", input: ["x", "n"] }, { numbers: [1, 0] }, /2 numbers where/],
  ["one axis twice", { op: "Sum", input: ["x", "n"] }, { numbers: [1, -3] }, /name one twice/],
  ["a table of axes", { op: "Mean", input: ["x", "n"] }, { list: [1, 1] }, /rank must be 0 to 1/],
  ["a border", { op: "Pad", input: ["x", "n"] }, { numbers: [1, 1], list: [1, 2] }, /needs 8/],
  [
    "equal parts",
    { op: "Split", input: ["n", "x"], attr: { num_split: { i: "3" } } },
    {},
    /3 equal parts of 4/,
  ],
])("refuses shapes that don't fit: %s", (_, node, given, message) => {
  const model = openGraphModel(meeting(node, given));
  const tracing = (): unknown => graphModel().trace(model);
  expect(tracing).toThrow(expect.objectContaining({ name: "TfjsError", code: "malformed" }));
  expect(tracing).toThrow(message);
  expect(tracing).toThrow(/node "y"/);
});

it.each([
  ["MatMul", ["w", "w", "w"], /MatMul has 3 inputs, and takes 2/],
  ["Mean", ["x", "n", "n"], /Mean has 3 inputs, and takes 2/],
])("refuses a %s of inputs that it doesn't know", (op, input, message) => {
  expect(() => openGraphModel(meeting({ op, input }))).toThrow(message);
});

it("takes shapes that stretch, and leaves out parts that hold nothing", () => {
  const shape = (node: object, given?: Partial<Meeting>): unknown => {
    const layout = graphModel()
      .trace(openGraphModel(meeting(node, given)))
      .tensor("y")?.layout;
    return layout && shapeOf(layout);
  };
  expect(shape({ op: "AddV2", input: ["x", "w"] }, { w: [4, 1, 3] })).toEqual([2, 4, 4, 3]);
  expect(shape({ op: "BatchMatMulV2", input: ["x", "w"] }, { w: [1, 3, 5] })).toEqual([2, 4, 4, 5]);
  expect(shape({ op: "ConcatV2", input: ["x", "w", "n"] }, { w: [0], numbers: [3] })).toEqual([2, 4, 4, 3]);
});

it("opens a sound LayersModel", async () => {
  const model = await openTfjsModel(layersModel({}, {}));
  expect("layers" in model && model.layers.map(({ name }) => name)).toEqual(["x", "a", "b"]);
});

it.each<[string, Changes, Changes, Changes, string]>([
  ["a layer that reads a missing one", {}, dense("b", [[["gone", 0, 0, {}]]]), {}, "dangling-input"],
  ["a layer that reads a missing call", {}, dense("b", [[["a", 1, 0, {}]]]), {}, "dangling-input"],
  ["a layer that nothing feeds", { inbound_nodes: [] }, {}, {}, "dangling-input"],
  ["layers in a circle", dense("a", [[["b", 0, 0, {}]]]), {}, {}, "cycle"],
  ["a layer that reads itself", {}, dense("b", [[["b", 0, 0, {}]]]), {}, "cycle"],
  ["two layers of one name", {}, { name: "a" }, {}, "duplicate-name"],
  ["an output of a missing layer", {}, {}, { output_layers: [["c", 0, 0]] }, "dangling-input"],
  ["an output that a layer hasn't", {}, dense("b", [[["a", 0, 1, {}]]]), {}, "dangling-input"],
  ["a layer called by a list", { config: { name: ["a"], units: 4 } }, {}, {}, "malformed"],
  [
    "an activation of two",
    {},
    {
      ...dense("b", [
        [
          ["a", 0, 0, {}],
          ["a", 0, 0, {}],
        ],
      ]),
      class_name: "ReLU",
    },
    {},
    "malformed",
  ],
  ["a merge of one", {}, { ...dense("b", [[["a", 0, 0, {}]]]), class_name: "Concatenate" }, {}, "malformed"],
  ["a wrapper of nothing", {}, { class_name: "Bidirectional" }, {}, "malformed"],
  ["an entry that stands alone", {}, dense("b", [["a", 0, 0, {}]]), {}, "malformed"],
  ["connections that are none", {}, { inbound_nodes: [[[true, 0, 0]]] }, {}, "malformed"],
  ["more units than weights", {}, dense("b", [[["a", 0, 0, {}]]], { units: 2 ** 22 }), {}, "malformed"],
  ["other units than weights", {}, dense("b", [[["a", 0, 0, {}]]], { units: 5 }), {}, "unloadable"],
  ["no settings", {}, { config: null }, {}, "malformed"],
  ["an activation as initializer", {}, { ...dense("b", [[["a", 0, 0, {}]]], linear) }, {}, "malformed"],
  ["a list of layers that is none", {}, {}, { layers: 7 }, "malformed"],
])("refuses %s before TensorFlow.js meets it", async (_, a, b, config, code) => {
  await expect(openTfjsModel(layersModel(a, b, config))).rejects.toThrow(
    expect.objectContaining({ name: "TfjsError", code }),
  );
});

/** x [2, 3] -> `op` with a stored int32 vector -> y. */
const graph = (op: string, values: number, changes: Changes = {}, entry: Changes = {}): string =>
  written(
    {
      format: "graph-model",
      modelTopology: {
        node: [
          {
            name: "x",
            op: "Placeholder",
            attr: { shape: { shape: { dim: [{ size: "2" }, { size: "3" }] } } },
          },
          { name: "order", op: "Const" },
          { name: "y", op, input: ["x", "order"], ...changes },
        ],
      },
    },
    [{ name: "order", shape: [values], dtype: "int32", ...entry }],
    4 * values,
  );

it.each<[string, () => string, string]>([
  ["inputs that are no list", () => graph("Transpose", 2, { input: "x" }), "malformed"],
  ["attributes that are no objects", () => graph("Transpose", 2, { attr: { T: 7 } }), "malformed"],
  ["quantization that is none", () => graph("Transpose", 2, {}, { quantization: 5 }), "malformed"],
  ["a signature that names nothing", () => unsigned(), "dangling-input"],
])("refuses a GraphModel with %s", (_, path, code) => {
  const open = (): unknown => openGraphModel(path());
  expect(open).toThrow(expect.objectContaining({ name: "TfjsError", code }));
});

const unsigned = (): string =>
  written(
    {
      signature: { outputs: { y: { name: "gone:0" } } },
      modelTopology: { node: [{ name: "x", op: "Placeholder" }] },
    },
    [],
    0,
  );

it("refuses an order of dims that is none", () => {
  // The stored order is [0, 0].
  const model = openGraphModel(graph("Transpose", 2));
  expect(() => graphModel().trace(model)).toThrow(expect.objectContaining({ code: "bad-permutation" }));
});
