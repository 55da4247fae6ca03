import { emptyPlan } from "@prune/graph";
import { type Model, modelToBytes, onnx, readModel } from "@prune/onnx";
import { recoverModel } from "@prune/onnx-recovery";
import { rankBlocks } from "@prune/onnx-recovery/advanced";
import { checkLaw } from "@prune/runtime-ort";
import { describe, expect, it } from "vitest";
import {
  floats,
  type GraphParts,
  info,
  modelBytes,
  type NodeParts,
  node,
} from "../../onnx/test/files/build-model.js";

const numbers = (n: number, seed: number): number[] =>
  Array.from({ length: n }, (_, i) => Math.sin(seed + 1.7 * i) / 2);

const width = 6;
const square = (name: string, seed: number, rows = width, columns = width) =>
  floats(name, [rows, columns], numbers(rows * columns, seed));

/** A branch of two layers. */
const branch = (from: string, name: string): NodeParts[] => [
  node("MatMul", [from, `${name}.a`], [`${name}.h`]),
  node("Relu", [`${name}.h`], [`${name}.r`]),
  node("MatMul", [`${name}.r`, `${name}.b`], [`${name}.y`]),
];
const weights = (name: string, seed: number) => [square(`${name}.a`, seed), square(`${name}.b`, seed + 1)];

const graphOf = (graph: Omit<GraphParts, "name">, opset = 17): Uint8Array =>
  modelBytes(
    {
      name: "blocks",
      input: [info("x", ["n", width])],
      output: [info("out", ["n", 3])],
      ...graph,
      initializer: [...(graph.initializer ?? []), floats("last", [width, 3], numbers(18, 99))],
    },
    {
      opsetImport: [
        { domain: "", version: opset },
        { domain: "com.microsoft", version: 1 },
      ],
    },
  );

/** Removes blocks, and compares what is left with the original whose branches give zeros. */
async function without(original: Uint8Array, names: readonly string[]): Promise<Model> {
  const backend = onnx();
  const model = readModel(original);
  const trace = backend.trace(model);
  const blocks = backend.blocks(model, trace).filter(({ name }) => names.includes(name));
  expect(blocks.map(({ name }) => name)).toEqual(names);
  const left = modelToBytes(model, backend.withoutBlocks(model, trace, blocks));
  const masked = modelToBytes(model, backend.maskBlocks(model, trace, blocks));
  const { error, sameForm, moved } = await checkLaw({ original, masked, cut: left });
  expect(error).toBeLessThan(1e-6);
  expect(sameForm).toBe(true);
  expect(moved).toBeGreaterThan(0.01);
  const small = readModel(left);
  expect([small.graph.inputs, small.graph.outputs]).toEqual([model.graph.inputs, model.graph.outputs]);
  return small;
}

const namesIn = (original: Uint8Array): string[] => {
  const model = readModel(original);
  const backend = onnx();
  return backend.blocks(model, backend.trace(model)).map(({ name }) => name);
};

