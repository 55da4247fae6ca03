import type { Kit } from "@prune/graph";
import { type Dim, type Duty, type Layout, Note, ownEntry } from "@prune/graph/advanced";
import { joining, range, reduce as reduced, says, wrap } from "@prune/graph/rules";
import { normalization } from "../fold/normalization.js";
import { order } from "../fold/order.js";
import { reductions } from "../fold/reduce.js";
import { averages, every, reduces } from "../mask/gates.js";
import * as masks from "../mask/norms.js";
import * as whole from "../norms/fused.js";
import { means } from "../norms/means.js";
import { impossibleAxes } from "../validate/shapes/axes.js";
import { impossibleWindows } from "../validate/shapes/convolution.js";
import { impossibleOperands } from "../validate/shapes/operands.js";
import { maximum, minimum, plus, times } from "./contents.js";
import { moveWindow, windowOutput } from "./contraction.js";
import { has, int, ints, type OnnxNode, type OnnxRule } from "./node.js";
import { adds, bare, type OperatorTable } from "./record.js";
import { normalises, normalisesGroups, pools, runsAlong } from "./support.js";

const dims = (layout: Layout, prefix = "d"): string[] =>
  Array.from({ length: layout.rank }, (_, i) => `${prefix}${i}`);

const besideChannels = joining("n c *, c, c, c, c -> n c *");

/** x beside parameters that lie along its channels. */
const perChannel = (node: OnnxNode, kit: Kit): Layout =>
  besideChannels(kit, [
    kit.layout(0),
    ...range(node.inputs.length - 1, 1).map((i) => (has(node, i) ? kit.own(i) : undefined)),
  ]);

const instanceNorm: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  kit.note(x, range(x.rank - 2, 2), Note.norm);
  return perChannel(node, kit);
};

/** Normalises over the dims from `axis` on, scales and shifts along them. */
const layerNorm: OnnxRule = (node, kit) => normalised(node, kit, kit.layout(0), 1);

export function normalised(
  node: OnnxNode,
  kit: Kit,
  x: Layout,
  first: number,
  last: number = node.inputs.length,
): Layout[] {
  const axis = wrap(int(node, "axis", -1), x.rank);
  kit.note(x, range(x.rank - axis, axis), Note.norm);
  const labels = dims(x);
  let y = x;
  for (let i = first; i < last; i++) {
    if (!has(node, i)) continue;
    const parameter = kit.own(i);
    if (!parameter?.layout) continue;
    y = kit.meet(
      [
        [y, labels],
        [parameter, labels.slice(x.rank - parameter.layout.rank)],
      ],
      labels,
    );
  }
  const statistics = kit.drop(x, range(x.rank - axis, axis));
  return node.outputs.map((_, i) => (i === 0 ? y : statistics));
}

const byGroup = joining("g, g -> g");

const groupNorm: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const groups = int(node, "num_groups", 1);
  const grid = kit.grid(x, 1, groups);
  if (!grid) return kit.opaque("GroupNormalization over channels that can't be seen as groups");
  kit.note(x, [1], Note.norm);
  kit.patch((cut) => ({ attributes: { num_groups: cut.shape(grid.rows)[0] as number } }));
  if (node.opset >= 21) return perChannel(node, kit);
  for (const i of [1, 2]) byGroup(kit, [kit.redim(grid.rows, [0]), kit.own(i)]);
  return x;
};

const lpNorm: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  kit.note(x, [wrap(int(node, "axis", -1), x.rank)], Note.norm);
  return x;
};

/** Mixes positions along an axis: all of them stay. */
const along =
  (attribute: string, otherwise: number, until?: number): OnnxRule =>
  (node, kit) => {
    const x = kit.layout(0);
    const axis = wrap(int(node, attribute, until && node.opset < until ? 1 : otherwise), x.rank);
    const flat = until !== undefined && node.opset < until;
    const span = flat ? range(x.rank - axis, axis) : [axis];
    kit.pin(x, span, `${node.op} runs along the axis`, "softmax");
    return x;
  };

