import { keptBy } from "@prune/graph/advanced";
import { onnx, readModel } from "@prune/onnx";
import { linearLayers } from "@prune/onnx/advanced";
import { ortTwins } from "@prune/onnx-recovery/advanced";
import { type Fit, recover } from "@prune/recovery";
import { errorOf, powerOf, type ReadBy } from "@prune/recovery/advanced";
import { describe, expect, it } from "vitest";
import { float32, tinyModel } from "../../runtime-ort/test/tiny-model.js";
import { batchesOf, network, tensor } from "./networks.js";

type Net = Parameters<typeof tinyModel>[0];
type Nodes = Net["nodes"];

const stored = (name: string, shape: readonly number[], seed: number) => ({
  name,
  shape,
  values: Array.from(tensor(shape, seed).data, (value) => value / 2),
});

const matrices = [
  stored("w", [4, 6], 1),
  stored("b", [6], 2),
  stored("v", [6, 5], 3),
  { name: "root", shape: [], values: [Math.SQRT2] },
  { name: "one", shape: [1], values: [1] },
];
const kernels = [
  stored("w", [6, 4, 3, 3], 1),
  stored("b", [6], 2),
  stored("d", [6, 1, 3, 3], 6),
  stored("v", [5, 6, 1, 1], 3),
  stored("wide", [5, 6, 3, 3], 7),
  stored("wider", [5, 6, 5, 5], 15),
  stored("s", [6, 1, 1], 14),
  stored("by place", [7, 7], 8),
  ...["gamma", "beta", "mean", "variance"].map((name, i) => ({
    ...stored(name, [6], 9 + i),
    values: Array.from(tensor([6], 9 + i).data, (value) => Math.abs(value) + 0.5),
  })),
];

const products = (...between: Nodes): Nodes => [
  { op: "Gemm", inputs: ["input", "w", "b"], outputs: ["z"] },
  ...between,
  { op: "MatMul", inputs: ["h", "v"], outputs: ["output"] },
];
const pads = [1, 1, 1, 1];
const windows = (...between: Nodes): Nodes => [
  { op: "Conv", inputs: ["input", "w", "b"], outputs: ["z"], attributes: { pads } },
  ...between,
  { op: "Conv", inputs: ["h", "v"], outputs: ["output"] },
];
const act = (op: string, from = "z", to = "h"): Nodes[number] => ({ op, inputs: [from], outputs: [to] });

/** A net and the one that has lost two of the units between its last two layers. */
async function twinsOf(nodes: Nodes, rows = 2048) {
  const isWindow = nodes.some(({ op }) => op === "Conv");
  const shape = isWindow ? [4, 7, 7] : [4];
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const dense = readModel(
    tinyModel({
      inputs: [{ name: "input", type: float32, shape: ["batch", ...shape] }],
      outputs: [{ name: "output", type: float32, shape: ["batch", ...(isWindow ? [5, "y", "x"] : [5])] }],
      nodes,
      weights: [...(isWindow ? kernels : matrices)].filter(({ name }) => read.has(name)),
    }),
  );
  const backend = onnx();
  const trace = backend.trace(dense);
  const units = Array.from(trace.families.at(-1)?.units ?? []).slice(1, 3);
  const cut = trace.cut({ units, atoms: [] });
  expect(units.length).toBe(2);
  const samples = batchesOf(6, [20, ...shape], 40);
  const make = () => ortTwins(dense, backend.cut(dense, trace, cut), keptBy(cut), samples, { rows });
  return { make, layer: linearLayers(dense).at(-2)?.output as string };
}

/** The same of convolutions, at any opset. */
async function recoveredAt(opset: number, nodes: Nodes, own: Parameters<typeof network>[1] = {}) {
  const weights = Object.fromEntries(
    kernels
      .filter(({ name }) => nodes.some(({ inputs }) => inputs.includes(name)))
      .map(({ name, shape, values }) => [name, { shape, data: Float32Array.from(values) }]),
  );
  const steps = nodes.map(({ outputs: [output], ...node }) => ({ ...node, output: output as string }));
  const dense = network(steps, { ...weights, ...own }, { opset });
  const backend = onnx();
  const trace = backend.trace(dense);
  const units = Array.from(trace.families.at(-1)?.units ?? []).slice(1, 3);
  const cut = trace.cut({ units, atoms: [] });
  const samples = batchesOf(6, [20, 4, 7, 7], 40);
  return recover(await ortTwins(dense, backend.cut(dense, trace, cut), keptBy(cut), samples, { rows: 4096 }));
}

