import { macsOf } from "@prune/graph";
import { type GraphModel, graphModel, layersModel, tfjs } from "@prune/tfjs";
import { input, type LayersModel, layers, model } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { bodyNode, buildGraph, type FunctionDef } from "./build-graph.js";
import { useBackend } from "./use-backend.js";

beforeAll(() => useBackend("cpu"));

/** Convolutions of two strides, pooled to scores; -1 for what is open. */
const graph = (batch: number, h: number, w: number): GraphModel =>
  buildGraph((b) => {
    const conv = (x: string, name: string, shape: number[]): string =>
      b.node("Conv2D", [x, b.weight(name, shape)], {
        strides: [1, 2, 2, 1],
        dilations: [1, 1, 1, 1],
        padding: "SAME",
      });
    const a = b.node("Relu", [conv(b.input("x", [batch, h, w, 3]), "w1", [3, 3, 3, 8])]);
    const c = b.node("Relu", [conv(a, "w2", [3, 3, 8, 8])]);
    const wide = b.node("ResizeBilinear", [c, b.integers("size", [40, 56])]);
    const d = b.node("Relu", [conv(wide, "w3", [3, 3, 8, 6])]);
    const pooled = b.node("Mean", [d, b.integers("axes", [1, 2])]);
    return [b.node("MatMul", [pooled, b.weight("w4", [6, 4])])];
  });

const cost = (of: GraphModel, sizes = {}) => {
  const backend = graphModel({ sizes });
  return backend.cost(of, backend.trace(of));
};

describe("costs of a GraphModel that leaves sizes open", () => {
  it("are those of the same model of fixed sizes, of one sample", () => {
    for (const [h, w] of [
      [64, 96],
      [33, 130],
    ] as const) {
      const fixed = cost(graph(1, h, w));
      expect(fixed).not.toHaveProperty("sizes");
      const open = cost(graph(-1, -1, -1), { "x.1": h, "x.2": w });
      expect(open.macs).toBe(fixed.macs);
      expect(cost(graph(-1, -1, -1), { "x.0": 5, "x.1": h, "x.2": w }).macs).toBe(fixed.macs);
      expect(open.sizes).toEqual([
        { name: "x.1", size: h, from: "given" },
        { name: "x.2", size: w, from: "given" },
      ]);
    }
  });

  it("are counted at usual sizes where nothing tells, which they state", () => {
    const open = cost(graph(-1, -1, -1));
    expect(open.macs).toBe(cost(graph(1, 224, 224)).macs);
    expect(open.sizes?.map(({ from }) => from)).toEqual(["assumed", "assumed"]);
  });

  it("refuse sizes that it doesn't leave open", () => {
    expect(() => cost(graph(-1, 64, -1), { "x.1": 64 })).toThrowError(
      expect.objectContaining({ code: "unknown-size" }),
    );
  });
});

describe("what a GraphModel's cost can't be told of is unknown", () => {
  it("where its rank nothing tells", () => {
    const of = buildGraph((b) => [
      b.node("BatchMatMulV2", [b.node("Relu", [b.input("x")]), b.weight("w", [8, 4])]),
    ]);
    expect(cost(of)).toMatchObject({ macs: null, parameters: 32, uncounted: { op: "BatchMatMulV2" } });
  });

  it("where a function multiplies, be it behind another", () => {
    const io = { inputs: [["x", "DT_FLOAT"]], outputs: [["y", "DT_FLOAT", "y:z:0"]] } as const;
    const functions: FunctionDef[] = [
      { name: "inner", ...io, nodes: [bodyNode("MatMul", "y", ["x", "x"])] },
      {
        name: "outer",
        ...io,
        nodes: [bodyNode("StatelessIf", "y", ["x"], { then_branch: { func: "inner" } })],
      },
      { name: "plain", ...io, nodes: [bodyNode("Relu", "y", ["x"])] },
    ];
    const calling = (name: string): GraphModel =>
      buildGraph(
        (b) => {
          const x = b.input("x", [4, 4]);
          const flag = b.input("flag", [], "DT_BOOL");
          const y = b.node("StatelessIf", [flag, x], {
            then_branch: { func: name },
            else_branch: { func: name },
          });
          return [b.node("Relu", [y])];
        },
        1,
        functions,
      );
    expect(cost(calling("outer"))).toMatchObject({ macs: null, uncounted: { nodes: 1, op: "StatelessIf" } });
    expect(cost(calling("plain")).macs).toBe(0);
  });
});

describe("costs of a LayersModel that leaves sizes open", () => {
  const net = (h: number | null, w: number | null): LayersModel => {
    const x = input({ shape: [h, w, 3] });
    const a = layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, activation: "relu" }).apply(x);
    const b = layers.conv2d({ filters: 6, kernelSize: 3 }).apply(a);
    const c = layers.globalAveragePooling2d({}).apply(b);
    return model({ inputs: x, outputs: layers.dense({ units: 4 }).apply(c) as never });
  };
  const layersCost = (of: LayersModel, sizes = {}) => {
    const backend = layersModel({ sizes });
    return backend.cost(of, backend.trace(of));
  };

  it("are those of the same model of fixed sizes", () => {
    const open = net(null, null);
    const [name = ""] = open.inputNames;
    const sizes = { [`${name}.1`]: 65, [`${name}.2`]: 48 };
    expect(layersCost(open, sizes).macs).toBe(macsOf(layersCost(net(65, 48))));
    expect(layersCost(open).macs).toBe(macsOf(layersCost(net(224, 224))));
    expect(layersCost(open).sizes?.map(({ size, from }) => [size, from])).toEqual([
      [224, "assumed"],
      [224, "assumed"],
    ]);
  });

  it("go through every kind of window", () => {
    const windows = [
      () => layers.conv2d({ filters: 4, kernelSize: 3, padding: "same", strides: 2 }),
      () => layers.conv2d({ filters: 4, kernelSize: [3, 5], dilationRate: 2 }),
      () => layers.depthwiseConv2d({ kernelSize: 3, strides: 2 }),
      () => layers.separableConv2d({ filters: 4, kernelSize: 3 }),
      () => layers.maxPooling2d({ poolSize: 3 }),
      () => layers.averagePooling2d({ poolSize: 2, strides: 3, padding: "same" }),
      () => layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2 }),
      () => layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: "same" }),
      () => layers.upSampling2d({ size: [2, 3] }),
      () => layers.zeroPadding2d({ padding: [1, 2] }),
      () => layers.cropping2D({ cropping: [1, 2] }),
    ];
    for (const window of windows) {
      const through = (h: number | null, w: number | null): LayersModel => {
        const x = input({ shape: [h, w, 3] });
        const a = window().apply(x);
        const b = layers.conv2d({ filters: 2, kernelSize: 1 }).apply(a);
        return model({ inputs: x, outputs: layers.globalMaxPooling2d({}).apply(b) as never });
      };
      const open = through(null, null);
      const [name = ""] = open.inputNames;
      const { macs } = layersCost(open, { [`${name}.1`]: 21, [`${name}.2`]: 34 });
      expect(macs).toBe(macsOf(layersCost(through(21, 34))));
    }
  });

  it("reach the backend of both kinds", () => {
    const backend = tfjs({ sizes: { "x.1": 64, "x.2": 96 } });
    const of = graph(-1, -1, -1);
    expect(backend.cost(of, backend.trace(of)).macs).toBe(cost(graph(1, 64, 96)).macs);
  });
});
