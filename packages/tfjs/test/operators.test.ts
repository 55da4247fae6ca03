import type { Cut } from "@prune/graph";
import { removedElements } from "@prune/graph/advanced";
import { fromArtifacts, type GraphModel, graphModel, toArtifacts } from "@prune/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { buildGraph, type GraphBuilder } from "./build-graph.js";
import { checkLaw } from "./law.js";
import { distance, runGraph } from "./runtime.js";
import { useBackend } from "./use-backend.js";

beforeAll(() => useBackend("cpu"));

const plain = {
  strides: [1, 1, 1, 1],
  dilations: [1, 1, 1, 1],
  explicit_paddings: [],
  padding: "SAME",
  data_format: "NHWC",
};

/** x by a 3 x 3 convolution. */
const conv = (b: GraphBuilder, x: string, name: string, i: number, o: number): string =>
  b.node("Conv2D", [x, b.weight(name, [3, 3, i, o])], plain);

const axis = (b: GraphBuilder, name: string, value: number): string => b.integers(name, [value], []);

/** The channels of two groups of four, dealt out in turn. */
const shuffled = (b: GraphBuilder, x: string): string => {
  const open = b.node("Reshape", [x, b.integers("open", [-1, 8, 8, 2, 4])]);
  const turned = b.node("Transpose", [open, b.integers("perm", [0, 1, 2, 4, 3])]);
  return b.node("Reshape", [turned, b.integers("shut", [-1, 8, 8, 8])]);
};

