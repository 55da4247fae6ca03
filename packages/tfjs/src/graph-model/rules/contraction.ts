import type { Kit, Labelled, Layout, Value } from "@prune/graph";
import { numbers, range, slide } from "@prune/graph/rules";
import { channelDim, flag, type Rules, spatialDims, type TfNode, type TfRule, text, texts } from "../node.js";
import { windowOutput } from "../window.js";

/** Labels of a rank: batch, spatial and channel dims; `c` says what the channel dim is called. */
const labelled = (rank: number, channel: number, c: string): string[] =>
  range(rank).map((d) => (d === channel ? c : `d${d}`));

/** Sizes of the filter at input 1, as many as the images have dims; undefined if they are known only at run time. */
function filterShape(kit: Kit, rank: number): readonly number[] | undefined {
  const filter = kit.raw(1);
  const shape = filter?.layout && numbers(kit.shape(filter));
  return shape?.length === rank ? shape : undefined;
}

const openFilter = "the shape of its filter is not known";

/** x by a filter [..kernel, in, out]. */
const convolved = (node: TfNode, kit: Kit): Layout | undefined => {
  const x = kit.layout(0);
  const channel = channelDim(node, x.rank);
  const dims = spatialDims(node, x.rank);
  const shape = filterShape(kit, x.rank);
  if (!shape) return undefined;
  const k = dims.length;
  const sizes = windowOutput(
    node,
    dims,
    dims.map((d) => kit.shape(x)[d] as number),
    shape.slice(0, k),
  );
  const filters = kit.some(1, [k, k + 1]);
  return kit.meet(
    [
      [slide(kit, x, dims, sizes), labelled(x.rank, channel, "c")],
      [filters, [...dims.map(() => ""), "c", "o"]],
    ],
    labelled(x.rank, channel, "o"),
  );
};

/** What fused operators add after the product: biases and slopes along the channels, from input 2 on. */
function fusedArguments(node: TfNode, kit: Kit, y: Layout, channel: number): Layout {
  const labels = range(y.rank).map((d) => `d${d}`);
  let met = y;
  for (let i = 2; i < node.inputs.length; i++) {
    const value = kit.own(i);
    if (!value?.layout) continue;
    const { rank } = value.layout;
    const own = rank === 1 ? [labels[channel] as string] : labels.slice(y.rank - rank);
    met = kit.meet([[met, labels] as Labelled, [value, own]], labels);
  }
  return met;
}

const conv: TfRule = (node, kit) => {
  const y = convolved(node, kit);
  if (!y) return kit.opaque(openFilter);
  if (texts(node, "fused_ops").includes("FusedBatchNorm"))
    return kit.opaque("normalisation fused into a convolution");
  return fusedArguments(node, kit, y, channelDim(node, y.rank));
};

/** x by a filter [..kernel, in, multiplier]: output channel c * multiplier + m comes from channel c alone. */
const depthwise: TfRule = (node, kit) => {
  const x = kit.layout(0);
  const channel = channelDim(node, x.rank);
  const dims = spatialDims(node, x.rank);
  const shape = filterShape(kit, x.rank);
  if (!shape) return kit.opaque(openFilter);
  const sizes = windowOutput(
    node,
    dims,
    dims.map((d) => kit.shape(x)[d] as number),
    shape.slice(0, 2),
  );
  const window = slide(kit, x, dims, sizes);
  const labels = labelled(x.rank, channel, "c");
  const [inputs, multiplier] = [shape[2] as number, shape[3] as number];
  if (multiplier === 1) {
    const y = kit.meet([[window, labels] as Labelled, [kit.some(1, [2]), ["", "", "c", ""]]], labels);
    return fusedArguments(node, kit, y, channel);
  }
  if (!kit.raw(1)?.parameter) return kit.opaque("depthwise filters that are computed");
  const made = kit.fresh([inputs * multiplier], [0]);
  const cells = kit.grid(made, 0, inputs);
  if (!cells) return kit.opaque("depthwise filters over an axis that can't be seen as channels");
  const beside = kit.drop(
    x,
    range(x.rank).filter((d) => d !== channel),
  );
  kit.meet(
    [
      [beside, range(x.rank).map((d) => (d === channel ? "c" : ""))],
      [cells.rows, ["c", ""]],
    ],
    ["c"],
  );
  kit.select(1, shape, [2, 3], cells.cells, "out");
  const out = range(x.rank).map((d) => (d === channel ? "o" : `d${d}`));
  const y = kit.meet(
    [[window, range(x.rank).map((d) => (d === channel ? "x" : `d${d}`))] as Labelled, [made, ["o"]]],
    out,
  );
  return fusedArguments(node, kit, y, channel);
};

/** A transposed convolution by a filter [..kernel, out, in]; input 0 states the output's sizes. */
const convTranspose: TfRule = (node, kit) => {
  const x = kit.layout(2);
  if (!filterShape(kit, x.rank)) return kit.opaque(openFilter);
  const want = kit.data(0);
  if (!want) return kit.opaque("the output's sizes are known only at run time");
  const channel = channelDim(node, x.rank);
  const dims = spatialDims(node, x.rank);
  const window = slide(
    kit,
    x,
    dims,
    dims.map((d) => want[d] as number),
  );
  const y = kit.meet(
    [
      [window, labelled(x.rank, channel, "c")],
      [kit.some(1, [2, 3]), ["", "", "o", "c"]],
    ],
    labelled(x.rank, channel, "o"),
  );
  kit.patch((cut) => ({
    inputs: { 0: want.map((d, i) => (i === channel ? (cut.shape(y)[i] as number) : d)) },
  }));
  return y;
};

/** [.., m, k] x [.., k, n], either with its last two dims swapped. */
const product =
  (left: string, right: string): TfRule =>
  (node, kit) => {
    const [a, b] = [kit.raw(0), kit.raw(1)];
    if (!a?.layout || !b?.layout) return kit.opaque("the shape of what it reads is not known");
    const [p, q] = [a.layout.rank, b.layout.rank];
    const batch = range(Math.max(p, q) - 2).map((i) => `b${i}`);
    const side = (rank: number, dims: readonly string[], turn: boolean): string[] => [
      ...batch.slice(batch.length - rank + 2),
      ...(turn ? [...dims].reverse() : dims),
    ];
    const y = kit.meet(
      [
        [a, side(p, ["m", "k"], flag(node, left))],
        [b, side(q, ["k", "n"], flag(node, right))],
      ],
      [...batch, "m", "n"],
    );
    return fusedArguments(node, kit, y, y.rank - 1);
  };

const einsum: TfRule = (node, kit) => {
  const [given = "", result = ""] = text(node, "equation").replaceAll(" ", "").split("->");
  const terms = given.split(",");
  const plain = [...terms, result].every((term) => !term.includes(".") && new Set(term).size === term.length);
  if (!plain) return kit.opaque("Einsum with an ellipsis or a diagonal");
  return kit.meet(
    terms.map((term, i) => [kit.raw(i) as Value, [...term]]),
    [...result],
  );
};

/** Operators that multiply and sum. */
export const contraction: Rules = {
  Conv1D: conv,
  Conv2D: conv,
  _FusedConv2D: conv,
  Conv3D: conv,
  DepthwiseConv2d: depthwise,
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2dNative: depthwise,
  Conv2DBackpropInput: convTranspose,
  MatMul: product("transpose_a", "transpose_b"),
  _FusedMatMul: product("transpose_a", "transpose_b"),
  BatchMatMul: product("adj_x", "adj_y"),
  BatchMatMulV2: product("adj_x", "adj_y"),
  Einsum: einsum,
};