const cumSum: OnnxRule = (_, kit) => {
  const x = kit.layout(0);
  const axis = kit.data(1)?.[0];
  kit.pin(
    x,
    typeof axis === "number" ? [wrap(axis, x.rank)] : undefined,
    "running totals along the axis",
    "softmax",
  );
  return x;
};

/** Dims a reduction covers; undefined when known only at run time. */
export function reducedDims(node: OnnxNode, kit: Kit, rank: number): number[] | undefined {
  const all = range(rank);
  const attribute = ints(node, "axes");
  if (attribute) return attribute.map((d) => wrap(d, rank));
  if (!has(node, 1))
    return int(node, "noop_with_empty_axes", 0) && node.inputs.length > 0 && node.opset >= 13 ? [] : all;
  const data = kit.data(1);
  if (!data?.every((d) => typeof d === "number")) return undefined;
  if (data.length === 0) return int(node, "noop_with_empty_axes", 0) ? [] : all;
  return (data as number[]).map((d) => wrap(d, rank));
}

const reduce =
  (bits: number): OnnxRule =>
  (node, kit) => {
    const x = kit.layout(0);
    const gone = reducedDims(node, kit, x.rank);
    if (!gone) return kit.opaque("reduced dims are known only at run time");
    if (bits) kit.note(x, gone, bits);
    const layout = reduced(kit, x, gone, int(node, "keepdims", 1) !== 0);
    return { layout, data: reducedData(node.op, kit.raw(0)?.data, x.rank) };
  };

function reducedData(op: string, data: readonly Dim[] | undefined, rank: number): Dim[] | undefined {
  const combine = ownEntry(reducers, op);
  if (!data?.length || rank > 1 || !combine) return undefined;
  return [data.reduce((a, b) => combine(a, b))];
}

const reducers: Readonly<Record<string, (a: Dim, b: Dim) => Dim>> = {
  ReduceProd: times,
  ReduceSum: plus,
  ReduceMax: (a, b) => maximum(a, b),
  ReduceMin: minimum,
};

const arg: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const axis = wrap(int(node, "axis", 0), x.rank);
  kit.pin(x, [axis], `${node.op} gives positions of the axis`, "argmax");
  return reduced(kit, x, [axis], int(node, "keepdims", 1) !== 0);
};

const topK: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const axis = wrap(int(node, "axis", -1), x.rank);
  kit.pin(x, [axis], "TopK gives positions of the axis", "argmax");
  const k = int(node, "k") ?? kit.data(1)?.[0];
  if (k === undefined) return kit.opaque("TopK with a count known only at run time");
  const y = kit.resize(x, axis, k);
  return [y, y];
};

const pool: OnnxRule = (node, kit) => {
  const y = pooled(node, kit, kit.layout(0));
  return node.outputs.map(() => y);
};

/** A window slides over the dims of x after its channels. */
export function pooled(node: OnnxNode, kit: Kit, x: Layout): Layout {
  const spatial = kit.shape(x).slice(2);
  const sizes = windowOutput(
    node,
    spatial,
    ints(node, "kernel_shape") ?? [],
    int(node, "ceil_mode", 0) === 1,
  );
  return moveWindow(node, kit, x, sizes, ints(node, "kernel_shape") ?? []);
}

const globalPool: OnnxRule = (_, kit) => {
  const x = kit.layout(0);
  const at = range(x.rank - 2, 2);
  kit.pin(x, at, "pooled over the axis", "window");
  return kit.drop(x, at);
};

const lrn: OnnxRule = (_, kit) => {
  const x = kit.layout(0);
  kit.pin(x, [1], "LRN normalises each channel by its neighbours", "lrn");
  return x;
};

/** Operators that normalise, reduce or pool. */
const batchNorm: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  if (int(node, "training_mode", 0))
    kit.pin(x, [0, ...x.owner.filter((d) => d > 1)], "statistics are taken over the axis", "training");
  const y = perChannel(node, kit);
  return node.outputs.map((_, i) =>
    i === 0
      ? y
      : kit.redim(
          kit.drop(
            y,
            y.owner.filter((d) => d !== 1),
          ),
          [1],
        ),
  );
};

