import { type Dim, divide, type Layout, multiply, product } from "@prune/graph/advanced";
import { range, says, wrap } from "@prune/graph/rules";
import { channelDim, type LayerRule, outputSizes, setting, spatialDims } from "../node.js";
import { bordered, repeated, slid, type WindowSize } from "../window-size.js";
import { windowed } from "./contraction.js";
import { alike, bare, type LayerTable } from "./record.js";

const flatten: LayerRule = (node, kit) => {
  const x = kit.layout(0);
  const first = setting<string>(node, "dataFormat", "channelsLast") === "channelsFirst" && x.rank > 1;
  const last = first ? kit.permute(x, [0, ...range(x.rank - 2, 2), 1]) : x;
  const dims = kit.shape(last);
  return kit.reshape(last, [dims[0] as Dim, product(dims.slice(1))]);
};

const reshape: LayerRule = (node, kit) => {
  const x = kit.layout(0);
  const target = setting<readonly (number | null)[]>(node, "targetShape", []).map((size) => size ?? -1);
  const dims = kit.shape(x);
  const rest = divide(product(dims.slice(1)), product(target.filter((size) => size !== -1)));
  if (target.includes(-1) && rest === undefined) return kit.opaque("the new shape can't be worked out");
  const y = kit.reshape(x, [dims[0] as Dim, ...target.map((size) => (size === -1 ? (rest as Dim) : size))]);
  kit.patch((cut) => ({
    attributes: {
      targetShape: target.map((size, d) => (size === -1 ? -1 : (cut.shape(y)[d + 1] as number))),
    },
  }));
  return y;
};

const permute: LayerRule = (node, kit) =>
  kit.permute(kit.layout(0), [0, ...setting<readonly number[]>(node, "dims", [])]);

const repeat: LayerRule = (node, kit) =>
  kit.resize(kit.redim(kit.layout(0), [0, -1, 1]), 1, setting(node, "n", 1));

const concatenate: LayerRule = (node, kit) => {
  const layouts = range(node.arity).map((i) => kit.layout(i));
  return kit.concat(layouts, wrap(setting(node, "axis", -1), (layouts[0] as Layout).rank));
};

/** The layer moves a window over dims, or changes their sizes. */
const window =
  (sizeOf: WindowSize): LayerRule =>
  (node, kit) =>
    windowed(node, kit, kit.layout(0), sizeOf);

/** One-dimensional pooling works on [batch, steps, channels] only. */
const globalPool: LayerRule = (node, kit) => {
  const x = kit.layout(0);
  const dims = spatialDims(node, x.rank);
  kit.pin(x, dims, "pooled over the axis", "window");
  return kit.redim(kit.drop(x, dims), [0, channelDim(node, x.rank)]);
};

/** Batch and time as one batch. */
const mergeTime: LayerRule = (_, kit) => {
  const x = kit.layout(0);
  const [batch, steps, ...rest] = kit.shape(x) as [Dim, Dim, ...Dim[]];
  kit.pin(x, [1], "time steps", "sequence");
  return kit.reshape(x, [multiply(batch, steps), ...rest]);
};

const splitTime: LayerRule = (_, kit) => {
  const [batch, steps] = kit.shape(1) as [Dim, Dim];
  const x = kit.layout(0);
  return kit.reshape(x, [batch, steps, ...kit.shape(x).slice(1)]);
};

const resized: LayerRule = (node, kit) => {
  const x = kit.layout(0);
  const sizes = outputSizes(node, kit);
  kit.pin(x, [1, 2], `${node.op} changes the axis`, "resize");
  return [1, 2].reduce<Layout>((y, dim) => kit.resize(y, dim, sizes[dim] as Dim), x);
};

/** Numbers are counted, not computed with. */
const category: LayerRule = (node, kit) => {
  for (let i = 0; i < node.arity; i++) kit.pin(kit.layout(i), undefined, "categories to count", "table");
  return kit.fixed([...outputSizes(node, kit)]);
};

const spatial = { ...bare, support: says("channels", "space") } as const;
const asTheyLie = says(
  "positions as they lie in memory: flattened, split into heads, merged",
  "what an open size cuts through",
);
const time = { ...bare, support: says("features", "time") } as const;

/** Layers that regroup, join, pool or repeat positions. */
export const shapes: LayerTable = {
  ...alike("MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D", {
    ...spatial,
    rule: window(slid("poolSize")),
  }),
  UpSampling2D: { ...spatial, rule: window(repeated) },
  ZeroPadding2D: { ...spatial, rule: window(bordered("padding")) },
  Cropping2D: { ...spatial, rule: window(bordered("cropping")) },
  ...alike("GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D", {
    ...spatial,
    rule: globalPool,
  }),
  ...alike("Resizing CenterCrop", { ...spatial, rule: resized }),
  Flatten: { ...bare, rule: flatten, support: asTheyLie },
  Reshape: { ...bare, rule: reshape, support: asTheyLie },
  Permute: { ...bare, rule: permute, support: says("dims as they move") },
  RepeatVector: { ...bare, rule: repeat, support: says("features") },
  Concatenate: {
    ...bare,
    rule: concatenate,
    support: says("positions as they are joined; the other dims of all parts"),
    inputs: 2,
  },
  CategoryEncoding: { ...bare, rule: category, support: says("", "its inputs, which are counted") },
  "@mergeTime": { ...time, rule: mergeTime },
  "@splitTime": { ...time, rule: splitTime },
};
