import { magnitude, random } from "@prune/importance-magnitude";
import { type Model, modelToBytes, onnx, readModel, rules } from "@prune/onnx";
import { prune } from "@prune/pruner";
import { pruneInSteps } from "@prune/pruner/advanced";
import { checkLaw, judge } from "@prune/runtime-ort";
import { expect, test, vi } from "vitest";
import { floats, type GraphParts, info, modelBytes, node } from "../../onnx/test/files/build-model.js";

/** What dependency-graph pruning is expected to get right, by name in torch-pruning's tests; each result is run. */

type Line = readonly [
  output: string,
  op: string,
  input: string,
  attributes?: Readonly<Record<string, number | number[]>>,
];

const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

const ints = (name: string, values: readonly number[]) => ({
  name,
  dims: [values.length],
  dataType: 7,
  rawData: new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer),
});

/** A model of nodes in text; weights are random, and positive where they are called `variance`. */
function modelOf(
  inputs: Readonly<Record<string, number[]>>,
  outputs: Readonly<Record<string, number[]>>,
  weights: Readonly<Record<string, number[]>>,
  lines: readonly Line[],
  sizes: Readonly<Record<string, number[]>> = {},
): Model {
  const values = Object.entries(weights).map(([name, dims], seed) => {
    const list = Array.from({ length: product(dims) }, (_, i) => Math.sin(12.9898 * (seed + 1) + 78.233 * i));
    return floats(name, dims, name.endsWith("variance") ? list.map((v) => 0.5 + v * v) : list);
  });
  const graph: GraphParts = {
    name: "scenario",
    input: Object.entries(inputs).map(([name, dims]) => info(name, dims)),
    output: Object.entries(outputs).map(([name, dims]) => info(name, dims)),
    initializer: [...values, ...Object.entries(sizes).map(([name, list]) => ints(name, list))],
    node: lines.map(([output, op, input, attributes = {}]) =>
      node(op, input.split(" "), output.split(" "), {
        ...(op.includes(":") && { opType: op.split(":")[1] as string, domain: op.split(":")[0] as string }),
        attribute: Object.entries(attributes).map(([name, value]) =>
          Array.isArray(value) ? { name, type: 7, ints: value } : { name, type: 2, i: value },
        ),
      }),
    ),
  };
  const opsetImport = [
    { domain: "", version: 17 },
    { domain: "custom", version: 1 },
  ];
  return readModel(modelBytes(graph, { opsetImport }));
}

vi.setConfig({ testTimeout: 60_000 });

const backend = onnx();

/** Shapes of stored tensors. */
const shapesOf = (model: Model): Record<string, readonly number[]> =>
  Object.fromEntries([...model.graph.initializers.values()].map(({ name, shape }) => [name, [...shape]]));

/** Prunes in five steps by random scores and holds each cut against its mask; shapes of what is left. */
async function halved(model: Model): Promise<Record<string, readonly number[]>> {
  let last = model;
  const options = { backend, importance: random({ seed: 1 }), ratio: 0.5, steps: 5 };
  for await (const step of pruneInSteps(model, options)) {
    const trace = backend.trace(last);
    const masked = modelToBytes(last, backend.mask(last, trace, trace.cut(step.plan)));
    const law = await checkLaw({ original: last.source, masked, cut: step.model.source }, { seeds: 1 });
    expect(judge(law, 1e-4).holds, `${law.error}`).toBe(true);
    last = readModel(step.model.source);
  }
  return shapesOf(last);
}

test("cascaded concats keep half of every branch", async () => {
  const lines: Line[] = [
    ...["a", "b", "c", "d"].map((name): Line => [`${name}1`, "Conv", `x ${name}`]),
    ["ab", "Concat", "a1 b1", { axis: 1 }],
    ["abc", "Concat", "ab c1", { axis: 1 }],
    ["abcd", "Concat", "abc d1", { axis: 1 }],
    ["e1", "Conv", "abcd e"],
    ["y", "Conv", "e1 f"],
  ];
  const weights = {
    a: [10, 3, 1, 1],
    b: [10, 3, 1, 1],
    c: [20, 3, 1, 1],
    d: [30, 3, 1, 1],
    e: [60, 70, 1, 1],
    f: [4, 60, 1, 1],
  };
  const left = await halved(modelOf({ x: [1, 3, 4, 4] }, { y: [1, 4, 4, 4] }, weights, lines));
  expect([left.a, left.b, left.c, left.d, left.e, left.f].map((shape) => shape?.slice(0, 2))).toEqual([
    [5, 3],
    [5, 3],
    [10, 3],
    [15, 3],
    [30, 35],
    [4, 30],
  ]);
});

