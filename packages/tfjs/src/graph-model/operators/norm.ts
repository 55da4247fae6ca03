import { type Dim, Note } from "@prune/graph/advanced";
import { firstFault, joining, range, reduce as reduced, says, slide, wrap } from "@prune/graph/rules";
import { axes, images, list, perChannel } from "../../validate/shapes/operands.js";
import { arithmetic } from "../contents/arithmetic.js";
import { keepsFrame, likeOutput, takesImages } from "../demands.js";
import { averages, reduces } from "../mask/gates.js";
import { channelDim, flag, ints, spatialDims, type TfNode, type TfRule } from "../node.js";
import { windowOutput } from "../window.js";
import { besideChannels, normDuties } from "./contraction.js";
import { alike, bare, type OperatorTable } from "./record.js";

const batchNorm: TfRule = (node, kit) => {
  const x = kit.layout(0);
  const channel = channelDim(node, x.rank);
  const y = range(Math.min(node.inputs.length, 5) - 1, 1).reduce((met, i) => {
    const value = kit.own(i);
    return value?.layout ? besideChannels(node)(kit, [met, value]) : met;
  }, x);
  const statistics = kit.redim(
    kit.drop(
      y,
      range(x.rank).filter((d) => d !== channel),
    ),
    [channel],
  );
  return node.outputs.map((_, i) => (i === 0 ? y : statistics));
};

const pool: TfRule = (node, kit) => {
  const x = kit.layout(0);
  const dims = spatialDims(node, x.rank);
  const kernel = ints(node, "ksize") ?? [];
  const spatial = dims.map((d) => kit.shape(x)[d] as Dim);
  const sizes = windowOutput(
    node,
    dims,
    spatial,
    dims.map((d) => kernel[d] ?? 1),
  );
  const y = slide(kit, x, dims, sizes);
  if (node.outputs.length > 1) kit.pin(y, undefined, "positions of maxima are asked for", "argmax");
  return node.outputs.map(() => y);
};

/** Dims that input 1 names; undefined when known only at run time. */
const reduce =
  (bits: number): TfRule =>
  (node, kit) => {
    const x = kit.layout(0);
    const axes = kit.data(1);
    if (!axes?.every((d) => typeof d === "number"))
      return kit.opaque("reduced dims are known only at run time");
    const gone = (axes as number[]).map((d) => wrap(d, x.rank));
    if (bits) kit.note(x, gone, bits);
    return reduced(kit, x, gone, flag(node, "keep_dims"));
  };

const softmax: TfRule = (node, kit) => {
  const x = kit.layout(0);
  kit.pin(x, [x.rank - 1], `${node.op} runs along the axis`, "softmax");
  return x;
};

const cumulative: TfRule = (node, kit) => {
  const x = kit.layout(0);
  const axis = kit.data(1)?.[0];
  kit.pin(
    x,
    typeof axis === "number" ? [wrap(axis, x.rank)] : undefined,
    `${node.op} runs along the axis`,
    "softmax",
  );
  return x;
};

/** Cells off the diagonals are cleared by where they lie. */
const bandPart: TfRule = (node, kit) => {
  const x = kit.layout(0);
  kit.pin(x, [x.rank - 2, x.rank - 1], `${node.op} goes by positions of the axis`, "softmax");
  return x;
};

const arg: TfRule = (node, kit) => {
  const x = kit.layout(0);
  const at = node.inputs.length > 1 ? kit.data(1)?.[0] : 0;
  if (typeof at !== "number") return kit.opaque("the axis is known only at run time");
  const axis = wrap(at, x.rank);
  kit.pin(x, [axis], `${node.op} gives positions of the axis`, "argmax");
  return reduced(kit, x, [axis], false);
};

const topK: TfRule = (_, kit) => {
  const x = kit.layout(0);
  const k = kit.data(1)?.[0];
  kit.pin(x, [x.rank - 1], "TopK gives positions of the axis", "argmax");
  if (k === undefined) return kit.opaque("TopK with a count known only at run time");
  const y = kit.resize(x, x.rank - 1, k);
  return [y, y];
};

const lrn: TfRule = (_, kit) => {
  const x = kit.layout(0);
  kit.pin(x, [x.rank - 1], "LRN normalises each channel by its neighbours", "lrn");
  return x;
};

