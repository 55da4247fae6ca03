import type { Kit } from "@prune/graph";
import type { Labelled, Layout, Value } from "@prune/graph/advanced";
import { range, says, wrap } from "@prune/graph/rules";
import { product as products } from "../fold/product.js";
import { quantization } from "../fold/quantize.js";
import { contracts, dequantised, every } from "../mask/gates.js";
import { impossibleWindows } from "../validate/shapes/convolution.js";
import { impossibleOperands } from "../validate/shapes/operands.js";
import { gatherBlocks, matMulNBits } from "./blocks.js";
import { convolved, multiplied, productLabels } from "./contraction.js";
import { filterMacs, gemmMacs, productMacs } from "./macs.js";
import { has, int, type OnnxNode, type OnnxRule } from "./node.js";
import { pooled } from "./norm.js";
import { adds, bare, domain, type OperatorRecord, type OperatorTable } from "./record.js";
import { cellwise, joins, pools, runsAlong, sideBySide } from "./support.js";

const labelsOf = (rank: number): string[] => Array.from({ length: rank }, (_, i) => `d${i}`);

/** Scales and zero points lie along an axis, hold one number for all, or one per block of positions. */
const scaled: OnnxRule = (node, kit) => {
  const x = kit.raw(0);
  if (!x?.layout) return kit.opaque();
  const rank = x.layout.rank;
  const axis = rank === 0 ? 0 : wrap(int(node, "axis", 1), rank);
  const block = int(node, "block_size", 0);
  if (block > 0) return inBlocks(node, kit, axis, block);
  const labels = labelsOf(rank);
  return [1, 2].reduce<Labelled>(
    (y, i) => {
      if (!has(node, i)) return y;
      return [kit.meet([y, [kit.own(i) as Value, [labels[axis] ?? ""]]], labels), labels];
    },
    [x, labels],
  )[0] as Layout;
};

/** Positions along the axis of which several share a scale: those of a stored tensor leave by whole blocks. */
function inBlocks(node: OnnxNode, kit: Kit, axis: number, block: number): Layout {
  const shape = kit.shape(kit.raw(0) as Value);
  const size = shape[axis];
  const beside = [1, 2].filter((i) => has(node, i));
  const isStored = [0, ...beside].every((i) => kit.raw(i)?.parameter);
  if (!isStored || typeof size !== "number" || size % block !== 0) {
    kit.pin(kit.layout(0), [axis], "quantised in blocks of positions", "quantised");
    for (const i of beside) kit.pin(kit.layout(i), [axis], "one for each block", "quantised");
  }
  const others = range(shape.length).filter((d) => d !== axis);
  const labels = labelsOf(shape.length);
  const apart = labels.map((label, d) => (d === axis ? "" : label));
  const stored = isStored ? kit.some(0, others) : kit.layout(0);
  const rows = beside.reduce<Layout>((y, i) => {
    const scale = isStored ? kit.some(i, others) : kit.layout(i);
    return kit.meet(
      [
        [y, labels],
        [scale, apart],
      ],
      labels,
    );
  }, stored);
  if (!isStored || typeof size !== "number" || size % block !== 0) return rows;
  const names = kit.fresh([size / block], [0]);
  const view = shape.flatMap((n, d) => (d === axis ? [size / block, block] : [n as number]));
  kit.select(0, view, [axis], names, "in");
  for (const i of beside)
    kit.select(i, kit.shape(kit.raw(i) as Value) as number[], [axis], names, "value", true);
  const positions = kit.take(
    names,
    0,
    range(size).map((i) => Math.floor(i / block)),
  );
  return kit.meet(
    [
      [rows, apart],
      [positions, [labels[axis] as string]],
    ],
    labels,
  );
}

/** Scales per row of the left operand or per column of the right one. */
function scaledProduct(
  kit: Kit,
  [i, j]: readonly [number, number],
  rows: readonly number[],
  columns: readonly number[],
): Labelled | undefined {
  const product = multiplied(kit, i, j);
  if (!product) return undefined;
  const labels = product[1];
  const side = (
    y: Labelled,
    at: number,
    last: string,
    batched: (rank: number) => readonly string[],
  ): Labelled => {
    const scale = kit.raw(at)?.layout && kit.own(at);
    if (!scale?.layout || scale.layout.owner.length === 0) return y;
    const { rank } = scale.layout;
    return [kit.meet([y, [scale, rank === 1 ? [last] : batched(rank)]], labels), labels];
  };
  const q = Math.max(labels.length, 2);
  const left = rows.reduce(
    (y, at) => side(y, at, "m", (rank) => productLabels(rank, q, plain).left),
    product,
  );
  return columns.reduce((y, at) => side(y, at, "n", (rank) => productLabels(q, rank, plain).right), left);
}

const plain = [false, false] as const;