test("wide and deep: normalised features beside features that stay, outputs of one and three", async () => {
  const norm = ["scale", "shift", "average", "variance"];
  const left = await halved(
    modelOf(
      { wide: [2, 6], deep: [2, 5] },
      { one: [2, 1], three: [2, 3] },
      {
        first: [5, 8],
        ...Object.fromEntries(norm.map((name) => [name, [8]])),
        second: [8, 4],
        p: [10, 1],
        q: [10, 3],
      },
      [
        ["a", "MatMul", "deep first"],
        ["b", "BatchNormalization", `a ${norm.join(" ")}`],
        ["c", "Relu", "b"],
        ["d", "MatMul", "c second"],
        ["all", "Concat", "wide d", { axis: -1 }],
        ["one", "MatMul", "all p"],
        ["three", "MatMul", "all q"],
      ],
    ),
  );
  expect(left).toMatchObject({
    first: [5, 4],
    scale: [4],
    variance: [4],
    second: [4, 2],
    p: [8, 1],
    q: [8, 3],
  });
});

test("one block for two chunks of a split, the third added to their concat", async () => {
  const left = await halved(
    modelOf(
      { x: [1, 3, 4, 4] },
      { y: [1, 2, 4, 4] },
      { stem: [16, 3, 1, 1], block: [4, 4, 3, 3], last: [2, 8, 1, 1] },
      [
        ["s", "Conv", "x stem"],
        ["p q r", "Split", "s sizes", { axis: 1 }],
        ["p1", "Conv", "p block", { pads: [1, 1, 1, 1] }],
        ["q1", "Conv", "q block", { pads: [1, 1, 1, 1] }],
        ["pq", "Concat", "p1 q1", { axis: 1 }],
        ["sum", "Add", "pq r"],
        ["y", "Conv", "sum last"],
      ],
      { sizes: [4, 4, 8] },
    ),
  );
  expect(left).toMatchObject({ stem: [8, 3, 1, 1], block: [2, 2, 3, 3], last: [2, 4, 1, 1] });
});

test("a residual of dense layers", async () => {
  const left = await halved(
    modelOf({ x: [2, 6] }, { y: [2, 3] }, { a: [6, 8], b: [8, 8], c: [8, 3] }, [
      ["h", "MatMul", "x a"],
      ["r", "Relu", "h"],
      ["i", "MatMul", "r b"],
      ["s", "Add", "h i"],
      ["y", "MatMul", "s c"],
    ]),
  );
  expect(left).toEqual({ a: [6, 4], b: [4, 4], c: [4, 3] });
});

test("features seen as images of four by four, and flattened again", async () => {
  const left = await halved(
    modelOf(
      { x: [2, 5] },
      { y: [2, 3] },
      { a: [5, 128], up: [8, 6, 2, 2], again: [6, 4, 2, 2], last: [4 * 16 * 16, 3] },
      [
        ["h", "MatMul", "x a"],
        ["image", "Reshape", "h square"],
        ["b", "ConvTranspose", "image up", { strides: [2, 2] }],
        ["c", "ConvTranspose", "b again", { strides: [2, 2] }],
        ["flat", "Flatten", "c"],
        ["y", "MatMul", "flat last"],
      ],
      { square: [-1, 8, 4, 4] },
    ),
  );
  expect(left).toMatchObject({ a: [5, 64], up: [4, 3, 2, 2], again: [3, 2, 2, 2], last: [512, 3] });
});

