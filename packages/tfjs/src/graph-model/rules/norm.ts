import { type Dim, type Labelled, Note } from "@prune/graph";
import { range, reduce as reduced, slide, wrap } from "@prune/graph/rules";
import { channelDim, flag, ints, type Rules, spatialDims, type TfRule } from "../node.js";
import { windowOutput } from "../window.js";

const batchNorm: TfRule = (node, kit) => {
  const x = kit.layout(0);
  const labels = range(x.rank).map((d) => `d${d}`);
  const channel = channelDim(node, x.rank);
  let y = x;
  for (let i = 1; i < Math.min(node.inputs.length, 5); i++) {
    const value = kit.own(i);
    if (value?.layout) y = kit.meet([[y, labels] as Labelled, [value, [labels[channel] as string]]], labels);
  }
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
  const labels = range(x.rank).map((d) => `d${d}`);
  return kit.meet(
    [[window, labels] as Labelled, [kit.some(1, [2]), ["", "", labels[x.rank - 1] as string]]],
    labels,
  );
};

/** Operators that normalise, reduce or pool. */
export const norm: Rules = {
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  AvgPool: pool,
  MaxPool: pool,
  AvgPool3D: pool,
  MaxPool3D: pool,
  MaxPoolWithArgmax: pool,
  Dilation2D: dilation,
  Sum: reduce(0),
  EuclideanNorm: reduce(0),
  Mean: reduce(Note.norm),
  Max: reduce(Note.extremum),
  Min: reduce(Note.extremum),
  Prod: reduce(Note.extremum),
  All: reduce(Note.extremum),
  Any: reduce(Note.extremum),
  Softmax: softmax,
  LogSoftmax: softmax,
  Cumsum: cumulative,
  Cumprod: cumulative,
  ArgMax: arg,
  ArgMin: arg,
  TopKV2: topK,
  LRN: lrn,
  MatrixBandPart: bandPart,
};
