import type { Kit } from "@prune/graph";
import type { Dim, Labelled, Layout, Value } from "@prune/graph/advanced";
import { joining, range, says, wrap } from "@prune/graph/rules";
import { imageJoins } from "../../image-joins.js";
import type { LiveLayer } from "../live.js";
import {
  channelDim,
  type LayerNode,
  type LayerRule,
  outputSizes,
  setting,
  spatialDims,
  weightInput,
} from "../node.js";
import { slid, spread, type WindowSize } from "../window-size.js";
import { depthwiseMacs, kernelMacs, separableMacs, transposedMacs } from "./macs.js";
import { bare, type LayerTable } from "./record.js";

/** What a layer's own activation does to the names of its output. */
export function activated(node: LayerNode, kit: Kit, y: Layout, name = "activation"): Layout {
  const activation = node.config[name];
  const text = typeof activation === "string" ? activation : JSON.stringify(activation ?? "");
  if (/softmax/i.test(text)) kit.pin(y, [y.rank - 1], "softmax runs along the axis", "softmax");
  return y;
}

/** y beside the weights of these names, which lie along one of its dims. */
export function along(node: LayerNode, kit: Kit, y: Layout, dim: number, names: readonly string[]): Layout {
  const labels = range(y.rank).map((d) => `d${d}`);
  return names.reduce((met, name) => {
    const input = weightInput(node, name);
    const value = input === undefined ? undefined : kit.own(input);
    return value ? kit.meet([[met, labels] as Labelled, [value, [labels[dim] as string]]], labels) : met;
  }, y);
}

/** x with its spatial dims at the sizes that the layer says; named ones stay whole. */
export function windowed(node: LayerNode, kit: Kit, x: Layout, sizeOf: WindowSize): Layout {
  const dims = spatialDims(node, x.rank);
  const sizes = outputSizes(node, kit, sizeOf);
  kit.pin(x, dims, "a window slides along the axis", "window");
  return dims.reduce((layout, dim) => kit.resize(layout, dim, sizes[dim] as Dim), x);
}

const { filtered, spreadOver, eachChannel, makes } = imageJoins(channelDim);
const multiplies = joining("* i, i o -> * o");

const dense: LayerRule = (node, kit) => {
  const x = kit.layout(0);
  const kernel = kit.raw(weightInput(node, "kernel") as number) as Value;
  const y = multiplies(kit, [x, kernel]);
  const done = along(node, kit, y, y.rank - 1, ["bias"]);
  kit.patch((cut) => ({ attributes: { units: cut.shape(done)[done.rank - 1] as number } }));
  return activated(node, kit, done);
};

/** x by a kernel [..window, in, out], or [..window, out, in] when transposed. */
const conv =
  (transposed: boolean): LayerRule =>
  (node, kit) => {
    const x = kit.layout(0);
    const channel = channelDim(node, x.rank);
    const input = weightInput(node, "kernel") as number;
    const k = x.rank - 2;
    const join = transposed ? spreadOver : filtered;
    const y = join(node)(kit, [
      windowed(node, kit, x, transposed ? spread : slid("kernelSize")),
      kit.some(input, [k, k + 1]),
    ]);
    const done = along(node, kit, y, channel, ["bias"]);
    kit.patch((cut) => ({ attributes: { filters: cut.shape(done)[channel] as number } }));
    return activated(node, kit, done);
  };

/** Output channel c * multiplier + m comes from channel c alone. */
function multiplied(node: LayerNode, kit: Kit, x: Layout, channel: number): Layout {
  const input = weightInput(node, "depthwise_kernel") as number;
  const shape = kit.shape(kit.raw(input) as Value) as number[];
  const k = shape.length - 2;
  const [inputs, multiplier] = [shape[k] as number, shape[k + 1] as number];
  const moved = windowed(node, kit, x, slid("kernelSize"));
  if (multiplier === 1) return eachChannel(node)(kit, [moved, kit.some(input, [k])]);
  const made = kit.fresh([inputs * multiplier], [0]);
  const grid = kit.grid(made, 0, inputs);
  if (!grid) throw new RangeError("a grid that divides evenly was refused");
  const beside = kit.drop(
    x,
    range(x.rank).filter((d) => d !== channel),
  );
  kit.meet(
    [[beside, range(x.rank).map((d) => (d === channel ? "c" : ""))] as Labelled, [grid.rows, ["c", ""]]],
    ["c"],
  );
  kit.select(input, shape, [k, k + 1], grid.cells, "out");
  kit.patch((cut) => ({ attributes: { depthMultiplier: cut.shape(grid.cells)[1] as number } }));
  return makes(node)(kit, [moved, made]);
}

