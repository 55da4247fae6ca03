import type { Kit } from "@prune/graph";
import { type Dim, type Labelled, type Layout, Note, type Value } from "@prune/graph/advanced";
import { says, wrap } from "@prune/graph/rules";
import { contracts } from "../mask/gates.js";
import * as masks from "../mask/norms.js";
import * as whole from "../norms/fused.js";
import { beside, convolved, gemm, multiplied } from "./contraction.js";
import { broadcast, same } from "./elementwise.js";
import { filterMacs, gemmMacs, productMacs, turnedMacs } from "./macs.js";
import { has, int, type OnnxNode, type OnnxRule } from "./node.js";
import { normalised, pooled } from "./norm.js";
import { channelsFirst } from "./quantised.js";
import { adds, bare, domain, type OperatorTable } from "./record.js";
import {
  cellwise,
  convolves,
  multiplies,
  normalises,
  normalisesGroups,
  pools,
  runsAlong,
  sideBySide,
} from "./support.js";

const labelsOf = (rank: number): string[] => Array.from({ length: rank }, (_, i) => `d${i}`);

/** A sum of the input, what skips past and a bias, normalised. */
const skipNorm =
  (bias: number): OnnxRule =>
  (node, kit) => {
    const sum = kit.broadcast([0, 1, bias].filter((i) => has(node, i)));
    const [y, ...rest] = normalised(node, kit, sum, 2, bias);
    return node.outputs.map((_, i) => (i === 0 ? y : i === 3 ? sum : rest[0]));
  };

/** Word, position and segment tables looked up, summed and normalised. */
const embedNorm: OnnxRule = (node, kit) => {
  const ids = kit.layout(0);
  for (const i of [0, 1, 7, 8])
    if (has(node, i)) kit.pin(kit.layout(i), undefined, "positions to look up", "table");
  const tables = [2, 3, 4]
    .filter((i) => has(node, i))
    .map((i): Labelled => [kit.produce(kit.some(i, [1])), ["", "h"]]);
  const row = kit.meet(tables, ["h"]);
  const sum = kit.redim(row, [-1, -1, 0]);
  const [batch, steps] = kit.shape(ids) as [Dim, Dim];
  const spread = kit.resize(kit.resize(sum, 0, batch), 1, steps);
  const [y] = normalised(node, kit, spread, 5, 7);
  return node.outputs.map((_, i) => (i === 0 ? y : i === 1 ? kit.fixed([batch]) : spread));
};

/** MatMul with either side turned; turned batches stay as they are. */
const fusedMatMul: OnnxRule = (node, kit) => {
  if (int(node, "transBatchA", 0) || int(node, "transBatchB", 0))
    return kit.opaque("a matrix product whose batch dims are turned");
  const y = multiplied(kit, 0, 1, [int(node, "transA", 0) === 1, int(node, "transB", 0) === 1]);
  return y ? (y[0] as Layout) : kit.opaque();
};

/** A convolution, a bias, something added, an activation. */
const fusedConv =
  (last: boolean): OnnxRule =>
  (node, kit) =>
    channelsFirst(
      node,
      kit,
      (x) => {
        const y = convolved(node, kit, x, 1, [2]);
        if (!has(node, 3)) return y;
        const added = kit.layout(3);
        const spatial = Array.from({ length: y.rank - 2 }, (_, i) => i + 1);
        const labels = labelsOf(y.rank);
        return kit.meet(
          [
            [y, labels],
            [last ? kit.permute(added, [0, y.rank - 1, ...spatial]) : added, labels],
          ],
          labels,
        );
      },
      last,
    );

const biasSoftmax: OnnxRule = (node, kit) => {
  const y = kit.broadcast();
  const axis = wrap(int(node, "axis", 1), y.rank);
  kit.pin(
    y,
    Array.from({ length: y.rank - axis }, (_, i) => axis + i),
    "Softmax runs along the axis",
    "softmax",
  );
  return y;
};

/** Group normalisation of [n, .., c] with an activation; what is added first is summed. */
const groupNorm =
  (skip: boolean): OnnxRule =>
  (node, kit) => {
    const groups = int(node, "groups", 1);
    const sum = skip ? skipped(node, kit) : kit.layout(0);
    const axis = int(node, "channels_last", 1) ? sum.rank - 1 : 1;
    const grid = kit.grid(sum, axis, groups);
    if (!grid) return kit.opaque("group normalisation over channels that can't be seen as groups");
    kit.note(sum, [axis], Note.norm);
    kit.patch((cut) => ({ attributes: { groups: cut.shape(grid.rows)[0] as number } }));
    const labels = labelsOf(sum.rank);
    const y = [1, 2].reduce(
      (layout, i) =>
        kit.meet(
          [
            [layout, labels],
            [kit.own(i) as Value, [labels[axis] as string]],
          ],
          labels,
        ),
      sum,
    );
    return node.outputs.map((_, i) => (i === 0 ? y : sum));
  };