/** Between two convolutions of 8 channels: what is put there must let half of them go. */
const between: Record<string, (b: GraphBuilder, x: string) => string> = {
  BiasAdd: (b, x) => b.node("BiasAdd", [x, b.weight("bias", [8])]),
  FusedBatchNormV3: (b, x) =>
    b.node("FusedBatchNormV3", [
      x,
      b.weight("scale", [8]),
      b.weight("offset", [8]),
      b.weight("mean", [8]),
      b.node("Square", [b.weight("var", [8])]),
    ]),
  Prelu: (b, x) => b.node("Prelu", [x, b.weight("alpha", [1, 1, 8])]),
  "_FusedConv2D with bias and Prelu": (b, x) =>
    b.node("_FusedConv2D", [x, b.weight("f", [1, 1, 8, 8]), b.weight("fb", [8]), b.weight("fa", [1, 1, 8])], {
      ...plain,
      fused_ops: ["BiasAdd", "Prelu"],
      num_args: 2,
    }),
  FusedDepthwiseConv2dNative: (b, x) =>
    b.node("FusedDepthwiseConv2dNative", [x, b.weight("d", [3, 3, 8, 1]), b.weight("db", [8])], {
      ...plain,
      fused_ops: ["BiasAdd", "Relu"],
      num_args: 1,
    }),
  "DepthwiseConv2dNative with a multiplier": (b, x) =>
    conv(b, b.node("DepthwiseConv2dNative", [x, b.weight("d", [3, 3, 8, 3])], plain), "after", 24, 8),
  Conv2DBackpropInput: (b, x) =>
    b.node("Conv2DBackpropInput", [b.integers("sizes", [1, 16, 16, 8]), b.weight("t", [2, 2, 8, 8]), x], {
      ...plain,
      strides: [1, 2, 2, 1],
    }),
  "ConcatV2 and SplitV": (b, x) => {
    const both = b.node("ConcatV2", [x, conv(b, x, "side", 8, 4), axis(b, "cat", -1)]);
    const parts = b.node("SplitV", [both, b.integers("sizes", [4, -1]), axis(b, "dim", 3)], { num_split: 2 });
    return b.node("ConcatV2", [`${parts}:1`, axis(b, "again", 3)]);
  },
  "Split into parts that come to differ": (b, x) => {
    const y = b.node("Split", [axis(b, "dim", 3), conv(b, x, "side", 8, 16)], { num_split: 2 });
    return b.node("AddV2", [conv(b, y, "left", 8, 8), conv(b, `${y}:1`, "right", 8, 8)]);
  },
  "StridedSlice by masks": (b, x) =>
    conv(
      b,
      b.node("StridedSlice", [x, b.integers("b", [0, 2]), b.integers("e", [0, 8]), b.integers("s", [1, 1])], {
        ellipsis_mask: 1,
        end_mask: 2,
      }),
      "sliced",
      6,
      8,
    ),
  "StridedSlice that leaves scattered channels": (b, x) =>
    conv(
      b,
      b.node("StridedSlice", [x, b.integers("b", [0, 0]), b.integers("e", [0, 8]), b.integers("s", [1, 2])], {
        ellipsis_mask: 1,
      }),
      "sliced",
      4,
      8,
    ),
  Slice: (b, x) =>
    conv(
      b,
      b.node("Slice", [x, b.integers("b", [0, 0, 0, 3]), b.integers("s", [-1, -1, -1, 5])]),
      "sliced",
      5,
      8,
    ),
  "Pad in a residual": (b, x) =>
    conv(
      b,
      b.node("AddV2", [
        b.node("Pad", [x, b.integers("p", [0, 0, 0, 0, 0, 0, 0, 4], [4, 2])]),
        conv(b, x, "wide", 8, 12),
      ]),
      "after",
      12,
      8,
    ),
  MirrorPad: (b, x) =>
    b.node("MirrorPad", [x, b.integers("p", [0, 0, 1, 1, 1, 1, 0, 0], [4, 2])], { mode: "REFLECT" }),
  ResizeBilinear: (b, x) =>
    b.node("ResizeBilinear", [x, b.integers("s", [16, 16])], { half_pixel_centers: true }),
  ResizeNearestNeighbor: (b, x) => b.node("ResizeNearestNeighbor", [x, b.integers("s", [16, 16])]),
  DepthToSpace: (b, x) =>
    conv(
      b,
      b.node("DepthToSpace", [conv(b, x, "deep", 8, 16)], { block_size: 2, data_format: "NHWC" }),
      "after",
      4,
      8,
    ),
  "channel shuffle": (b, x) => shuffled(b, x),
  "channel shuffle, then StridedSlice": (b, x) => {
    const bounds = [b.integers("from", [0, 0, 0, 1]), b.integers("to", [0, 0, 0, 8])];
    const y = b.node("StridedSlice", [shuffled(b, x), ...bounds, b.integers("by", [1, 1, 1, 2])], {
      begin_mask: 7,
      end_mask: 7,
    });
    return conv(b, y, "after", 4, 8);
  },
  "channel shuffle, then Slice": (b, x) => {
    const [from, sizes] = [b.integers("from", [0, 0, 0, 3]), b.integers("sizes", [-1, 8, 8, 5])];
    return conv(b, b.node("Slice", [shuffled(b, x), from, sizes]), "after", 5, 8);
  },
  "channel shuffle, then Split": (b, x) => {
    const parts = b.node("Split", [axis(b, "dim", 3), shuffled(b, x)], { num_split: 2 });
    return conv(b, b.node("Sub", [parts, b.node("Relu", [`${parts}:1`])]), "after", 4, 8);
  },
  "channel shuffle, then DepthwiseConv2dNative": (b, x) =>
    b.node("DepthwiseConv2dNative", [shuffled(b, x), b.weight("d", [3, 3, 8, 1])], plain),
  "Pack and Unpack": (b, x) => {
    const two = b.node("Pack", [x, b.node("Relu", [x])], { axis: 3 });
    const parts = b.node("Unpack", [two], { axis: 3, num: 2 });
    return b.node("Sub", [parts, `${parts}:1`]);
  },
  "GatherV2 of channels": (b, x) =>
    conv(b, b.node("GatherV2", [x, b.integers("at", [7, 0, 1, 5, 5]), axis(b, "dim", 3)]), "after", 5, 8),
  "GatherV2 of rows, others in each row of the batch": (b, x) =>
    b.node("GatherV2", [x, b.integers("at", [7, 0, 3], [1, 3]), axis(b, "dim", 1)], { batch_dims: 1 }),
  GatherNd: (b, x) => b.node("GatherNd", [x, b.integers("at", [0, 1, 0, 5], [1, 2, 2])]),
  ScatterNd: (b, x) =>
    b.node("ScatterNd", [b.integers("at", [2], [1, 1]), x, b.integers("sizes", [3, 8, 8, 8])]),
  TensorScatterUpdate: (b, x) =>
    b.node("TensorScatterUpdate", [conv(b, x, "under", 8, 8), b.integers("at", [0], [1, 1]), x]),
  MatrixBandPart: (b, x) => {
    const first = b.node("Transpose", [x, b.integers("to", [0, 3, 1, 2])]);
    const band = b.node("MatrixBandPart", [first, axis(b, "low", 2), axis(b, "high", 1)]);
    return b.node("Transpose", [band, b.integers("back", [0, 2, 3, 1])]);
  },
  ImageProjectiveTransformV3: (b, x) =>
    b.node(
      "ImageProjectiveTransformV3",
      [
        x,
        b.floats("how", Float32Array.from([1, 0.2, 0, 0.1, 1, 0, 0, 0]), [1, 8]),
        b.integers("sizes", [6, 6]),
        b.floats("fill", new Float32Array(1), []),
      ],
      { interpolation: "BILINEAR", fill_mode: "CONSTANT" },
    ),
  "Switch and Merge": (b, x) => {
    const mean = b.node("Mean", [x, b.integers("all", [0, 1, 2, 3])]);
    const ways = b.node("Switch", [x, b.node("Greater", [mean, b.floats("zero", new Float32Array(1), [])])]);
    const merged = b.node("Merge", [
      conv(b, ways, "no", 8, 8),
      b.node("Relu", [conv(b, `${ways}:1`, "yes", 8, 8)]),
    ]);
    return b.node("Identity", [merged]);
  },
  "Mean as squeeze and excite": (b, x) => {
    const mean = b.node("Mean", [x, b.integers("dims", [1, 2])], { keep_dims: true });
    const small = b.node("Relu", [b.node("Conv2D", [mean, b.weight("s1", [1, 1, 8, 4])], plain)]);
    return b.node("Mul", [
      x,
      b.node("Sigmoid", [b.node("Conv2D", [small, b.weight("s2", [1, 1, 4, 8])], plain)]),
    ]);
  },
  "Mean over channels": (b, x) =>
    b.node("Mul", [x, b.node("Mean", [x, b.integers("dims", [-1])], { keep_dims: true })]),
  "Sum and Max over channels": (b, x) => {
    const sum = b.node("Sum", [x, b.integers("dims", [3])], { keep_dims: true });
    return b.node("Mul", [
      x,
      b.node("AddV2", [sum, b.node("Max", [x, b.integers("dim", [3])], { keep_dims: true })]),
    ]);
  },
  "BroadcastTo and Fill of constants": (b, x) => {
    const wide = b.node("BroadcastTo", [b.weight("beside", [1, 1, 8]), b.integers("full", [1, 8, 8, 8])]);
    const filled = b.node("Fill", [
      b.integers("sizes", [8, 8, 8]),
      b.floats("one", Float32Array.of(0.5), []),
    ]);
    return b.node("Mul", [b.node("AddV2", [x, wide]), filled]);
  },
  "BroadcastTo of the sizes that two shapes broadcast to": (b, x) => {
    const sizes = b.node("BroadcastArgs", [b.node("Shape", [x]), b.integers("row", [1, 8])]);
    return b.node("AddV2", [x, b.node("BroadcastTo", [b.weight("beside", [1, 1, 8]), sizes])]);
  },
  AddN: (b, x) => b.node("AddN", [x, conv(b, x, "other", 8, 8), x]),
  "MaxPool and AvgPool": (b, x) => {
    const window = { ksize: [1, 2, 2, 1], strides: [1, 2, 2, 1], padding: "VALID" };
    return b.node("AvgPool", [b.node("MaxPool", [x], window)], window);
  },
  "SpaceToBatchND and BatchToSpaceND": (b, x) => {
    const block = b.integers("block", [2, 2]);
    const edges = b.integers("edges", [0, 0, 0, 0], [2, 2]);
    const y = b.node("SpaceToBatchND", [x, block, edges]);
    return b.node("BatchToSpaceND", [conv(b, y, "inner", 8, 8), block, edges]);
  },
  "NCHW by Transpose": (b, x) => {
    const first = b.node("Transpose", [x, b.integers("to", [0, 3, 1, 2])]);
    const scaled = b.node("Mul", [first, b.weight("scale", [8, 1, 1])]);
    return b.node("Transpose", [scaled, b.integers("back", [0, 2, 3, 1])]);
  },
  ReverseV2: (b, x) => b.node("ReverseV2", [x, b.integers("dims", [3])]),
};