const depthwise: LayerRule = (node, kit) => {
  const x = kit.layout(0);
  const channel = channelDim(node, x.rank);
  return activated(node, kit, along(node, kit, multiplied(node, kit, x, channel), channel, ["bias"]));
};

const separable: LayerRule = (node, kit) => {
  const x = kit.layout(0);
  const channel = channelDim(node, x.rank);
  const input = weightInput(node, "pointwise_kernel") as number;
  const k = x.rank - 2;
  const y = filtered(node)(kit, [multiplied(node, kit, x, channel), kit.some(input, [k, k + 1])]);
  const done = along(node, kit, y, channel, ["bias"]);
  kit.patch((cut) => ({ attributes: { filters: cut.shape(done)[channel] as number } }));
  return activated(node, kit, done);
};

/** Sums over one axis of each of two inputs; the batch stays. */
const dot: LayerRule = (node, kit) => {
  const [a, b] = [kit.layout(0), kit.layout(1)];
  const axes = setting<number | readonly number[]>(node, "axes", -1);
  const [i, j] = typeof axes === "number" ? [axes, axes] : (axes as [number, number]);
  const [p, q] = [wrap(i, a.rank), wrap(j, b.rank)];
  const left = range(a.rank).map((d) => (d === 0 ? "n" : d === p ? "k" : `a${d}`));
  const right = range(b.rank).map((d) => (d === 0 ? "n" : d === q ? "k" : `b${d}`));
  const out = ["n", ...[...left, ...right].filter((label) => label !== "n" && label !== "k")];
  const y = kit.meet([[a, left] as Labelled, [b, right]], out);
  return y.rank === 1 ? kit.redim(y, [0, -1]) : y;
};

const embedding: LayerRule = (node, kit) => {
  const index = kit.layout(0);
  const table = kit.produce(kit.some(weightInput(node, "embeddings") as number, [1]));
  kit.pin(index, undefined, "positions to look up", "table");
  const dims = kit.shape(index);
  const wide = kit.redim(kit.drop(table, [0]), [...dims.map(() => -1), 1]);
  const y = dims.reduce<Layout>((layout, size, d) => kit.resize(layout, d, size), wide);
  kit.patch((cut) => ({ attributes: { outputDim: cut.shape(y)[y.rank - 1] as number } }));
  return y;
};

const filters = {
  rule: conv(false),
  mask: undefined,
  macs: kernelMacs,
  support: says(
    "input channels with the kernel's, its filters with bias and output channels",
    "space, kernel",
  ),
  linear: "window",
} as const;

const spreading = {
  ...bare,
  rule: conv(true),
  macs: transposedMacs,
  support: says("as Conv2D, with the kernel's last two dims swapped", "space, kernel"),
} as const;

/** Layers that multiply and sum. */
export const contraction: LayerTable = {
  Dense: {
    rule: dense,
    mask: undefined,
    macs: kernelMacs,
    support: says("inputs with rows of the kernel, its columns with bias and outputs"),
    linear: "product",
  },
  Conv1D: filters,
  Conv2D: filters,
  Conv3D: filters,
  Conv2DTranspose: spreading,
  Conv3DTranspose: spreading,
  DepthwiseConv2D: {
    ...bare,
    rule: depthwise,
    macs: depthwiseMacs,
    support: says("input channels with kernels and, as many as each makes, output channels", "space, kernel"),
  },
  SeparableConv2D: {
    ...bare,
    rule: separable,
    macs: separableMacs,
    support: says("as DepthwiseConv2D, then Conv2D of one position", "space, kernel"),
    settings: multiplier,
  },
  Dot: {
    ...bare,
    rule: dot,
    support: says("the summed axes of both inputs; the other dims with the output's"),
    inputs: 2,
  },
  Embedding: {
    ...bare,
    rule: embedding,
    support: says("columns of the table with the output's", "rows of the table, positions to look up"),
  },
};

/** SeparableConv2D leaves its multiplier out of its settings. */
function multiplier(layer: LiveLayer): { readonly depthMultiplier: unknown } {
  const kernel = layer.weights.find(({ originalName }) => originalName.endsWith("depthwise_kernel"));
  return { depthMultiplier: kernel?.shape.at(-1) };
}
