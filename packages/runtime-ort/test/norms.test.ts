import { type Model, modelToBytes, onnx, readModel } from "@prune/onnx";
import { zeroParameters } from "@prune/onnx/advanced";
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
  Array.from({ length: n }, (_, i) => Math.sin(seed + 1.7 * i) + 0.3);

type Initializers = NonNullable<GraphParts["initializer"]>;
interface Case {
  readonly nodes: readonly NodeParts[];
  readonly stored?: Initializers;
  readonly opset?: number;
  /** Of the hidden tensor, cut in dim `at`. */
  readonly shape?: readonly number[];
  readonly at?: number;
}

const channels = 12;
const scale = [floats("s", [channels], numbers(channels, 3)), floats("b", [channels], numbers(channels, 4))];
const epsilon = (f: number): NodeParts => ({ attribute: [{ name: "epsilon", type: 1, f }] });
const int = (name: string, i: number) => ({ name, type: 2, i });
const two = floats("two", [], [2]);
const small = floats("small", [], [0.01]);
const mean = (x: string, y: string, axes = [-1]): NodeParts =>
  node("ReduceMean", [x], [y], { attribute: [{ name: "axes", type: 7, ints: axes }] });
const microsoft = (op: string, inputs: string[], outputs: string[], other: NodeParts = {}): NodeParts => ({
  ...node(op, inputs, outputs, other),
  domain: "com.microsoft",
});

/** h [2, 4, 12] from a matrix product, z of it, y [2, 4, 3] by another. */
const around = ({ nodes, stored = [], opset = 17 }: Case): Uint8Array =>
  modelBytes(
    {
      name: "around",
      input: [info("x", [2, 4, 5])],
      output: [info("y", [2, 4, 3])],
      initializer: [
        floats("v", [5, channels], numbers(5 * channels, 1)),
        floats("w", [channels, 3], numbers(3 * channels, 2)),
        ...stored,
      ],
      node: [node("MatMul", ["x", "v"], ["h"]), ...nodes, node("MatMul", ["z", "w"], ["y"])],
    },
    {
      opsetImport: [
        { domain: "", version: opset },
        { domain: "com.microsoft", version: 1 },
      ],
    },
  );

/** The same of images [2, 12, 4, 4]. */
const images = ({ nodes, stored = [], opset = 17 }: Case): Uint8Array =>
  modelBytes(
    {
      name: "images",
      input: [info("x", [2, 3, 4, 4])],
      output: [info("y", [2, 2, 4, 4])],
      initializer: [
        floats("v", [channels, 3, 1, 1], numbers(3 * channels, 1)),
        floats("w", [2, channels, 1, 1], numbers(2 * channels, 2)),
        ...stored,
      ],
      node: [node("Conv", ["x", "v"], ["h"]), ...nodes, node("Conv", ["z", "w"], ["y"])],
    },
    { opsetImport: [{ domain: "", version: opset }] },
  );

/** Half of each group's units of the first family leave; the law by the gated mask and by zeros alone. */
async function laws(original: Uint8Array, norms: "live" | "masked") {
  const backend = onnx({ norms });
  const model = readModel(original);
  const trace = backend.trace(model);
  const units = trace.families.flatMap(({ units }) => [...units].filter((_, i) => i % 3 !== 1));
  const cut = trace.cut({ units, atoms: [] });
  expect(cut.findings).toEqual([]);
  const smaller = modelToBytes(model, backend.edit(model, trace, cut));
  const removals = backend.removals(model, trace, cut);
  const against = (edit: Parameters<typeof modelToBytes>[1]) =>
    checkLaw({ original, masked: modelToBytes(model, edit), cut: smaller });
  return {
    smaller: readModel(smaller),
    gated: await against(backend.mask(model, trace, cut)),
    zeroed: await against(backend.zeroed(model, trace, cut, removals)),
    byHand: await against(zeroParameters(model, removals)),
  };
}

async function expectWhole(original: Uint8Array): Promise<Model> {
  const { smaller, gated, zeroed, byHand } = await laws(original, "masked");
  for (const { error, sameForm, moved } of [gated, zeroed, byHand]) {
    expect(error).toBeLessThan(1e-6);
    expect(sameForm).toBe(true);
    expect(moved).toBeGreaterThan(0.01);
  }
  // The other statistics are others.
  const live = await laws(original, "live");
  expect(live.gated.error).toBeLessThan(1e-5);
  expect(live.byHand.error).toBeGreaterThan(1e-3);
  return smaller;
}

const ops = (model: Model): string[] => model.graph.nodes.map(({ op }) => op);