const product =
  (operands: readonly [number, number], rows: readonly number[], columns: readonly number[]): OnnxRule =>
  (_, kit) =>
    (scaledProduct(kit, operands, rows, columns)?.[0] as Layout | undefined) ?? kit.opaque();

/** Inputs with the dims that a rule of channels first expects, where the node has them last. */
export function channelsFirst(
  node: OnnxNode,
  kit: Kit,
  rule: (x: Layout) => Layout,
  last: boolean = int(node, "channels_last", 0) === 1,
): Layout {
  const x = kit.layout(0);
  if (!last) return rule(x);
  const spatial = Array.from({ length: x.rank - 2 }, (_, i) => i + 1);
  const y = rule(kit.permute(x, [0, x.rank - 1, ...spatial]));
  return kit.permute(y, [0, ...spatial.map((d) => d + 1), 1]);
}

const qLinearConv: OnnxRule = (node, kit) =>
  channelsFirst(node, kit, (x) => convolved(node, kit, x, 3, [4, 5, 8]));

const convInteger: OnnxRule = (node, kit) => convolved(node, kit, kit.layout(0), 1, [3]);

const dynamic: OnnxRule = (_, kit) => [kit.layout(0), kit.fixed([]), kit.fixed([])];

/** Operands in the middle of their scales and zero points. */
const broadcastOf =
  (...inputs: number[]): OnnxRule =>
  (_, kit) =>
    kit.broadcast(inputs);

const qLinearConcat: OnnxRule = (node, kit) => {
  const layouts = node.inputs.slice(2).flatMap((_, i) => (i % 3 === 0 ? [kit.layout(i + 2)] : []));
  return kit.concat(layouts, wrap(int(node, "axis", 0), (layouts[0] as Layout).rank));
};

const qGemm: OnnxRule = (node, kit) => {
  const turned = [int(node, "transA", 0) === 1, int(node, "transB", 0) === 1] as const;
  const y = multiplied(kit, 0, 3, turned);
  if (!y) return kit.opaque();
  return [4, 5, 6].reduce<Layout>(
    (layout, i) =>
      has(node, i)
        ? kit.meet(
            [
              [layout, ["m", "n"]],
              [kit.own(i) as Value, kit.shape(kit.raw(i) as Value).length === 2 ? ["m", "n"] : ["n"]],
            ],
            ["m", "n"],
          )
        : layout,
    y[0] as Layout,
  );
};

const qLinearPool: OnnxRule = (node, kit) => channelsFirst(node, kit, (x) => pooled(node, kit, x));

const qLinearGlobalPool: OnnxRule = (node, kit) =>
  channelsFirst(node, kit, (x) => {
    const at = Array.from({ length: x.rank - 2 }, (_, i) => i + 2);
    kit.pin(x, at, "pooled over the axis", "window");
    return kit.drop(x, at);
  });

const qLinearSoftmax: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const axis = wrap(int(node, "axis", -1), x.rank);
  const span =
    int(node, "opset", 13) < 13 ? Array.from({ length: x.rank - axis }, (_, i) => axis + i) : [axis];
  kit.pin(x, span, "Softmax runs along the axis", "softmax");
  return x;
};

const convolvesScaled = says("as Conv, with scales and zero points per channel", "space, kernel");

/** The same operator in ONNX and in onnxruntime's domain. */
const quantisedConvolution: OperatorRecord = {
  ...bare,
  rule: qLinearConv,
  support: convolvesScaled,
  mask: dequantised([0, 2]),
  macs: filterMacs(3),
  types: [{ like: 7 }],
  duty: adds(8),
  matrix: 3,
  zeroPoints: [[3, 5, "first"]],
};

const multipliesScaled = says("as MatMul, with scales, zero points and bias per row or column");

const scales = says(
  "output with input; scales and zero points along their axis, positions of a stored tensor by whole blocks",
  "activations along an axis that is quantised in blocks",
);

/** Two operands, each with its scale and zero point behind it. */
const besideBoth: OperatorRecord["zeroPoints"] = [
  [0, 2, "last"],
  [3, 5, "last"],
];