function skipped(node: OnnxNode, kit: Kit): Layout {
  const x = kit.layout(0);
  const labels = labelsOf(x.rank);
  const axis = int(node, "channels_last", 1) ? x.rank - 1 : 1;
  return [3, 4].reduce((y, i) => {
    if (!has(node, i)) return y;
    const added = kit.own(i) as Value;
    const rank = (added.layout as Layout).rank;
    const own =
      rank === 1
        ? [labels[axis] as string]
        : rank === 2
          ? [labels[0] as string, labels[axis] as string]
          : labels;
    return kit.meet(
      [
        [y, labels],
        [added, own],
      ],
      labels,
    );
  }, x);
}

/** Two halves of the last axis, one of which gates the other. */
const biasSplitGelu: OnnxRule = (_, kit) => {
  const y = kit.broadcast();
  const last = y.rank - 1;
  const size = kit.shape(y)[last];
  if (typeof size !== "number") return kit.opaque("split at a position known only at run time");
  const half = (k: number): Layout =>
    kit.take(
      y,
      last,
      Array.from({ length: size / 2 }, (_, i) => k * (size / 2) + i),
    );
  const labels = labelsOf(y.rank);
  return kit.meet(
    [
      [half(0), labels],
      [half(1), labels],
    ],
    labels,
  );
};

const biasDropout: OnnxRule = (node, kit) => {
  const y = kit.broadcast([0, 1, 2].filter((i) => has(node, i)));
  return node.outputs.map(() => y);
};

const gemmFastGelu: OnnxRule = (node, kit) => {
  const product = multiplied(kit, 0, 1);
  if (!product) return kit.opaque();
  return (has(node, 2) ? beside(kit, product, 2) : product)[0] as Layout;
};

/** What onnxruntime's optimiser leaves in a graph that it saves. */
export const fused: OperatorTable = domain("com.microsoft", {
  SkipLayerNormalization: {
    ...bare,
    rule: skipNorm(4),
    support: normalises,
    mask: masks.skipNorm(true),
    whole: whole.skipNorm(true),
    duty: adds(3, 4),
  },
  SkipSimplifiedLayerNormalization: {
    ...bare,
    rule: skipNorm(3),
    support: normalises,
    mask: masks.skipNorm(false),
    whole: whole.skipNorm(false),
    duty: adds(3),
  },
  EmbedLayerNormalization: {
    ...bare,
    rule: embedNorm,
    support: says("columns of all tables with scale and bias", "rows of the tables"),
    mask: masks.embedNorm,
    whole: whole.embedNorm,
    types: [{ like: 2 }, "int32", { like: 2 }],
  },
  Gelu: { ...bare, rule: same, support: cellwise, isExact: true },
  QuickGelu: { ...bare, rule: same, support: cellwise, isExact: true },
  BiasGelu: { ...bare, rule: broadcast, support: sideBySide, duty: adds(1), isExact: true },
  FastGelu: { ...bare, rule: broadcast, support: sideBySide, duty: adds(1), isExact: true },
  BiasAdd: { ...bare, rule: broadcast, support: sideBySide, duty: adds(1) },
  BiasDropout: { ...bare, rule: biasDropout, support: sideBySide },
  BiasSoftmax: { ...bare, rule: biasSoftmax, support: runsAlong },
  BiasSplitGelu: {
    ...bare,
    rule: biasSplitGelu,
    support: says("a position of one half with that of the other"),
    duty: adds(1),
  },
  FusedConv: {
    ...bare,
    rule: fusedConv(false),
    support: convolves,
    mask: contracts(0),
    macs: filterMacs(1),
    duty: adds(2),
    matrix: 1,
  },
  NhwcFusedConv: {
    ...bare,
    rule: fusedConv(true),
    support: convolves,
    mask: contracts(0),
    macs: filterMacs(1),
    duty: adds(2),
    matrix: 1,
  },
  NhwcConv: {
    ...bare,
    rule: fusedConv(true),
    support: convolves,
    mask: contracts(0),
    macs: filterMacs(1),
    duty: adds(2),
    matrix: 1,
  },
  NhwcMaxPool: {
    ...bare,
    rule: (node, kit) => channelsFirst(node, kit, (x) => pooled(node, kit, x), true),
    support: pools,
  },
  FusedMatMul: {
    ...bare,
    rule: fusedMatMul,
    support: multiplies,
    mask: contracts(0, 1),
    macs: turnedMacs,
    matrix: 1,
  },
  TransposeMatMul: {
    ...bare,
    rule: fusedMatMul,
    support: multiplies,
    mask: contracts(0, 1),
    macs: turnedMacs,
    matrix: 1,
  },
  FusedGemm: {
    ...bare,
    rule: gemm,
    support: multiplies,
    mask: contracts(0, 1),
    macs: gemmMacs,
    duty: adds(2),
    matrix: 1,
  },
  GemmFastGelu: {
    ...bare,
    rule: gemmFastGelu,
    support: multiplies,
    mask: contracts(0, 1),
    macs: productMacs,
    duty: adds(2),
    matrix: 1,
  },
  GroupNorm: {
    ...bare,
    rule: groupNorm(false),
    support: normalisesGroups,
    whole: whole.unproven,
    duty: adds(2),
  },
  SkipGroupNorm: { ...bare, rule: groupNorm(true), support: normalisesGroups, whole: whole.unproven },
});