describe("operators between two convolutions", () => {
  for (const [name, make] of Object.entries(between))
    it(`${name}: half of the channels leave, cut = mask`, async () => {
      const model = buildGraph((b) => {
        const x = conv(b, b.input("x", [1, 8, 8, 3]), "first", 3, 8);
        return [conv(b, make(b, x), "last", 8, 2)];
      });
      const { law, moved, removed, trace } = await checkLaw(model);
      expect(trace.unnamed).toEqual([]);
      expect(removed).toBeGreaterThan(2);
      expect(moved).toBeGreaterThan(1e-3);
      expect(law).toBeLessThan(1e-5);
    });
});

const wholes: Record<string, (b: GraphBuilder) => readonly string[]> = {
  "a flatten of NHWC into _FusedMatMul": (b) => {
    const x = conv(b, b.input("x", [-1, 8, 8, 3]), "first", 3, 8);
    const shape = b.node(
      "StridedSlice",
      [b.node("Shape", [x]), b.integers("f", [0]), b.integers("t", [1]), b.integers("by", [1])],
      {
        shrink_axis_mask: 1,
      },
    );
    const to = b.node("Pack", [shape, b.integers("rest", [512], [])], { axis: 0 });
    const flat = b.node("Reshape", [x, to]);
    const dense = b.node("_FusedMatMul", [flat, b.weight("w", [512, 10]), b.weight("wb", [10])], {
      fused_ops: ["BiasAdd", "Relu"],
      num_args: 1,
    });
    return [b.node("Softmax", [b.node("MatMul", [dense, b.weight("o", [5, 10])], { transpose_b: true })])];
  },
  "heads of attention by BatchMatMulV2": (b) => {
    const x = b.input("x", [2, 6, 12]);
    const part = (name: string): string => {
      const y = b.node("BatchMatMulV2", [x, b.weight(name, [12, 16])]);
      const open = b.node("Reshape", [y, b.integers(`${name}_open`, [2, 6, 4, 4])]);
      return b.node("Transpose", [open, b.integers(`${name}_perm`, [0, 2, 1, 3])]);
    };
    const scores = b.node("Softmax", [b.node("BatchMatMulV2", [part("q"), part("k")], { adj_y: true })]);
    const mixed = b.node("Transpose", [
      b.node("BatchMatMulV2", [scores, part("v")]),
      b.integers("back", [0, 2, 1, 3]),
    ]);
    const flat = b.node("Reshape", [mixed, b.integers("flat", [2, 6, 16])]);
    return [b.node("Einsum", [flat, b.weight("out", [16, 5])], { equation: "abc,cd->abd" })];
  },
  "an embedding looked up by GatherV2": (b) => {
    const index = b.node("Cast", [b.node("Relu6", [b.input("x", [3])])], {
      SrcT: "DT_FLOAT",
      DstT: "DT_INT32",
    });
    const rows = b.node("GatherV2", [b.weight("table", [9, 8]), index, axis(b, "dim", 0)]);
    return [b.node("MatMul", [b.node("Tanh", [rows]), b.weight("o", [8, 3])])];
  },
  "weights shared by two convolutions": (b) => {
    const w = b.weight("shared", [3, 3, 6, 6]);
    const x = conv(b, b.input("x", [1, 8, 8, 3]), "first", 3, 6);
    const y = b.node("Conv2D", [b.node("Relu", [x]), w], plain);
    return [conv(b, b.node("Conv2D", [b.node("Tanh", [y]), w], plain), "last", 6, 2)];
  },
};