/** The layer before the last, observed, with what reads it. */
async function observed(nodes: Nodes) {
  const { make, layer } = await twinsOf(nodes);
  const twins = await make();
  for (const each of twins.layers) {
    const { fits } = await twins.observe(each);
    if (each === layer) return { fits, read: twins.readBy?.(layer) };
    await twins.accept(each, undefined);
  }
  throw new Error(`no layer "${layer}"`);
}

const nets: [string, Nodes][] = [
  ["LeakyRelu between products", products(act("LeakyRelu"))],
  [
    "Gelu of single operators",
    products(
      { op: "Div", inputs: ["z", "root"], outputs: ["e"] },
      act("Erf", "e", "f"),
      { op: "Add", inputs: ["f", "one"], outputs: ["g"] },
      { op: "Mul", inputs: ["z", "g"], outputs: ["h"] },
    ),
  ],
  ["Sigmoid between convolutions", windows(act("Sigmoid"))],
  [
    "PRelu and BatchNormalization between convolutions",
    windows(
      { op: "PRelu", inputs: ["z", "s"], outputs: ["p"] },
      {
        op: "BatchNormalization",
        inputs: ["p", "gamma", "beta", "mean", "variance"],
        outputs: ["h"],
      },
    ),
  ],
  [
    "Tanh behind a depthwise convolution",
    windows(
      act("Relu", "z", "y"),
      { op: "Conv", inputs: ["y", "d"], outputs: ["e"], attributes: { pads, group: 6 } },
      act("Tanh", "e"),
    ),
  ],
];

/** Sigmoid in front of a convolution with another kernel or other attributes: padding is zeros, and its sigmoid isn't. */
const readWith = (weight: string, attributes: Nodes[number]["attributes"]): Nodes =>
  windows(act("Sigmoid")).map((node) =>
    node.inputs[0] === "h" ? { ...node, inputs: ["h", weight], attributes: { ...attributes } } : node,
  );
const wide: [string, Nodes][] = [
  ["a padded window", readWith("wide", { pads })],
  ["a window with strides and without pads", readWith("wide", { strides: [2, 2] })],
  [
    "a window that is padded at one side and has gaps",
    readWith("wide", { pads: [2, 0, 2, 0], dilations: [2, 2] }),
  ],
  ["pads of a kernel of one place", readWith("v", { pads })],
  ["strides of a kernel of one place", readWith("v", { strides: [2, 2] })],
  [
    "a padded window behind a depthwise convolution",
    nets
      .at(-1)![1]
      .map((node) =>
        node.inputs[0] === "h" ? { ...node, inputs: ["h", "wide"], attributes: { pads } } : node,
      ),
  ],
];

const straight: [string, Nodes] = [
  "nothing between products",
  [products()[0]!, { op: "MatMul", inputs: ["z", "v"], outputs: ["output"] }],
];