const meanVariance: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  kit.note(
    x,
    (ints(node, "axes") ?? [0, 2, 3]).map((d) => wrap(d, x.rank)),
    Note.norm,
  );
  return x;
};

const sums = { ...bare, mask: reduces(0), channels: "reduced" } as const;

const duties: Readonly<Record<number, Duty>> = { 1: "scale", 2: "bias", 3: "statistic", 4: "statistic" };

const takesStatistics = says("output with input; statistics run over what is left");

const addsUp = says("the dims that are left; terms of the sum leave it");

const picksExtremes = says("the dims that are left; the result is of what is left");

const givesPositions = says("the other dims", "the axis whose positions it gives");

export const norm: OperatorTable = {
  BatchNormalization: {
    ...bare,
    rule: batchNorm,
    support: says("channels with scale, bias, mean and variance"),
    fold: normalization.BatchNormalization,
    channels: "spatial",
    duty: (_, input) => duties[input],
    filled: [1, 2, 3, 4],
    untrained: [3, 4],
    impossible: impossibleOperands.BatchNormalization,
    isExact: true,
  },
  InstanceNormalization: {
    ...bare,
    rule: instanceNorm,
    support: says("channels with scale and bias"),
    mask: masks.instanceNorm,
    whole: whole.instanceNorm,
    fold: normalization.InstanceNormalization,
    channels: "spatial",
    duty: adds(2),
    impossible: impossibleOperands.InstanceNormalization,
  },
  LayerNormalization: {
    ...bare,
    rule: layerNorm,
    support: normalises,
    mask: masks.layerNorm(true),
    whole: whole.layerNorm(true),
    fold: normalization.LayerNormalization,
    duty: adds(2),
    impossible: impossibleOperands.LayerNormalization,
  },
  RMSNormalization: {
    ...bare,
    rule: layerNorm,
    support: normalises,
    mask: masks.layerNorm(false),
    whole: whole.layerNorm(false),
    fold: normalization.RMSNormalization,
    impossible: impossibleOperands.RMSNormalization,
  },
  SimplifiedLayerNormalization: {
    ...bare,
    rule: layerNorm,
    support: normalises,
    mask: masks.layerNorm(false),
    whole: whole.layerNorm(false),
  },
  GroupNormalization: {
    ...bare,
    rule: groupNorm,
    support: normalisesGroups,
    mask: masks.groupNorm,
    whole: whole.groupNorm,
    fold: normalization.GroupNormalization,
    duty: adds(2),
    impossible: impossibleOperands.GroupNormalization,
  },
  LpNormalization: {
    ...bare,
    rule: lpNorm,
    support: takesStatistics,
    mask: every(0),
    fold: normalization.LpNormalization,
    impossible: impossibleAxes.LpNormalization,
  },
  MeanVarianceNormalization: {
    ...bare,
    rule: meanVariance,
    support: takesStatistics,
    mask: masks.meanVarianceNorm,
    whole: whole.meanVarianceNorm,
    fold: normalization.MeanVarianceNormalization,
  },
  LRN: {
    ...bare,
    rule: lrn,
    support: says("output with input", "channels, which are normalised by their neighbours"),
  },
  Softmax: {
    ...bare,
    rule: along("axis", -1, 13),
    support: runsAlong,
    fold: normalization.Softmax,
    impossible: impossibleAxes.Softmax,
    isExact: true,
  },
  LogSoftmax: {
    ...bare,
    rule: along("axis", -1, 13),
    support: runsAlong,
    fold: normalization.LogSoftmax,
    impossible: impossibleAxes.LogSoftmax,
    isExact: true,
  },
  Hardmax: {
    ...bare,
    rule: along("axis", -1, 13),
    support: runsAlong,
    impossible: impossibleAxes.Hardmax,
    decides: [0],
    isExact: true,
  },
  CumSum: { ...bare, rule: cumSum, support: runsAlong, fold: order.CumSum },
  CumProd: { ...bare, rule: cumSum, support: runsAlong, fold: order.CumProd },

  ReduceSum: {
    ...sums,
    rule: reduce(0),
    support: addsUp,
    fold: reductions.ReduceSum,
    impossible: impossibleAxes.ReduceSum,
  },
  ReduceSumSquare: {
    ...sums,
    rule: reduce(0),
    support: addsUp,
    fold: reductions.ReduceSumSquare,
    impossible: impossibleAxes.ReduceSumSquare,
  },
  ReduceL1: {
    ...sums,
    rule: reduce(0),
    support: addsUp,
    fold: reductions.ReduceL1,
    impossible: impossibleAxes.ReduceL1,
  },
  ReduceL2: {
    ...sums,
    rule: reduce(0),
    support: addsUp,
    fold: reductions.ReduceL2,
    impossible: impossibleAxes.ReduceL2,
  },
  ReduceLogSum: {
    ...sums,
    rule: reduce(0),
    support: addsUp,
    fold: reductions.ReduceLogSum,
    impossible: impossibleAxes.ReduceLogSum,
  },
  ReduceMean: {
    ...bare,
    rule: reduce(Note.norm),
    support: says("the dims that are left; the mean is of what is left"),
    mask: averages,
    whole: means,
    fold: reductions.ReduceMean,
    channels: "reduced within",
    impossible: impossibleAxes.ReduceMean,
  },
  ReduceMax: {
    ...bare,
    rule: reduce(Note.extremum),
    support: picksExtremes,
    mask: reduces(-Infinity),
    fold: reductions.ReduceMax,
    channels: "reduced within",
    impossible: impossibleAxes.ReduceMax,
    isExact: true,
  },
  ReduceMin: {
    ...bare,
    rule: reduce(Note.extremum),
    support: picksExtremes,
    mask: reduces(Infinity),
    fold: reductions.ReduceMin,
    channels: "reduced within",
    impossible: impossibleAxes.ReduceMin,
    isExact: true,
  },
  ReduceProd: {
    ...bare,
    rule: reduce(Note.extremum),
    support: picksExtremes,
    mask: reduces(1),
    fold: reductions.ReduceProd,
    channels: "reduced",
    impossible: impossibleAxes.ReduceProd,
  },
  ReduceLogSumExp: {
    ...bare,
    rule: reduce(Note.extremum),
    support: picksExtremes,
    mask: reduces(-Infinity),
    fold: reductions.ReduceLogSumExp,
    channels: "reduced",
    impossible: impossibleAxes.ReduceLogSumExp,
  },
  ArgMax: {
    ...bare,
    rule: arg,
    support: givesPositions,
    fold: order.ArgMax,
    channels: "reduced",
    types: ["int64"],
    impossible: impossibleAxes.ArgMax,
    decides: [0],
    isExact: true,
  },
  ArgMin: {
    ...bare,
    rule: arg,
    support: givesPositions,
    fold: order.ArgMin,
    channels: "reduced",
    types: ["int64"],
    impossible: impossibleAxes.ArgMin,
    decides: [0],
    isExact: true,
  },
  TopK: {
    ...bare,
    rule: topK,
    support: givesPositions,
    fold: order.TopK,
    types: [{ like: 0 }, "int64"],
    impossible: impossibleAxes.TopK,
    decides: [0],
    isExact: true,
  },

  MaxPool: {
    ...bare,
    rule: pool,
    support: pools,
    channels: "spatial within",
    types: [{ like: 0 }, "int64"],
    impossible: impossibleWindows.MaxPool,
    decides: ({ outputs }) => (outputs[1] ? [0] : []),
    isExact: true,
  },
  AveragePool: {
    ...bare,
    rule: pool,
    support: pools,
    channels: "spatial within",
    impossible: impossibleWindows.AveragePool,
  },
  LpPool: { ...bare, rule: pool, support: pools, channels: "spatial", impossible: impossibleWindows.LpPool },
  GlobalAveragePool: {
    ...bare,
    rule: globalPool,
    support: pools,
    channels: "spatial within",
    impossible: impossibleWindows.GlobalAveragePool,
  },
  GlobalMaxPool: {
    ...bare,
    rule: globalPool,
    support: pools,
    channels: "spatial within",
    impossible: impossibleWindows.GlobalMaxPool,
  },
  GlobalLpPool: { ...bare, rule: globalPool, support: pools, channels: "spatial" },
};