describe("whole graphs", () => {
  for (const [name, build] of Object.entries(wholes))
    it(`${name}: cut = mask`, async () => {
      const { law, moved, removed } = await checkLaw(buildGraph(build), { batch: 2 });
      expect(removed).toBeGreaterThan(0);
      expect(moved).toBeGreaterThan(1e-3);
      expect(law).toBeLessThan(1e-5);
    });
});

/** Around a mean over channels: what norms do. */
const norms: Record<string, (b: GraphBuilder, x: string) => string> = {
  "moments as TensorFlow spells them": (b, x) => {
    const dims = b.integers("dims", [3]);
    const mean = b.node("Mean", [x, dims], { keep_dims: true });
    const squares = b.node("SquaredDifference", [x, b.node("StopGradient", [mean])]);
    const variance = b.node("Mean", [squares, dims], { keep_dims: true });
    const scale = b.node("Rsqrt", [b.node("AddV2", [variance, b.floats("e", Float32Array.of(1e-3), [])])]);
    return b.node("Mul", [b.node("Sub", [x, mean]), b.node("Mul", [scale, b.weight("gamma", [8])])]);
  },
  "a variance without its dims": (b, x) => {
    const dims = b.integers("dims", [1, 2, 3]);
    const mean = b.node("Mean", [x, dims], { keep_dims: true });
    const difference = b.node("Sub", [x, mean]);
    const variance = b.node("Mean", [b.node("Square", [difference]), dims], { keep_dims: false });
    const open = b.node("Reshape", [variance, b.integers("open", [-1, 1, 1, 1])]);
    return b.node("Mul", [
      difference,
      b.node("Rsqrt", [b.node("AddV2", [open, b.floats("e", Float32Array.of(1e-3), [])])]),
    ]);
  },
  "a root mean square": (b, x) => {
    const power = b.node("Mean", [b.node("Square", [x]), b.integers("dims", [-1])], { keep_dims: true });
    return b.node("Mul", [
      x,
      b.node("Rsqrt", [b.node("AddV2", [power, b.floats("e", Float32Array.of(1e-2), [])])]),
    ]);
  },
};

