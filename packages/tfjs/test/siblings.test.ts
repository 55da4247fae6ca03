import { partsOf, prunableOf } from "@prune/pruner/advanced";
import { type GraphModel, graphModel } from "@prune/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { buildGraph, type GraphBuilder } from "./build-graph.js";
import { checkLaw } from "./law.js";
import { useBackend } from "./use-backend.js";

beforeAll(() => useBackend("cpu"));

const backend = graphModel();
const share = (model: GraphModel): number => prunableOf(model, backend, backend.trace(model)).share;

describe("stored numbers that no layer of a GraphModel makes or reads", () => {
  it("stay: boundaries of bins", async () => {
    const model = buildGraph((b) => {
      const h = b.node("MatMul", [b.input("x", [1, 4]), b.weight("w1", [4, 8])]);
      const wide = b.node("ExpandDims", [h, b.integers("axis", [2], [])]);
      const passed = b.node("Greater", [wide, b.weight("boundaries", [7])]);
      const ones = b.node("Cast", [passed], { SrcT: "DT_BOOL", DstT: "DT_FLOAT" });
      const count = b.node("Sum", [ones, b.integers("axes", [2])]);
      return [b.node("MatMul", [b.node("AddV2", [count, h]), b.weight("w2", [8, 3])])];
    });
    expect([...partsOf(backend.trace(model))].sort()).toEqual(["channels", "numbers"]);
    const { law, removed, cut } = await checkLaw(model);
    expect([law, removed, cut.weights.get("boundaries")?.shape]).toEqual([0, 4, [7]]);
    expect(share(model)).toBeCloseTo((32 + 24) / (32 + 24 + 7), 12);
  });

  it("stay: learned tokens under a mean", async () => {
    const model = buildGraph((b) => {
      const all = b.node(
        "ConcatV2",
        [b.weight("tokens", [1, 4, 8]), b.input("x", [1, 5, 8]), b.integers("axis", [1], [])],
        { N: 2 },
      );
      const mean = b.node("Mean", [all, b.integers("axes", [1])]);
      const h = b.node("Relu", [b.node("MatMul", [mean, b.weight("w1", [8, 6])])]);
      return [b.node("MatMul", [h, b.weight("w2", [6, 3])])];
    });
    const { law, cut } = await checkLaw(model);
    expect([law, cut.weights.get("tokens")?.shape]).toEqual([0, [1, 4, 8]]);
  });
});

describe("constants that are computed from a cut weight of a GraphModel", () => {
  /** Distances to a codebook: the norms of its rows are computed from it. */
  const quantiser = (quantization?: "float16"): GraphModel =>
    buildGraph((b) => {
      const h = b.node("MatMul", [b.input("x", [6, 4]), b.weight("w1", [4, 8])]);
      const book = b.weight("book", [8, 16], quantization);
      const norms = b.node("Sum", [b.node("Square", [book]), b.integers("axes", [0])]);
      const near = b.node("Mul", [b.node("MatMul", [h, book]), b.floats("two", Float32Array.of(2), [])]);
      return [b.node("Sub", [norms, near])];
    });

  it.each([undefined, "float16"] as const)("are computed again, stored as %s", async (quantization) => {
    const model = quantiser(quantization);
    const { law, removed, cut } = await checkLaw(model);
    expect(removed).toBe(4);
    expect(law).toBe(0);
    const trace = backend.trace(cut);
    const read = (name: string): Float32Array =>
      (trace.source as unknown as { values(name: string): Float32Array }).values(name);
    const [kept = ""] = [...cut.weights.keys()].filter((name) => name.includes("kept"));
    const book = read("book");
    const norm = (row: number): number =>
      [0, 1, 2, 3].reduce((sum, d) => sum + (book[d * 16 + row] as number) ** 2, 0);
    read(kept).forEach((value, i) => {
      expect(value).toBeCloseTo(norm(i), 5);
    });
  });
});