const eachChannel = joining("n * c, * c -> n * c");

const dilation: TfRule = (node, kit) => {
  const x = kit.layout(0);
  const dims = spatialDims(node, x.rank);
  const kernel = kit.shape(1).slice(0, 2) as number[];
  const sizes = windowOutput(
    node,
    dims,
    dims.map((d) => kit.shape(x)[d] as Dim),
    kernel,
  );
  const window = slide(kit, x, dims, sizes);
  return eachChannel(kit, [window, kit.some(1, [2])]);
};

const statistics = ["y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2"];

const normalised = {
  ...bare,
  rule: batchNorm,
  inputs: 5,
  demands: takesImages(0, 1, 0, () => 4),
  support: says("channels with scale, bias, mean and variance"),
  impossible: perChannel(1, 2, 3, 4),
  outputs: { names: statistics },
  duty: (_: unknown, input: number) => normDuties[input - 1],
} as const;

const pooled = {
  ...bare,
  rule: pool,
  inputs: 1,
  demands: keepsFrame(4),
  impossible: images(0, 4),
  support: says("channels", "space; all of it where positions of maxima are asked for"),
  attributes: ["strides", "ksize"],
} as const;

const along = {
  ...bare,
  rule: softmax,
  inputs: 1,
  demands: likeOutput,
  support: says("output with input", "the axis it runs along"),
} as const;

const inside = firstFault<TfNode>(list(1), axes(0, 1));

const sums = {
  ...bare,
  impossible: inside,
  rule: reduce(0),
  inputs: 2,
  mask: reduces(0),
  support: says("the dims that are left; terms of the sum leave it", "dims known only at run time"),
} as const;

const picks = {
  ...bare,
  impossible: inside,
  rule: reduce(Note.extremum),
  inputs: 2,
  support: says("the dims that are left; the result is of what is left", "dims known only at run time"),
} as const;

const places = {
  ...bare,
  impossible: inside,
  rule: arg,
  inputs: 2,
  support: says("the other dims", "the axis whose positions it gives"),
} as const;

/** Operators that normalise, reduce or pool. */
export const norm: OperatorTable = {
  FusedBatchNorm: normalised,
  FusedBatchNormV2: normalised,
  FusedBatchNormV3: { ...normalised, outputs: { names: [...statistics, "reserve_space_3"] } },
  AvgPool: pooled,
  MaxPool: pooled,
  AvgPool3D: { ...pooled, demands: keepsFrame(5), impossible: images(0, 5) },
  MaxPool3D: { ...pooled, demands: keepsFrame(5), impossible: images(0, 5) },
  MaxPoolWithArgmax: { ...pooled, attributes: [], outputs: {} },
  Dilation2D: {
    ...bare,
    rule: dilation,
    inputs: 2,
    support: says("channels with the filter's", "space, kernel"),
  },
  ...alike("Sum EuclideanNorm", sums, arithmetic),
  Mean: {
    ...sums,
    rule: reduce(Note.norm),
    mask: averages,
    contents: arithmetic.Mean,
    support: says("the dims that are left; the mean is of what is left", "dims known only at run time"),
  },
  Max: { ...picks, mask: reduces(Number.NEGATIVE_INFINITY), contents: arithmetic.Max },
  Min: { ...picks, mask: reduces(Number.POSITIVE_INFINITY), contents: arithmetic.Min },
  Prod: { ...picks, mask: reduces(1), contents: arithmetic.Prod },
  ...alike("All Any", picks, arithmetic),
  Softmax: along,
  LogSoftmax: along,
  Cumsum: { ...along, rule: cumulative, impossible: inside, inputs: 2 },
  Cumprod: { ...along, rule: cumulative, impossible: inside, inputs: 2, demands: undefined },
  ArgMax: places,
  ArgMin: places,
  TopKV2: { ...places, impossible: undefined, rule: topK, outputs: { names: ["values", "indices"] } },
  LRN: {
    ...bare,
    rule: lrn,
    inputs: 1,
    demands: keepsFrame(4),
    impossible: images(0, 4),
    support: says("output with input", "channels, which are normalised by their neighbours"),
  },
  MatrixBandPart: {
    ...bare,
    rule: bandPart,
    inputs: 3,
    support: says("the other dims", "the two dims that it compares"),
  },
};