test("a bare scale for each channel, as ConvNeXt's layers have", async () => {
  const left = await halved(
    modelOf(
      { x: [1, 3, 4, 4] },
      { y: [1, 2, 4, 4] },
      {
        stem: [8, 3, 1, 1],
        wide: [16, 8, 1, 1],
        narrow: [8, 16, 1, 1],
        scale: [8, 1, 1],
        last: [2, 8, 1, 1],
      },
      [
        ["s", "Conv", "x stem"],
        ["w", "Conv", "s wide"],
        ["r", "Relu", "w"],
        ["n", "Conv", "r narrow"],
        ["m", "Mul", "n scale"],
        ["t", "Add", "s m"],
        ["y", "Conv", "t last"],
      ],
    ),
  );
  expect(left).toEqual({
    stem: [4, 3, 1, 1],
    wide: [8, 4, 1, 1],
    narrow: [4, 8, 1, 1],
    scale: [4, 1, 1],
    last: [2, 4, 1, 1],
  });
});

test("a constant that Expand spreads out is not stored spread out", async () => {
  const left = await halved(
    modelOf(
      { x: [1, 3, 4, 4] },
      { y: [1, 2, 4, 4] },
      { stem: [8, 3, 1, 1], one: [1], beside: [8, 1, 1], last: [2, 8, 1, 1] },
      [
        ["all", "Expand", "one full"],
        ["rows", "Expand", "beside full"],
        ["s", "Conv", "x stem"],
        ["t", "Add", "s all"],
        ["u", "Mul", "t rows"],
        ["y", "Conv", "u last"],
      ],
      { full: [1, 8, 4, 4] },
    ),
  );
  expect(left).toEqual({
    stem: [4, 3, 1, 1],
    one: [1],
    beside: [4, 1, 1],
    last: [2, 4, 1, 1],
    all_operand1_1: [4],
    rows_operand1_1: [4],
  });
});

test("chosen units across a concat, of several inputs and outputs", async () => {
  const model = modelOf(
    { u: [2, 4], v: [2, 4] },
    { p: [2, 3], q: [2, 2], r: [2, 1] },
    { a: [4, 20], b: [4, 30], c: [50, 50], d: [50, 3], e: [50, 2], f: [20, 1] },
    [
      ["a1", "MatMul", "u a"],
      ["b1", "MatMul", "v b"],
      ["ab", "Concat", "a1 b1", { axis: 1 }],
      ["h", "MatMul", "ab c"],
      ["p", "MatMul", "h d"],
      ["q", "MatMul", "h e"],
      ["r", "MatMul", "a1 f"],
    ],
  );
  const trace = backend.trace(model);
  const cut = trace.cut(trace.group({ tensor: "c", dim: 0 }, [0, 2, 4, 48]).plan());
  const small = backend.cut(model, trace, cut);
  expect(shapesOf(small)).toEqual({
    a: [4, 17],
    b: [4, 29],
    c: [46, 50],
    d: [50, 3],
    e: [50, 2],
    f: [17, 1],
  });
  const masked = modelToBytes(model, backend.mask(model, trace, cut));
  const law = await checkLaw({ original: model.source, masked, cut: small.source }, { seeds: 1 });
  expect(judge(law, 1e-5)).toEqual({ holds: true, vacuous: false });
});

test("an operator of one's own is cut by its rule, and a weight that nothing uses is left alone", async () => {
  const model = modelOf(
    { x: [1, 128] },
    { y: [1, 128] },
    { first: [128, 256], gain: [256], last: [256, 128], idle: [256] },
    [
      ["h", "MatMul", "x first"],
      ["g", "custom:Gain", "h gain"],
      ["y", "MatMul", "g last"],
    ],
  );
  const own = onnx({ rules: { ...rules, "custom:Gain": (_, kit) => kit.broadcast() } });
  const { model: small } = await prune(model, {
    backend: own,
    importance: magnitude(),
    layerRatios: { first: 3 / 256 },
    ratio: 0,
  });
  expect(shapesOf(small)).toEqual({ first: [128, 253], gain: [253], last: [253, 128], idle: [256] });
  const { report } = await prune(model, { backend, importance: magnitude(), ratio: 0.5 });
  expect(report.removed).toBe(0);
  expect(report.frozen.map(({ why }) => why).join()).toContain("Gain");
});