describe("residual branches", () => {
  const two = graphOf({
    initializer: [...weights("f", 1), ...weights("g", 3), floats("pos", [width], numbers(width, 8))],
    node: [
      node("Add", ["x", "pos"], ["p"]),
      ...branch("p", "f"),
      node("Add", ["p", "f.y"], ["s1"]),
      ...branch("s1", "g"),
      node("Add", ["g.y", "s1"], ["s2"]),
      node("MatMul", ["s2", "last"], ["out"]),
    ],
  });

  it("leave one by one, or all, with all that served them alone", async () => {
    expect(namesIn(two)).toEqual(["s1", "s2"]);
    const small = await without(two, ["s1"]);
    expect([...small.graph.initializers.keys()]).toEqual(["g.a", "g.b", "pos", "last"]);
    expect((await without(two, ["s1", "s2"])).graph.nodes.map(({ op }) => op)).toEqual([
      "Add",
      "Identity",
      "Identity",
      "MatMul",
    ]);
  });

  it("are found behind a shortcut of one layer, whose own side stays", async () => {
    const projected = graphOf({
      initializer: [...weights("f", 1), square("short", 5)],
      node: [
        node("Relu", ["x"], ["start"]),
        ...branch("start", "f"),
        node("MatMul", ["start", "short"], ["w"]),
        node("Add", ["w", "f.y"], ["s1"]),
        node("MatMul", ["s1", "last"], ["out"]),
      ],
    });
    expect((await without(projected, ["s1"])).graph.initializers.has("short")).toBe(true);
  });

  it("keep what something else reads of them, as a cache that is an output", async () => {
    const cached = graphOf({
      initializer: weights("f", 1),
      output: [info("out", ["n", 3]), info("f.r", ["n", width])],
      node: [
        node("Relu", ["x"], ["start"]),
        ...branch("start", "f"),
        node("Add", ["start", "f.y"], ["s1"]),
        node("MatMul", ["s1", "last"], ["out"]),
      ],
    });
    const small = await without(cached, ["s1"]);
    expect([...small.graph.initializers.keys()]).toEqual(["f.a", "last"]);
  });

  it("leave fused sums as plain norms", async () => {
    for (const [op, bias] of [
      ["SkipLayerNormalization", ["be", "bias"]],
      ["SkipSimplifiedLayerNormalization", ["bias"]],
    ] as const) {
      const skip = (inputs: string[], outputs: string[]): NodeParts => ({
        ...node(op, [...inputs, "ga", ...bias], outputs, {
          attribute: [{ name: "epsilon", type: 1, f: 1e-3 }],
        }),
        domain: "com.microsoft",
      });
      const fused = graphOf({
        initializer: [
          ...weights("f", 1),
          ...weights("g", 3),
          floats("ga", [width], numbers(width, 5)),
          floats("be", [width], numbers(width, 6)),
          floats("bias", [width], numbers(width, 7)),
        ],
        input: [info("x", [2, 4, width])],
        output: [info("out", [2, 4, 3])],
        node: [
          node("Relu", ["x"], ["start"]),
          ...branch("start", "f"),
          skip(["f.y", "start"], ["n1", "", "", "s1"]),
          ...branch("n1", "g"),
          skip(["s1", "g.y"], ["n2"]),
          node("MatMul", ["n2", "last"], ["out"]),
        ],
      });
      expect(namesIn(fused)).toEqual(["n1", "n2"]);
      const small = await without(fused, ["n1"]);
      expect(small.graph.nodes.map(({ op }) => op)).toContain(op.replace("Skip", ""));
      await without(fused, ["n2"]);
    }
  });

  it("are no sums of biases, of other shapes, or of two long ways", () => {
    expect(
      namesIn(
        graphOf({
          initializer: [...weights("f", 1), ...weights("g", 3)],
          node: [
            ...branch("x", "f"),
            ...branch("x", "g"),
            node("Add", ["f.y", "g.y"], ["s1"]),
            node("ReduceMean", ["s1"], ["m"], { attribute: [{ name: "axes", type: 7, ints: [1] }] }),
            node("Add", ["s1", "m"], ["s2"]),
            node("MatMul", ["s2", "last"], ["out"]),
          ],
        }),
      ),
    ).toEqual([]);
  });
});

/** h = relu(x W), w = [I -I]: what a linear map of x adds can be given by the layer before it, exactly. */
const linear = graphOf({
  initializer: [
    floats(
      "f.a",
      [width, 2 * width],
      Array.from({ length: 2 * width * width }, (_, i) => {
        const [row, column] = [Math.floor(i / (2 * width)), i % (2 * width)];
        return column === row ? 1 : column === row + width ? -1 : 0;
      }),
    ),
    square("f.b", 2, 2 * width, width),
    square("v", 4),
    ...weights("g", 3),
  ],
  node: [
    ...branch("x", "f"),
    node("Add", ["x", "f.y"], ["s1"]),
    node("MatMul", ["s1", "v"], ["t"]),
    node("Add", ["s1", "t"], ["s2"]),
    ...branch("s2", "g"),
    node("Add", ["s2", "g.y"], ["s3"]),
    node("MatMul", ["s3", "last"], ["out"]),
  ],
});

const batches = (count: number) =>
  Array.from({ length: count }, (_, b) => ({
    x: {
      type: "float32" as const,
      dims: [32, width],
      data: Float32Array.from(numbers(32 * width, b * 31.7), (v, i) => v * Math.cos(i * i + b)),
    },
  }));

it("a layer before blocks that left is fitted to what came out of them", async () => {
  const backend = onnx();
  const model = readModel(linear);
  const trace = backend.trace(model);
  const gone = backend.blocks(model, trace).filter(({ name }) => name === "s2");
  const smaller = readModel(modelToBytes(model, backend.withoutBlocks(model, trace, gone)));
  const cut = backend.trace(smaller).cut(emptyPlan);
  const { report } = await recoverModel({ original: model, smaller, cut }, batches(12), { seed: 1 });
  expect(report.before.error).toBeGreaterThan(0.05);
  expect(report.after.error).toBeLessThan(1e-3 * report.before.error);
});

it("blocks leave in the order of what their loss costs", async () => {
  const backend = onnx();
  const model = readModel(linear);
  const trace = backend.trace(model);
  const blocks = backend.blocks(model, trace);
  const of = { model, trace, blocks };
  const ranks = await rankBlocks(backend, of, batches(6), blocks.length, { per: "block" });
  expect(ranks).toHaveLength(blocks.length);
  const alone = await Promise.all(
    blocks.map(
      async (block) => (await rankBlocks(backend, { ...of, blocks: [block] }, batches(6), 1))[0]?.error,
    ),
  );
  const [first] = ranks;
  expect(first?.error).toBeCloseTo(Math.min(...(alone as number[])), 6);
  const perMac = await rankBlocks(backend, of, batches(6), 1);
  const prices = blocks.map(({ macs }, i) => (alone[i] as number) / macs);
  expect(perMac[0]?.block.name).toBe(blocks[prices.indexOf(Math.min(...prices))]?.name);
});
