import { type Dim, type Duty, type Kit, type Layout, Note, ownEntry } from "@prune/graph";
import { range, reduce as reduced, wrap } from "@prune/graph/rules";
import { normalization } from "../fold/normalization.js";
import { order } from "../fold/order.js";
import { reductions } from "../fold/reduce.js";
import { averages, every, reduces } from "../mask/gates.js";
import * as masks from "../mask/norms.js";
import * as whole from "../norms/fused.js";
import { means } from "../norms/means.js";
import { maximum, minimum, plus, times } from "./contents.js";
import { moveWindow, windowOutput } from "./contraction.js";
import { has, int, ints, type OnnxNode, type OnnxRule } from "./node.js";
import { adds, bare, type OperatorTable } from "./record.js";

const dims = (layout: Layout, prefix = "d"): string[] =>
  Array.from({ length: layout.rank }, (_, i) => `${prefix}${i}`);

/** x beside parameters that lie along its dim 1. */
const perChannel: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const labels = dims(x);
  let y = x;
  for (let i = 1; i < node.inputs.length; i++)
    if (has(node, i))
      y = kit.meet(
        [
          [y, labels],
          [kit.own(i) as never, [labels[1] as string]],
        ],
        labels,
      );
  return y;
};

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

const groupNorm: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const groups = int(node, "num_groups", 1);
  const grid = kit.grid(x, 1, groups);
  if (!grid) return kit.opaque("GroupNormalization over channels that can't be seen as groups");
  kit.note(x, [1], Note.norm);
  kit.patch((cut) => ({ attributes: { num_groups: cut.shape(grid.rows)[0] as number } }));
  if (node.opset >= 21) return perChannel(node, kit);
  for (const i of [1, 2])
    kit.meet(
      [
        [kit.redim(grid.rows, [0]), ["g"]],
        [kit.own(i) as never, ["g"]],
      ],
      ["g"],
    );
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
  const y = perChannel(node, kit) as Layout;
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

export const norm: OperatorTable = {
  BatchNormalization: {
    ...bare,
    rule: batchNorm,
    fold: normalization.BatchNormalization,
    channels: "spatial",
    duty: (_, input) => duties[input],
    filled: [1, 2, 3, 4],
    untrained: [3, 4],
  },
  InstanceNormalization: {
    ...bare,
    rule: instanceNorm,
    mask: masks.instanceNorm,
    whole: whole.instanceNorm,
    fold: normalization.InstanceNormalization,
    channels: "spatial",
    duty: adds(2),
  },
  LayerNormalization: {
    ...bare,
    rule: layerNorm,
    mask: masks.layerNorm(true),
    whole: whole.layerNorm(true),
    fold: normalization.LayerNormalization,
    duty: adds(2),
  },
  RMSNormalization: {
    ...bare,
    rule: layerNorm,
    mask: masks.layerNorm(false),
    whole: whole.layerNorm(false),
    fold: normalization.RMSNormalization,
  },
  SimplifiedLayerNormalization: {
    ...bare,
    rule: layerNorm,
    mask: masks.layerNorm(false),
    whole: whole.layerNorm(false),
  },
  GroupNormalization: {
    ...bare,
    rule: groupNorm,
    mask: masks.groupNorm,
    whole: whole.groupNorm,
    fold: normalization.GroupNormalization,
    duty: adds(2),
  },
  LpNormalization: { ...bare, rule: lpNorm, mask: every(0), fold: normalization.LpNormalization },
  MeanVarianceNormalization: {
    ...bare,
    rule: meanVariance,
    mask: masks.meanVarianceNorm,
    whole: whole.meanVarianceNorm,
    fold: normalization.MeanVarianceNormalization,
  },
  LRN: { ...bare, rule: lrn },
  Softmax: { ...bare, rule: along("axis", -1, 13), fold: normalization.Softmax },
  LogSoftmax: { ...bare, rule: along("axis", -1, 13), fold: normalization.LogSoftmax },
  Hardmax: { ...bare, rule: along("axis", -1, 13) },
  CumSum: { ...bare, rule: cumSum, fold: order.CumSum },
  CumProd: { ...bare, rule: cumSum, fold: order.CumProd },

  ReduceSum: { ...sums, rule: reduce(0), fold: reductions.ReduceSum },
  ReduceSumSquare: { ...sums, rule: reduce(0), fold: reductions.ReduceSumSquare },
  ReduceL1: { ...sums, rule: reduce(0), fold: reductions.ReduceL1 },
  ReduceL2: { ...sums, rule: reduce(0), fold: reductions.ReduceL2 },
  ReduceLogSum: { ...sums, rule: reduce(0), fold: reductions.ReduceLogSum },
  ReduceMean: {
    ...bare,
    rule: reduce(Note.norm),
    mask: averages,
    whole: means,
    fold: reductions.ReduceMean,
    channels: "reduced within",
  },
  ReduceMax: {
    ...bare,
    rule: reduce(Note.extremum),
    mask: reduces(-Infinity),
    fold: reductions.ReduceMax,
    channels: "reduced within",
  },
  ReduceMin: {
    ...bare,
    rule: reduce(Note.extremum),
    mask: reduces(Infinity),
    fold: reductions.ReduceMin,
    channels: "reduced within",
  },
  ReduceProd: {
    ...bare,
    rule: reduce(Note.extremum),
    mask: reduces(1),
    fold: reductions.ReduceProd,
    channels: "reduced",
  },
  ReduceLogSumExp: {
    ...bare,
    rule: reduce(Note.extremum),
    mask: reduces(-Infinity),
    fold: reductions.ReduceLogSumExp,
    channels: "reduced",
  },
  ArgMax: { ...bare, rule: arg, fold: order.ArgMax, channels: "reduced", types: ["int64"] },
  ArgMin: { ...bare, rule: arg, fold: order.ArgMin, channels: "reduced", types: ["int64"] },
  TopK: { ...bare, rule: topK, fold: order.TopK, types: [{ like: 0 }, "int64"] },

  MaxPool: { ...bare, rule: pool, channels: "spatial within", types: [{ like: 0 }, "int64"] },
  AveragePool: { ...bare, rule: pool, channels: "spatial within" },
  LpPool: { ...bare, rule: pool, channels: "spatial" },
  GlobalAveragePool: { ...bare, rule: globalPool, channels: "spatial within" },
  GlobalMaxPool: { ...bare, rule: globalPool, channels: "spatial within" },
  GlobalLpPool: { ...bare, rule: globalPool, channels: "spatial" },
};