describe("constant fills of a GraphModel", () => {
  const zero = (b: GraphBuilder): string => b.floats("zero", Float32Array.of(0), []);
  const fills: Record<string, (b: GraphBuilder, x: string, side: number) => string> = {
    constant: (b, _, side) => b.node("Fill", [b.integers("size", [1, side, side, 8]), zero(b)]),
    stored: (b, _, side) => b.floats("state", new Float32Array(side * side * 8), [1, side, side, 8]),
    "of the shape of another": (b, x) => b.node("Fill", [b.node("Shape", [x]), zero(b)]),
    "like another": (b, x) => b.node("ZerosLike", [x]),
  };
  const model = (fill: string, side: number): GraphModel =>
    buildGraph((b) => {
      const conv = (from: string, name: string, shape: number[]): string =>
        b.node("Conv2D", [from, b.weight(name, shape)], {
          strides: [1, 1, 1, 1],
          dilations: [1, 1, 1, 1],
          padding: "SAME",
        });
      const a = b.node("Relu", [conv(b.input("x", [1, side, side, 3]), "w1", [3, 3, 3, 8])]);
      const state = fills[fill]?.(b, a, side) ?? a;
      const joined = b.node("ConcatV2", [a, state, b.integers("axis", [3], [])], { N: 2 });
      return [conv(b.node("Relu", [conv(joined, "w2", [3, 3, 16, 8])]), "w3", [1, 1, 8, 2])];
    });

  it.each(Object.keys(fills))("hold nothing, however large they are: %s", async (fill) => {
    // 128 and 12,800 elements.
    for (const side of [4, 40]) {
      const made = model(fill, side);
      expect(share(made)).toBe(1);
      expect((await checkLaw(made)).law).toBeLessThan(1e-6);
    }
  });
});

const conv = { strides: [1, 1, 1, 1], dilations: [1, 1, 1, 1], padding: "SAME", data_format: "NHWC" };

describe("slopes of a Prelu", () => {
  const net = (shape: readonly number[]): GraphModel =>
    buildGraph((b) => {
      const h = b.node("Conv2D", [b.input("x", [1, 4, 8, 3]), b.weight("w1", [3, 3, 3, 8])], conv);
      return [
        b.node(
          "Conv2D",
          [b.node("Prelu", [h, b.weight("slopes", shape)]), b.weight("w2", [1, 1, 8, 3])],
          conv,
        ),
      ];
    });

  it.each([[[8]], [[1, 1, 8]], [[4, 8, 8]]])("of [%s] leave with their channels", async (shape) => {
    const { law, removed, cut } = await checkLaw(net(shape));
    expect([law, removed]).toEqual([0, 4]);
    expect(cut.weights.get("slopes")?.shape).toEqual([...shape.slice(0, -1), 4]);
  });

  it("along another dim hold them: the wasm backend takes them for channels'", () => {
    const trace = backend.trace(net([1, 1, 8, 1]));
    expect(trace.families).toEqual([]);
    expect(
      trace
        .frozen()
        .map(({ reason }) => reason)
        .join(),
    ).toContain("slopes of the shape [1, 1, 8, 1]");
  });
});

describe("stored tensors in the place of activations", () => {
  it("lose channels by the law in a convolution that slides over them", async () => {
    for (const twice of [false, true]) {
      const model = buildGraph((b) => {
        const image = b.weight("image", [1, 4, 4, 6]);
        const h = b.node("Conv2D", [image, b.weight("w1", [3, 3, 6, 8])], conv);
        const other = twice ? [b.node("Conv2D", [image, b.weight("w3", [3, 3, 6, 8])], conv)] : [];
        const sum = [b.input("x", [1, 4, 4, 8]), ...other].reduce((y, z) => b.node("AddV2", [y, z]), h);
        return [b.node("Conv2D", [b.node("Relu", [sum]), b.weight("w2", [1, 1, 8, 3])], conv)];
      });
      const { law, removed } = await checkLaw(model);
      expect([law, removed > 0]).toEqual([0, true]);
    }
  });

  it("stay where they make an output", async () => {
    const model = buildGraph((b) => {
      const w = b.weight("w", [8, 5]);
      const h = b.node("MatMul", [b.input("x", [2, 4]), b.weight("w1", [4, 8])]);
      return [b.node("BiasAdd", [w, b.weight("bias", [5])]), b.node("MatMul", [h, w])];
    });
    const { law } = await checkLaw(model);
    expect(law).toBe(0);
  });

  it("are computed again where a nonlinearity stands between them and a layer", async () => {
    const model = buildGraph((b) => {
      const w = b.weight("w", [1, 1, 4, 8]);
      const rect = b.node("Relu", [w]);
      const mean = b.node("Mean", [rect, b.integers("axes", [1, 2])], { keep_dims: true });
      const down = b.node("Relu", [b.node("Conv2D", [mean, b.weight("w1", [1, 1, 8, 4])], conv)]);
      const gate = b.node("Sigmoid", [b.node("Conv2D", [down, w], conv)]);
      const y = b.node("Mul", [rect, gate]);
      const x = b.node("AddV2", [b.input("x", [1, 1, 4, 8]), y]);
      return [b.node("Conv2D", [x, b.weight("w2", [1, 1, 8, 2])], conv)];
    });
    const { law } = await checkLaw(model);
    expect(law).toBe(0);
  });
});