describe("a layer is led by the one that reads it", () => {
  it.each([...nets, ...wide, straight])("along the slope of that one's error: %s", async (_, nodes) => {
    const { fits, read } = await observed(nodes);
    const { given, pull, reader } = read as ReadBy;
    const { moments } = await pull(fits, reader);
    const trained = async (changed: readonly Fit[]): Promise<number> => {
      const { train } = await given(changed);
      return errorOf(train, reader) * train.count;
    };
    const nudge = 1e-3;
    for (const [g, fit] of fits.entries()) {
      const { xy, meanX, meanY, count, targets } = moments[g]!;
      for (const k of [0, fit.weights.length - 1]) {
        const [o, i] = [Math.floor((k * targets) / fit.weights.length), k % (fit.weights.length / targets)];
        const at = (by: number) =>
          trained(
            fits.map((same, h) =>
              h === g ? { ...same, weights: same.weights.map((w, j) => (j === k ? w + by : w)) } : same,
            ),
          );
        const slope = ((await at(nudge)) - (await at(-nudge))) / (2 * nudge);
        const told = -2 * (xy[i * targets + o]! + count * meanX[i]! * meanY[o]!);
        expect(Math.abs(told - slope)).toBeLessThan(0.02 * Math.abs(slope) + 1e-3 * count);
      }
    }
  });

  it.each([...nets, ...wide])("to less error of what that one gives: %s", async (_, nodes) => {
    const { make, layer } = await twinsOf(nodes);
    const { layers } = await recover(await make());
    const found = layers.find((each) => each.layer === layer);
    expect(found?.result).toBe("refitted");
    expect(found?.read?.after).toBeLessThan(0.99 * (found?.read?.before as number));
    const alone = await recover(await make(), { rounds: 0 });
    expect(alone.layers.some(({ read }) => read)).toBe(false);
    const [last, without] = [layers.at(-1), alone.layers.at(-1)];
    expect(last?.after).toBeLessThan(without?.after as number);
  });

  it.each([
    ["not if there are too few", 8, false],
    ["if there are enough", 2048, true],
  ])("through a window, %s rows to refit its reader to", async (_, rows, isLed) => {
    const { make, layer } = await twinsOf(readWith("wider", { pads: [2, 2, 2, 2] }), rows);
    const twins = await make();
    await twins.observe(layer);
    expect(twins.readBy?.(layer) !== undefined).toBe(isLed);
  });

  it.each([7, 10])("at opset %i", async (opset) => {
    const { layers } = await recoveredAt(opset, windows(act("Sigmoid")));
    const [read, after] = [layers[0]?.read, layers[1]?.after];
    expect(read?.after).toBeLessThan(0.99 * (read?.before as number));
    expect(after).toBeLessThan(layers[1]?.before as number);
  });

  it("but where slopes are not numbers, as near the end of what a Sqrt takes, is fitted alone", async () => {
    const near = Float32Array.from({ length: 24 }, (_, k) =>
      k % 4 === Math.floor(k / 4) % 4 ? 1 : k % 4 === Math.floor(k / 4 + 1) % 4 ? 0.05 : 0,
    );
    const nodes: Nodes = [
      act("Abs", "input", "a"),
      { op: "Conv", inputs: ["a", "near"], outputs: ["z"] },
      act("Sqrt"),
      { op: "Conv", inputs: ["h", "v"], outputs: ["output"] },
    ];
    const { layers } = await recoveredAt(13, nodes, { near: { shape: [6, 4, 1, 1], data: near } });
    expect(layers.map(({ read }) => read)).toEqual([undefined, undefined]);
    expect(layers[1]?.after).toBeLessThan(0.5 * (layers[1]?.before as number));
  });

  it.each<[string, Nodes]>([
    ["a constant by place", windows({ op: "Mul", inputs: ["z", "by place"], outputs: ["h"] })],
    [
      "sums over places",
      windows(act("AveragePool")).map((node) =>
        node.op === "AveragePool" ? { ...node, attributes: { kernel_shape: [3, 3], pads } } : node,
      ),
    ],
    [
      "another reader",
      [
        ...products(act("Relu")).slice(0, 2),
        { op: "MatMul", inputs: ["h", "v"], outputs: ["first"] },
        { op: "MatMul", inputs: ["z", "v"], outputs: ["second"] },
        { op: "Add", inputs: ["first", "second"], outputs: ["output"] },
      ],
    ],
  ])("but not through %s", async (_, nodes) => {
    const { make } = await twinsOf(nodes);
    const twins = await make();
    const [first] = twins.layers as [string];
    const { splits } = await twins.observe(first);
    expect(powerOf(splits[0]!.train)).toBeGreaterThan(0);
    expect(twins.readBy?.(first)).toBeUndefined();
  });
});
