import type { Kit } from "@prune/graph";
import type { Duty, Layout, Value } from "@prune/graph/advanced";
import { firstFault, type Join, joining, numbers, range, says, slide } from "@prune/graph/rules";
import { imageJoins } from "../../image-joins.js";
import {
  convolved as convolvable,
  einsumOperands,
  product as fitting,
  list,
} from "../../validate/shapes/operands.js";
import { multiplies, takesImages } from "../demands.js";
import { contracts } from "../mask/gates.js";
import { channelDim, flag, spatialDims, type TfNode, type TfRule, text, texts } from "../node.js";
import { windowOutput } from "../window.js";
import { depthwiseMacs, einsumMacs, productMacs, transposedMacs, windowMacs } from "./macs.js";
import type { OperatorRecord, OperatorTable } from "./record.js";

const { byFormat, filtered, spreadOver, eachChannel, makes } = imageJoins(channelDim);
const broadcast = joining("..., ... -> ...");

/** Values that lie along the channels. */
export const besideChannels: (node: TfNode) => Join = byFormat("* c, c -> * c", "n c *, c -> n c *");

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
  return filtered(node)(kit, [slide(kit, x, dims, sizes), kit.some(1, [k, k + 1])]);
};

/** What fused operators add after the product: biases and slopes along the channels, from input 2 on. */
const fusedArguments = (node: TfNode, kit: Kit, y: Layout, along: Join): Layout =>
  node.inputs.slice(2).reduce((met, _, i) => {
    const value = kit.own(i + 2);
    if (!value?.layout) return met;
    return (value.layout.rank === 1 ? along : broadcast)(kit, [met, value]);
  }, y);

const conv: TfRule = (node, kit) => {
  const y = convolved(node, kit);
  if (!y) return kit.opaque(openFilter);
  if (texts(node, "fused_ops").includes("FusedBatchNorm"))
    return kit.opaque("normalisation fused into a convolution");
  return fusedArguments(node, kit, y, besideChannels(node));
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
  const [inputs, multiplier] = [shape[2] as number, shape[3] as number];
  if (multiplier === 1) {
    const y = eachChannel(node)(kit, [window, kit.some(1, [2])]);
    return fusedArguments(node, kit, y, besideChannels(node));
  }
  if (!kit.raw(1)?.parameter) return kit.opaque("depthwise filters that are computed");
  const filters = kit.fresh([inputs * multiplier], [0]);
  const cells = kit.grid(filters, 0, inputs);
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
  return fusedArguments(node, kit, makes(node)(kit, [window, filters]), besideChannels(node));
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
  const y = spreadOver(node)(kit, [window, kit.some(1, [2, 3])]);
  kit.patch((cut) => ({
    inputs: { 0: want.map((d, i) => (i === channel ? (cut.shape(y)[i] as number) : d)) },
  }));
  return y;
};

/** [.., m, k] x [.., k, n], either with its last two dims swapped. */
const product = (left: string, right: string): TfRule => {
  const joins = ["... m k", "... k m"].map((a) =>
    ["... k n", "... n k"].map((b) => joining(`${a}, ${b} -> ... m n`)),
  );
  const along = joining("* c, c -> * c");
  return (node, kit) => {
    const [a, b] = [kit.raw(0), kit.raw(1)];
    if (!a?.layout || !b?.layout) return kit.opaque("the shape of what it reads is not known");
    const join = joins[Number(flag(node, left))]?.[Number(flag(node, right))] as Join;
    return fusedArguments(node, kit, join(kit, [a, b]), along);
  };
};

const einsum: TfRule = (node, kit) => {
  const [given = "", result = ""] = text(node, "equation").replaceAll(" ", "").split("->");
  const terms = given.split(",");
  const plain = [...terms, result].every((term) => !term.includes(".") && new Set(term).size === term.length);
  if (!plain) return kit.opaque("Einsum with an ellipsis or a diagonal");
  if (node.inputs.some((_, i) => !kit.raw(i)?.layout)) return kit.opaque();
  return kit.meet(
    terms.map((term, i) => [kit.raw(i) as Value, [...term]]),
    [...result],
  );
};

/** What the inputs behind the first of a normalisation do, scale first. */
export const normDuties: readonly Duty[] = ["scale", "bias", "statistic", "statistic"];

/** What is stored for the operators that are fused with a product. */
const fusedDuty = (node: TfNode, input: number): Duty | undefined => {
  const fused = texts(node, "fused_ops");
  if (fused.includes("FusedBatchNorm")) return normDuties[input - 2];
  return input === 2 && fused.includes("BiasAdd") ? "bias" : undefined;
};

const filters = {
  rule: conv,
  inputs: 2,
  mask: contracts(0),
  macs: windowMacs,
  contents: undefined,
  demands: takesImages(0, 1, -2, ({ length }) => length),
  impossible: convolvable(0, 4),
  support: says(
    "input channels with filter inputs, filters with bias, slopes and output channels",
    "space, kernel",
  ),
  attributes: ["strides", "dilations"],
} as const;

const byChannel = {
  ...filters,
  rule: depthwise,
  // Channels stay apart.
  mask: undefined,
  macs: depthwiseMacs,
  support: says("input channels with filters and, as many as each makes, output channels", "space, kernel"),
} as const;

const products = (left: string, right: string): OperatorRecord => ({
  rule: product(left, right),
  impossible: fitting(left, right),
  inputs: 2,
  mask: contracts(0, 1),
  macs: productMacs(left),
  contents: undefined,
  demands: undefined,
  support: says("columns of the left with rows of the right; other dims with the output's"),
  linear: "product",
});

/** Operators that multiply and sum. */
export const contraction: OperatorTable = {
  Conv1D: { ...filters, most: Infinity, attributes: [], impossible: undefined },
  Conv2D: { ...filters, linear: "window" },
  _FusedConv2D: { ...filters, linear: "window", most: Infinity, duty: fusedDuty },
  Conv3D: { ...filters, linear: "window", impossible: convolvable(0, 5) },
  DepthwiseConv2d: { ...byChannel, most: Infinity, attributes: [], impossible: undefined },
  DepthwiseConv2dNative: byChannel,
  FusedDepthwiseConv2dNative: { ...byChannel, most: Infinity, duty: fusedDuty },
  Conv2DBackpropInput: {
    rule: convTranspose,
    inputs: 3,
    mask: contracts(2),
    macs: transposedMacs,
    contents: undefined,
    demands: takesImages(2, 1, -1, ({ length }) => length),
    impossible: firstFault<TfNode>(convolvable(2, 4, -1), list(0)),
    support: says("as Conv2D, with the filter's last two dims swapped", "space, kernel"),
    attributes: ["strides"],
  },
  MatMul: {
    ...products("transpose_a", "transpose_b"),
    demands: multiplies("transpose_a", "transpose_b"),
  },
  _FusedMatMul: {
    ...products("transpose_a", "transpose_b"),
    demands: multiplies("transpose_a", "transpose_b"),
    most: Infinity,
    duty: fusedDuty,
  },
  BatchMatMul: products("adj_x", "adj_y"),
  BatchMatMulV2: products("adj_x", "adj_y"),
  Einsum: {
    rule: einsum,
    inputs: 1,
    most: Infinity,
    impossible: einsumOperands,
    mask: contracts(),
    macs: einsumMacs,
    contents: undefined,
    demands: undefined,
    support: says("dims of the same letter", "all dims where there is an ellipsis or a diagonal"),
  },
};