describe("norms that count what left as zero", () => {
  it("LayerNormalization", () =>
    expectWhole(around({ nodes: [node("LayerNormalization", ["h", "s", "b"], ["z"])], stored: scale })));

  it("LayerNormalization with a large mean beside the deviation", () =>
    expectWhole(
      around({
        nodes: [node("Add", ["h", "far"], ["k"]), node("LayerNormalization", ["k", "s", "b"], ["z"])],
        stored: [
          ...scale,
          floats(
            "far",
            [channels],
            numbers(channels, 9).map((n) => 50 + n),
          ),
        ],
      }),
    ));

  it("RMSNormalization, by two numbers", async () => {
    const smaller = await expectWhole(
      around({
        nodes: [node("SimplifiedLayerNormalization", ["h", "s"], ["z"], epsilon(0.1))],
        stored: scale.slice(0, 1),
      }),
    );
    expect(ops(smaller)).toEqual(["MatMul", "SimplifiedLayerNormalization", "MatMul"]);
    expect([...smaller.graph.initializers.keys()]).toContain("s");
  });

  it("RMSNormalization whose scale two nodes share", () =>
    expectWhole(
      around({
        nodes: [
          node("SimplifiedLayerNormalization", ["h", "s"], ["k"], epsilon(0.1)),
          node("Mul", ["k", "s"], ["z"]),
        ],
        stored: scale.slice(0, 1),
      }),
    ));

  it("LayerNormalization spelled out", () =>
    expectWhole(
      around({
        nodes: [
          mean("h", "m"),
          node("Sub", ["h", "m"], ["d"]),
          node("Pow", ["d", "two"], ["q"]),
          mean("q", "v2"),
          node("Add", ["v2", "small"], ["e"]),
          node("Sqrt", ["e"], ["r"]),
          node("Div", ["d", "r"], ["n"]),
          node("Mul", ["n", "s"], ["g"]),
          node("Add", ["g", "b"], ["z"]),
        ],
        stored: [...scale, two, small],
      }),
    ));

  it("RMSNormalization spelled out", () =>
    expectWhole(
      around({
        nodes: [
          node("Mul", ["h", "h"], ["q"]),
          mean("q", "v2"),
          node("Add", ["v2", "small"], ["e"]),
          node("Sqrt", ["e"], ["r"]),
          node("Div", ["h", "r"], ["n"]),
          node("Mul", ["n", "s"], ["z"]),
        ],
        stored: [...scale.slice(0, 1), small],
      }),
    ));

  it("SkipLayerNormalization, with the sum that it gives", () =>
    expectWhole(
      around({
        nodes: [
          node("MatMul", ["x", "v3"], ["k"]),
          microsoft("SkipLayerNormalization", ["h", "k", "s", "b", "c"], ["n", "", "", "sum"], epsilon(1e-3)),
          node("Add", ["n", "sum"], ["z"]),
        ],
        stored: [
          ...scale,
          floats("c", [channels], numbers(channels, 8)),
          floats("v3", [5, channels], numbers(5 * channels, 6)),
        ],
      }),
    ));

  it("SkipSimplifiedLayerNormalization", async () => {
    const smaller = await expectWhole(
      around({
        nodes: [
          node("MatMul", ["x", "v3"], ["k"]),
          microsoft("SkipSimplifiedLayerNormalization", ["h", "k", "s"], ["z"], epsilon(0.1)),
        ],
        stored: [...scale.slice(0, 1), floats("v3", [5, channels], numbers(5 * channels, 6))],
      }),
    );
    expect(ops(smaller)).not.toContain("ReduceMean");
  });

  it("MeanVarianceNormalization", () =>
    expectWhole(
      around({
        nodes: [
          node("MeanVarianceNormalization", ["h"], ["n"], {
            attribute: [{ name: "axes", type: 7, ints: [-1] }],
          }),
          node("Mul", ["n", "s"], ["z"]),
        ],
        stored: scale.slice(0, 1),
      }),
    ));

  it("GroupNormalization of opset 21", () =>
    expectWhole(
      images({
        nodes: [node("GroupNormalization", ["h", "s", "b"], ["z"], { attribute: [int("num_groups", 4)] })],
        stored: scale,
        opset: 21,
      }),
    ));

  it("GroupNormalization as PyTorch exports it", () =>
    expectWhole(
      images({
        nodes: [
          node("Reshape", ["h", "grouped"], ["g"]),
          node("InstanceNormalization", ["g", "ones", "zeros"], ["n"], epsilon(1e-3)),
          node("Shape", ["h"], ["shape"]),
          node("Reshape", ["n", "shape"], ["k"]),
          node("Mul", ["k", "s4"], ["l"]),
          node("Add", ["l", "b4"], ["z"]),
        ],
        stored: [
          floats("ones", [4], [1, 1, 1, 1]),
          floats("zeros", [4], [0, 0, 0, 0]),
          floats("s4", [channels, 1, 1], numbers(channels, 3)),
          floats("b4", [channels, 1, 1], numbers(channels, 4)),
          { name: "grouped", dims: [3], dataType: 7, int64Data: [0, 4, -1] },
        ],
      }),
    ));
});