describe("norms that count what left as zero", () => {
  for (const [name, build] of Object.entries(norms))
    it(name, async () => {
      const model = buildGraph((b) => [
        conv(b, build(b, conv(b, b.input("x", [1, 8, 8, 3]), "first", 3, 8)), "last", 8, 2),
      ]);
      const masked = await checkLaw(model, { norms: "masked" });
      const live = await checkLaw(model);
      expect(masked.moved).toBeGreaterThan(1e-3);
      expect(masked.law).toBeLessThan(1e-6);
      expect(live.law).toBeLessThan(1e-5);
      expect(distance(await runGraph(masked.cut), await runGraph(live.cut))).toBeGreaterThan(1e-2);
    });

  it("are those of a model whose weights are set to zero by hand", async () => {
    const model = buildGraph((b) => {
      const x = conv(b, b.input("x", [1, 8, 8, 3]), "first", 3, 8);
      return [conv(b, norms["moments as TensorFlow spells them"]?.(b, x) ?? x, "last", 8, 2)];
    });
    const backend = graphModel({ norms: "masked" });
    const trace = backend.trace(model);
    const cut = trace.cut({ units: [0, 2, 3].map((i) => trace.families[0]?.units[i] as number), atoms: [] });
    const weights = new Map(model.weights);
    for (const { tensor, shape, selectors } of backend.removals(model, trace, cut)) {
      const weight = weights.get(tensor) as GraphModel["weights"] extends ReadonlyMap<string, infer W>
        ? W
        : never;
      const values = new Float32Array(weight.bytes.slice().buffer);
      removedElements(shape, selectors)?.forEach((gone, i) => {
        if (gone) values[i] = 0;
      });
      weights.set(tensor, { ...weight, bytes: new Uint8Array(values.buffer) });
    }
    expect(backend.normsOver(model, trace, cut)).toHaveLength(2);
    const byHand = await runGraph(fromArtifacts(toArtifacts({ ...model, weights })));
    expect(distance(await runGraph(backend.cut(model, trace, cut)), byHand)).toBeLessThan(1e-6);
  });
});

it("constants that are spread out are not stored spread out", async () => {
  const model = buildGraph((b) => {
    const x = conv(b, b.input("x", [1, 8, 8, 3]), "first", 3, 8);
    return [conv(b, between["BroadcastTo and Fill of constants"]?.(b, x) ?? x, "last", 8, 2)];
  });
  const { cut } = await checkLaw(model);
  const stored = ({ weights }: typeof cut): number =>
    [...weights.values()].reduce((n, { bytes }) => n + bytes.length, 0);
  expect(stored(cut)).toBeLessThan(stored(model));
});

describe("the law", () => {
  it("is broken by a cut of other units than those that are masked", async () => {
    const model = buildGraph((b) => [
      conv(b, conv(b, b.input("x", [1, 8, 8, 3]), "first", 3, 8), "last", 8, 2),
    ]);
    const backend = graphModel();
    const trace = backend.trace(model);
    const [units = []] = trace.families.map((family) => family.units);
    const [one, other] = [0, 1].map((i) => trace.cut({ units: [units[i] as number], atoms: [] })) as [
      Cut,
      Cut,
    ];
    const cut = await runGraph(backend.cut(model, trace, one));
    expect(distance(cut, await runGraph(backend.mask(model, trace, one)))).toBeLessThan(1e-6);
    expect(distance(cut, await runGraph(backend.mask(model, trace, other)))).toBeGreaterThan(1e-2);
  });
});