/** Operators on quantised tensors: names follow the tensors, scales and zero points lie beside them. */
export const quantised: OperatorTable = {
  QuantizeLinear: {
    ...bare,
    rule: scaled,
    support: scales,
    fold: quantization.QuantizeLinear,
    types: [{ like: 2 }],
    decides: [0],
    isExact: true,
  },
  DequantizeLinear: {
    ...bare,
    rule: scaled,
    support: scales,
    fold: quantization.DequantizeLinear,
    types: [{ like: 1 }],
    zeroPoints: [[0, 2, "attribute"]],
    isFollowed: true,
    isExact: true,
  },
  DynamicQuantizeLinear: {
    ...bare,
    rule: dynamic,
    support: says("output with input"),
    mask: every(0),
    fold: quantization.DynamicQuantizeLinear,
    types: ["uint8", "float32", "uint8"],
    decides: [0],
    isExact: true,
  },
  QLinearConv: { ...quantisedConvolution, impossible: impossibleWindows.QLinearConv },
  ConvInteger: {
    ...bare,
    rule: convInteger,
    support: convolvesScaled,
    mask: dequantised([0, 2]),
    macs: filterMacs(1),
    types: ["int32"],
    matrix: 1,
    impossible: impossibleWindows.ConvInteger,
    zeroPoints: [[1, 3, "first"]],
  },
  QLinearMatMul: {
    ...bare,
    rule: product([0, 3], [1, 2], [4, 5]),
    support: multipliesScaled,
    mask: dequantised([0, 2], [3, 5]),
    macs: productMacs,
    types: [{ like: 7 }],
    matrix: 3,
    impossible: impossibleOperands.QLinearMatMul,
    zeroPoints: besideBoth,
  },
  MatMulInteger: {
    ...bare,
    rule: product([0, 1], [2], [3]),
    support: multipliesScaled,
    mask: dequantised([0, 2], [1, 3]),
    macs: productMacs,
    fold: products.MatMulInteger,
    types: ["int32"],
    matrix: 1,
    impossible: impossibleOperands.MatMulInteger,
    zeroPoints: [
      [0, 2, "last"],
      [1, 3, "last"],
    ],
  },
  ...domain("com.microsoft", {
    QuantizeLinear: {
      ...bare,
      rule: scaled,
      support: scales,
      types: [{ like: 2 }],
      decides: [0],
      isExact: true,
    },
    DequantizeLinear: {
      ...bare,
      rule: scaled,
      support: scales,
      types: [{ like: 1 }],
      zeroPoints: [[0, 2, "attribute"]],
    },
    QLinearConv: quantisedConvolution,
    MatMulInteger16: {
      ...bare,
      rule: product([0, 1], [], []),
      support: multipliesScaled,
      mask: contracts(0, 1),
      macs: productMacs,
      matrix: 1,
    },
    MatMulIntegerToFloat: {
      ...bare,
      rule: product([0, 1], [2, 4], [3, 5, 6]),
      support: multipliesScaled,
      mask: dequantised([0, 4], [1, 5]),
      macs: productMacs,
      types: [{ like: 2 }],
      matrix: 1,
      zeroPoints: [[1, 5, "last"]],
    },
    DynamicQuantizeMatMul: {
      ...bare,
      rule: product([0, 1], [], [2, 3, 4]),
      support: multipliesScaled,
      mask: contracts(0),
      macs: productMacs,
      matrix: 1,
      decides: [0],
      zeroPoints: [[1, 3, "last"]],
    },
    QGemm: {
      ...bare,
      rule: qGemm,
      support: multipliesScaled,
      mask: dequantised([0, 2]),
      macs: gemmMacs,
      matrix: 3,
      zeroPoints: [[3, 5, "last"]],
    },
    QLinearAdd: { ...bare, rule: broadcastOf(0, 3), support: sideBySide, zeroPoints: besideBoth },
    QLinearMul: { ...bare, rule: broadcastOf(0, 3), support: sideBySide, zeroPoints: besideBoth },
    QLinearWhere: { ...bare, rule: broadcastOf(0, 1, 4), support: sideBySide },
    QLinearLeakyRelu: { ...bare, rule: broadcastOf(0), support: cellwise },
    QLinearSigmoid: { ...bare, rule: broadcastOf(0), support: cellwise },
    QLinearSoftmax: { ...bare, rule: qLinearSoftmax, support: runsAlong },
    QLinearConcat: { ...bare, rule: qLinearConcat, support: joins },
    QLinearAveragePool: { ...bare, rule: qLinearPool, support: pools },
    QLinearGlobalAveragePool: { ...bare, rule: qLinearGlobalPool, support: pools },
    MatMulNBits: {
      ...bare,
      rule: matMulNBits,
      support: says(
        "output columns with rows of the packed weight, its scales and zero points; inputs of a block with each other, their scale and zero point",
        "both where inputs are grouped by an index",
      ),
      mask: contracts(0),
      macs: productMacs,
      matrix: 1,
      // At this level kernels round what it reads to integers.
      decides: (node) => (int(node, "accuracy_level") === 4 ? [0] : []),
      centred: { inputs: [1], bits: "bits" },
    },
    GatherBlockQuantized: {
      ...bare,
      rule: gatherBlocks,
      support: says(
        "columns of a block with each other, their scales and zero points",
        "rows of the table; all of it where it isn't packed in bytes along its last dim",
      ),
      types: [{ like: 2 }],
      centred: { inputs: [0], bits: "bits" },
    },
  }),
};
