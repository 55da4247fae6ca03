import { type Random, randomStream } from "@prune/samples";
import { describe, expect, test } from "vitest";
import { distinct, floats, integers, type Node, type Stored, size, slopeError } from "./slopes.js";

interface Case {
  readonly name: string;
  readonly nodes: (r: Random) => readonly Node[];
  readonly opsets: readonly number[];
  /** Allowed difference, relative to the gradient's length. */
  readonly within?: number;
}

const cases: Case[] = [];
const current = [13, 17, 21] as const;

function add(
  name: string,
  node: (r: Random) => Node,
  opsets: readonly number[] = current,
  within?: number,
): void {
  cases.push({ name, nodes: (r) => [node(r)], opsets, ...(within !== undefined && { within }) });
}

/** Small shapes of a rank. */
const shape = (r: Random, rank: number): number[] => Array.from({ length: rank }, () => 1 + r.integer(4));
/** The same with some dims of size 1 and some left out in front. */
function broadcastFrom(r: Random, whole: readonly number[]): number[] {
  return whole.slice(r.integer(whole.length + 1)).map((d) => (r.uniform() < 0.4 ? 1 : d));
}

// Cellwise.
const smooth = (x: number): number => x;
const positive = (x: number): number => Math.abs(x) + 0.3;
const inside = (x: number): number => Math.tanh(x) * 0.8;
const unary: readonly (readonly [string, (x: number) => number, (readonly number[])?])[] = [
  ["Neg", smooth],
  ["Abs", smooth],
  ["Exp", inside],
  ["Log", positive],
  ["Sqrt", positive],
  ["Reciprocal", positive],
  ["Sin", smooth],
  ["Cos", smooth],
  ["Tan", inside],
  ["Asin", inside],
  ["Acos", inside],
  ["Atan", smooth],
  ["Sinh", inside],
  ["Cosh", inside],
  ["Asinh", smooth],
  ["Acosh", (x) => Math.abs(x) + 1.5],
  ["Atanh", inside],
  ["Erf", smooth],
  ["Relu", smooth],
  ["Sigmoid", smooth],
  ["Tanh", smooth],
  ["Softplus", smooth],
  ["Softsign", smooth],
  ["HardSigmoid", smooth],
  ["LeakyRelu", smooth],
  ["Elu", smooth],
  ["Selu", smooth],
  ["Celu", smooth],
  ["ThresholdedRelu", smooth],
  ["Identity", smooth],
  ["Shrink", smooth],
  ["HardSwish", smooth, [14, 17]],
  ["Mish", smooth, [18, 21]],
  ["Gelu", smooth, [20, 21]],
];
for (const [op, make, opsets] of unary)
  add(op, (r) => ({ op, inputs: [floats(r, shape(r, 2 + r.integer(2)), make)] }), opsets);
for (const op of ["LeakyRelu", "Elu", "Celu", "ThresholdedRelu"])
  add(`${op} with its own slope`, (r) => ({
    op,
    inputs: [floats(r, [3, 4])],
    attributes: { alpha: { float: 0.35 } },
  }));
add(
  "Gelu by tanh",
  (r) => ({ op: "Gelu", inputs: [floats(r, [3, 4])], attributes: { approximate: { string: "tanh" } } }),
  [20],
);
add("Cast to float32", (r) => ({ op: "Cast", inputs: [floats(r, [3, 2])], attributes: { to: 1 } }));
add("Dropout", (r) => ({ op: "Dropout", inputs: [floats(r, [3, 2])] }));
for (const op of ["Gelu", "QuickGelu", "FastGelu"])
  add(`${op} of com.microsoft`, (r) => ({ op, domain: "com.microsoft", inputs: [floats(r, [3, 4])] }), [17]);
for (const op of ["BiasGelu", "FastGelu"])
  add(
    `${op} of com.microsoft, with a bias`,
    (r) => ({ op, domain: "com.microsoft", inputs: [floats(r, [2, 3, 4]), floats(r, [4])] }),
    [17],
  );
add("Clip", (r) => ({
  op: "Clip",
  inputs: [
    distinct(r, [4, 5]),
    { type: "float32", shape: [], values: [-0.6] },
    { type: "float32", shape: [], values: [0.7] },
  ],
}));

// Operands that are broadcast.
for (const op of ["Add", "Sub", "Mul", "Div", "PRelu", "Max", "Min", "Mean", "Sum"])
  add(
    `${op}, broadcast`,
    (r) => {
      const whole = shape(r, 3);
      const b = floats(r, broadcastFrom(r, whole), op === "Div" ? positive : smooth);
      return { op, inputs: [floats(r, whole), b] };
    },
    [9, ...current],
  );
add("Pow", (r) => ({ op: "Pow", inputs: [floats(r, [3, 4], positive), floats(r, [4])] }));
add("Pow by an integer", (r) => ({ op: "Pow", inputs: [floats(r, [3, 4]), integers([2], [])] }));
add(
  "Mod of floats",
  (r) => ({
    op: "Mod",
    inputs: [floats(r, [5], (x) => Math.abs(x) * 0.2), { type: "float32", shape: [1], values: [3] }],
    attributes: { fmod: 1 },
  }),
  [13, 17],
);
add(
  "Where, broadcast",
  (r) => ({
    op: "Where",
    inputs: [{ type: "bool", shape: [3, 1], values: [1, 0, 1] }, floats(r, [3, 4]), floats(r, [4])],
  }),
  [9, ...current],
);

// Products.
const matrices: readonly (readonly [string, readonly number[], readonly number[]])[] = [
  ["two matrices", [3, 4], [4, 5]],
  ["a batch with one matrix", [2, 3, 4], [4, 5]],
  ["batches", [2, 3, 4], [2, 4, 5]],
  ["batches, broadcast", [2, 1, 3, 4], [3, 4, 5]],
  ["a vector from the left", [4], [4, 5]],
  ["a vector from the right", [2, 3, 4], [4]],
  ["two vectors", [4], [4]],
  ["a vector with a batch", [4], [2, 4, 5]],
];
for (const [name, a, b] of matrices)
  add(`MatMul of ${name}`, (r) => ({ op: "MatMul", inputs: [floats(r, a), floats(r, b)] }), [9, ...current]);
for (const [transA, transB] of [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const)
  add(
    `Gemm, transA ${transA}, transB ${transB}`,
    (r) => ({
      op: "Gemm",
      inputs: [
        floats(r, transA ? [4, 3] : [3, 4]),
        floats(r, transB ? [5, 4] : [4, 5]),
        floats(r, r.uniform() < 0.5 ? [5] : [3, 1]),
      ],
      attributes: { transA, transB, alpha: { float: 0.7 }, beta: { float: 1.3 } },
    }),
    [9, ...current],
  );
for (const [equation, a, b] of [
  ["bhid,bhjd->bhij", [2, 2, 3, 4], [2, 2, 5, 4]],
  ["ij,kj->ki", [3, 4], [5, 4]],
  ["ijk,jl->il", [2, 3, 4], [3, 5]],
  ["i,j->ij", [3], [4]],
] as const)
  add(`Einsum ${equation}`, (r) => ({
    op: "Einsum",
    inputs: [floats(r, a), floats(r, b)],
    attributes: { equation: { string: equation } },
  }));

// Convolutions.
interface ConvCase {
  readonly name: string;
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly attributes?: NonNullable<Node["attributes"]>;
}
const convs: readonly ConvCase[] = [
  { name: "plain", x: [2, 3, 6, 5], w: [4, 3, 3, 3] },
  { name: "1x1", x: [2, 3, 4, 4], w: [5, 3, 1, 1] },
  { name: "1x1 with strides", x: [2, 3, 5, 4], w: [5, 3, 1, 1], attributes: { strides: [2, 2] } },
  { name: "padded", x: [2, 3, 5, 5], w: [4, 3, 3, 3], attributes: { pads: [1, 1, 1, 1] } },
  { name: "padded unevenly", x: [2, 3, 5, 6], w: [4, 3, 3, 2], attributes: { pads: [0, 1, 2, 0] } },
  { name: "strides", x: [2, 3, 7, 8], w: [4, 3, 3, 3], attributes: { strides: [2, 3], pads: [1, 1, 1, 1] } },
  {
    name: "a stride along one dim",
    x: [2, 3, 6, 8],
    w: [4, 3, 3, 3],
    attributes: { strides: [1, 2], pads: [1, 1, 1, 1] },
  },
  { name: "few inputs", x: [2, 1, 5, 4], w: [7, 1, 3, 2], attributes: { pads: [1, 1, 1, 0] } },
  { name: "few outputs", x: [2, 7, 5, 4], w: [1, 7, 3, 2], attributes: { pads: [1, 1, 1, 0] } },
  {
    name: "pads wider than the kernel",
    x: [2, 3, 4, 4],
    w: [4, 3, 2, 2],
    attributes: { pads: [2, 1, 3, 1] },
  },
  {
    name: "strides that leave places over",
    x: [1, 2, 8, 9],
    w: [3, 2, 3, 3],
    attributes: { strides: [3, 3] },
  },
  {
    name: "dilations",
    x: [2, 3, 8, 8],
    w: [4, 3, 3, 3],
    attributes: { dilations: [2, 3], pads: [2, 3, 2, 3] },
  },
  {
    name: "strides and dilations",
    x: [2, 3, 11, 10],
    w: [4, 3, 3, 3],
    attributes: { strides: [2, 2], dilations: [2, 1], pads: [1, 0, 1, 0] },
  },
  { name: "groups", x: [2, 6, 5, 5], w: [4, 3, 3, 3], attributes: { group: 2, pads: [1, 1, 1, 1] } },
  {
    name: "depthwise",
    x: [2, 4, 6, 6],
    w: [4, 1, 3, 3],
    attributes: { group: 4, pads: [1, 1, 1, 1], strides: [2, 2] },
  },
  { name: "depthwise with a multiplier", x: [2, 3, 5, 5], w: [6, 1, 3, 3], attributes: { group: 3 } },
  {
    name: "SAME_UPPER",
    x: [1, 2, 7, 6],
    w: [3, 2, 3, 4],
    attributes: { strides: [2, 2], auto_pad: { string: "SAME_UPPER" } },
  },
  {
    name: "SAME_LOWER",
    x: [1, 2, 7, 6],
    w: [3, 2, 4, 3],
    attributes: { auto_pad: { string: "SAME_LOWER" } },
  },
  { name: "VALID", x: [1, 2, 7, 6], w: [3, 2, 4, 3], attributes: { auto_pad: { string: "VALID" } } },
  {
    name: "a wide kernel",
    x: [2, 4, 13, 12],
    w: [6, 2, 6, 5],
    attributes: { group: 2, strides: [2, 1], dilations: [1, 2], pads: [1, 2, 0, 1] },
  },
  { name: "of one dim", x: [2, 3, 9], w: [4, 3, 4], attributes: { strides: [2], pads: [1, 2] } },
  {
    name: "of three dims",
    x: [1, 2, 4, 5, 4],
    w: [3, 2, 2, 3, 2],
    attributes: { pads: [1, 0, 0, 0, 1, 1], strides: [1, 2, 1] },
  },
];
for (const { name, x, w, attributes = {} } of convs)
  add(
    `Conv, ${name}`,
    (r) => ({ op: "Conv", inputs: [floats(r, x), floats(r, w), floats(r, [w[0] as number])], attributes }),
    [9, ...current],
  );
const groupOf = (attributes: NonNullable<Node["attributes"]>): number =>
  Number(("group" in attributes && attributes.group) || 1);
const transposed: readonly ConvCase[] = [
  { name: "plain", x: [2, 3, 4, 5], w: [3, 2, 3, 3] },
  {
    name: "strides and pads",
    x: [2, 3, 4, 5],
    w: [3, 2, 3, 3],
    attributes: { strides: [2, 2], pads: [1, 0, 1, 1] },
  },
  {
    name: "output padding",
    x: [2, 3, 4, 5],
    w: [3, 2, 3, 3],
    attributes: { strides: [2, 3], pads: [1, 1, 1, 1], output_padding: [1, 2] },
  },
  {
    name: "groups and dilations",
    x: [2, 4, 4, 4],
    w: [4, 3, 2, 3],
    attributes: { group: 2, dilations: [2, 1] },
  },
  {
    name: "a stated shape",
    x: [1, 2, 4, 4],
    w: [2, 3, 3, 3],
    attributes: { strides: [2, 2], output_shape: [8, 8] },
  },
  {
    name: "SAME_UPPER",
    x: [1, 2, 4, 4],
    w: [2, 3, 3, 3],
    attributes: { strides: [2, 2], auto_pad: { string: "SAME_UPPER" } },
  },
];
for (const { name, x, w, attributes = {} } of transposed)
  add(
    `ConvTranspose, ${name}`,
    (r) => ({
      op: "ConvTranspose",
      inputs: [floats(r, x), floats(r, w), floats(r, [(w[1] as number) * groupOf(attributes)])],
      attributes,
    }),
    [11, ...current],
  );

// Pooling.
const pools: readonly (readonly [
  string,
  readonly number[],
  NonNullable<Node["attributes"]>,
  (readonly number[])?,
])[] = [
  ["plain", [2, 3, 6, 6], { kernel_shape: [2, 2], strides: [2, 2] }],
  ["overlapping, padded", [2, 2, 5, 6], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }],
  ["rounding up", [1, 2, 6, 5], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }, [11, 13, 17]],
  ["one dim", [2, 2, 9], { kernel_shape: [3], strides: [2] }],
  ["SAME_UPPER", [1, 2, 5, 5], { kernel_shape: [2, 3], strides: [2, 2], auto_pad: { string: "SAME_UPPER" } }],
];
for (const [name, x, attributes, opsets = [9, 11, ...current]] of pools)
  for (const op of ["MaxPool", "AveragePool"])
    add(
      `${op}, ${name}`,
      (r) => ({ op, inputs: [distinct(r, x)], attributes }),
      op === "AveragePool" && name === "rounding up" ? [11, 13] : opsets,
    );
add("AveragePool that counts the padding", (r) => ({
  op: "AveragePool",
  inputs: [floats(r, [1, 2, 5, 5])],
  attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 },
}));
add("MaxPool with dilations", (r) => ({
  op: "MaxPool",
  inputs: [distinct(r, [1, 2, 7, 7])],
  attributes: { kernel_shape: [2, 2], dilations: [2, 2] },
}));
for (const op of ["GlobalAveragePool", "GlobalMaxPool"])
  add(op, (r) => ({ op, inputs: [distinct(r, [2, 3, 3, 4])] }), [9, ...current]);
add("GlobalLpPool", (r) => ({ op: "GlobalLpPool", inputs: [floats(r, [2, 3, 3, 4])], attributes: { p: 2 } }));
add("LpPool", (r) => ({
  op: "LpPool",
  inputs: [floats(r, [2, 3, 5, 4], positive)],
  attributes: { kernel_shape: [2, 2], strides: [1, 2], p: 3 },
}));

// Reductions.
for (const op of [
  "ReduceSum",
  "ReduceMean",
  "ReduceMax",
  "ReduceMin",
  "ReduceProd",
  "ReduceL1",
  "ReduceL2",
  "ReduceSumSquare",
  "ReduceLogSum",
  "ReduceLogSumExp",
])
  for (const keepdims of [0, 1]) {
    const data = (r: Random): Stored => {
      if (/Max|Min/.test(op)) return distinct(r, [2, 3, 4]);
      return floats(r, [2, 3, 4], /Prod|LogSum$/.test(op) ? positive : smooth);
    };
    const byInput = op === "ReduceSum" ? [13, 18, 21] : [18, 21];
    add(
      `${op}, keepdims ${keepdims}, axes as an input`,
      (r) => ({ op, inputs: [data(r), integers([-1, 0])], attributes: { keepdims } }),
      byInput,
    );
    add(
      `${op}, keepdims ${keepdims}, axes as an attribute`,
      (r) => ({ op, inputs: [data(r)], attributes: { keepdims, axes: [0, 2] } }),
      op === "ReduceSum" ? [11] : [11, 13],
    );
    add(
      `${op}, keepdims ${keepdims}, over all`,
      (r) => ({ op, inputs: [data(r)], attributes: { keepdims } }),
      [11, ...current],
    );
  }
for (const op of ["Softmax", "LogSoftmax"]) {
  add(op, (r) => ({ op, inputs: [floats(r, [2, 3, 4])], attributes: { axis: r.integer(3) } }), [
    9,
    11,
    ...current,
  ]);
  add(`${op} by default`, (r) => ({ op, inputs: [floats(r, [2, 3, 4])] }), [9, ...current]);
}
for (const [exclusive, reverse] of [
  [0, 0],
  [1, 0],
  [1, 1],
])
  add(`CumSum, exclusive ${exclusive}, reverse ${reverse}`, (r) => ({
    op: "CumSum",
    inputs: [floats(r, [3, 4]), integers([1], [])],
    attributes: { exclusive: exclusive as number, reverse: reverse as number },
  }));

// Norms.
const vector = (r: Random, length: number): Stored => floats(r, [length]);
add(
  "BatchNormalization",
  (r) => ({
    op: "BatchNormalization",
    inputs: [floats(r, [2, 3, 4, 4]), vector(r, 3), vector(r, 3), vector(r, 3), floats(r, [3], positive)],
  }),
  [9, ...current],
);
add("BatchNormalization of rank 2", (r) => ({
  op: "BatchNormalization",
  inputs: [floats(r, [5, 3]), vector(r, 3), vector(r, 3), vector(r, 3), floats(r, [3], positive)],
}));
add(
  "BatchNormalization by the batch",
  (r) => ({
    op: "BatchNormalization",
    inputs: [floats(r, [3, 2, 4, 4]), vector(r, 2), vector(r, 2), vector(r, 2), floats(r, [2], positive)],
    attributes: { training_mode: 1 },
    outputs: ["y", "_mean", "_variance"],
  }),
  [15, 17],
);
add(
  "InstanceNormalization",
  (r) => ({ op: "InstanceNormalization", inputs: [floats(r, [2, 3, 4, 4]), vector(r, 3), vector(r, 3)] }),
  [9, ...current],
);
add(
  "LayerNormalization",
  (r) => ({ op: "LayerNormalization", inputs: [floats(r, [2, 3, 8]), vector(r, 8), vector(r, 8)] }),
  [17, 21],
);
add(
  "LayerNormalization over two axes",
  (r) => ({
    op: "LayerNormalization",
    inputs: [floats(r, [2, 3, 6]), floats(r, [3, 6]), floats(r, [3, 6])],
    attributes: { axis: 1 },
  }),
  [17],
);
add(
  "SimplifiedLayerNormalization",
  (r) => ({ op: "SimplifiedLayerNormalization", inputs: [floats(r, [2, 3, 8]), vector(r, 8)] }),
  [17],
);
add(
  "SkipLayerNormalization",
  (r) => ({
    op: "SkipLayerNormalization",
    domain: "com.microsoft",
    inputs: [floats(r, [2, 3, 8]), floats(r, [2, 3, 8]), vector(r, 8), vector(r, 8), vector(r, 8)],
  }),
  [17],
);
add(
  "GroupNormalization with a scale per group",
  (r) => ({
    op: "GroupNormalization",
    inputs: [floats(r, [2, 6, 4]), vector(r, 2), vector(r, 2)],
    attributes: { num_groups: 2 },
  }),
  [18],
);
add(
  "GroupNormalization with a scale per channel",
  (r) => ({
    op: "GroupNormalization",
    inputs: [floats(r, [2, 6, 4]), vector(r, 6), vector(r, 6)],
    attributes: { num_groups: 2 },
  }),
  [21],
);
// Written as plainer operators, it runs at opsets that don't have it either.
for (const alpha of [1, 1.5])
  add(`SwiGLU, alpha ${alpha}`, (r) => ({
    op: "SwiGLU",
    inputs: [floats(r, [3, 5]), floats(r, [3, 5])],
    attributes: { alpha: { float: alpha } },
  }));
add("MeanVarianceNormalization", (r) => ({
  op: "MeanVarianceNormalization",
  inputs: [floats(r, [2, 3, 4, 4])],
}));
for (const p of [1, 2])
  add(`LpNormalization, p ${p}`, (r) => ({
    op: "LpNormalization",
    inputs: [floats(r, [3, 5])],
    attributes: { p, axis: 1 },
  }));
add(
  "LRN",
  (r) => ({ op: "LRN", inputs: [floats(r, [2, 6, 3, 3])], attributes: { size: 3, alpha: { float: 0.5 } } }),
  [9, ...current],
);

// Movement.
add("Reshape", (r) => ({ op: "Reshape", inputs: [floats(r, [2, 6]), integers([3, -1])] }), [9, ...current]);
add("Flatten", (r) => ({ op: "Flatten", inputs: [floats(r, [2, 3, 2])] }), [9, ...current]);
add("Squeeze", (r) => ({ op: "Squeeze", inputs: [floats(r, [2, 1, 3]), integers([1])] }));
add("Unsqueeze", (r) => ({ op: "Unsqueeze", inputs: [floats(r, [2, 3]), integers([0, 2])] }));
add(
  "Transpose",
  (r) => ({ op: "Transpose", inputs: [floats(r, [2, 3, 4])], attributes: { perm: [2, 0, 1] } }),
  [9, ...current],
);
add("Transpose by default", (r) => ({ op: "Transpose", inputs: [floats(r, [2, 3, 4])] }));
add("Expand", (r) => ({ op: "Expand", inputs: [floats(r, [3, 1]), integers([2, 3, 4])] }), [9, ...current]);
add("Tile", (r) => ({ op: "Tile", inputs: [floats(r, [2, 3]), integers([2, 2])] }), [17, 21]);
add(
  "Concat",
  (r) => ({
    op: "Concat",
    inputs: [floats(r, [2, 3]), floats(r, [2, 1]), floats(r, [2, 2])],
    attributes: { axis: -1 },
  }),
  [11, ...current],
);
add("Split", (r) => ({
  op: "Split",
  inputs: [floats(r, [2, 6]), integers([1, 2, 3])],
  outputs: ["y", "z", "w"],
  attributes: { axis: 1 },
}));
add("Split of which one part is read", (r) => ({
  op: "Split",
  inputs: [floats(r, [2, 6]), integers([1, 2, 3])],
  outputs: ["_a", "z", "_b"],
  attributes: { axis: 1 },
}));
add(
  "Slice",
  (r) => ({
    op: "Slice",
    inputs: [floats(r, [5, 6]), integers([1, -4]), integers([4, 1000]), integers([0, 1])],
  }),
  [11, ...current],
);
add(
  "Slice with steps",
  (r) => ({
    op: "Slice",
    inputs: [floats(r, [5, 6]), integers([4, 0]), integers([-100, 6]), integers([0, 1]), integers([-1, 2])],
  }),
  [17, 21],
);
add(
  "Slice of opset 9",
  (r) => ({ op: "Slice", inputs: [floats(r, [5, 6])], attributes: { starts: [1], ends: [-1], axes: [1] } }),
  [9],
);
for (const mode of ["constant", "reflect", "edge"])
  add(
    `Pad, ${mode}`,
    (r) => ({
      op: "Pad",
      inputs: [floats(r, [3, 4]), integers([1, 2, 0, 1])],
      attributes: { mode: { string: mode } },
    }),
    mode === "constant" ? [11, ...current] : [17, 21],
  );
add("Pad that crops", (r) => ({ op: "Pad", inputs: [floats(r, [3, 4]), integers([-1, 1, 0, -1])] }));
add("Gather", (r) => ({ op: "Gather", inputs: [floats(r, [5, 3]), integers([0, 3, 3, -1], [2, 2])] }), [
  9,
  ...current,
]);
add(
  "Gather along a middle axis",
  (r) => ({ op: "Gather", inputs: [floats(r, [2, 4, 3]), integers([1, 3, 1])], attributes: { axis: 1 } }),
  [9, ...current],
);
add(
  "Gather of one",
  (r) => ({ op: "Gather", inputs: [floats(r, [2, 4, 3]), integers([2], [])], attributes: { axis: 1 } }),
  [9, ...current],
);
add(
  "GatherElements",
  (r) => ({ op: "GatherElements", inputs: [floats(r, [3, 3]), integers([0, 2, 1, 1, 1, 0], [2, 3])] }),
  [17, 21],
);
add(
  "GatherND",
  (r) => ({ op: "GatherND", inputs: [floats(r, [3, 4, 2]), integers([0, 1, 2, 3, 0, 1], [3, 2])] }),
  [17, 21],
);
add(
  "GatherND with a batch",
  (r) => ({
    op: "GatherND",
    inputs: [floats(r, [2, 4, 2]), integers([1, 3], [2, 1])],
    attributes: { batch_dims: 1 },
  }),
  [17, 21],
);
add(
  "ScatterND",
  (r) => ({ op: "ScatterND", inputs: [floats(r, [4, 3]), integers([2, 0], [2, 1]), floats(r, [2, 3])] }),
  [17, 21],
);
add(
  "ScatterND that adds",
  (r) => ({
    op: "ScatterND",
    inputs: [floats(r, [4, 3]), integers([2, 2], [2, 1]), floats(r, [2, 3])],
    attributes: { reduction: { string: "add" } },
  }),
  [17, 21],
);
add("ScatterElements", (r) => ({
  op: "ScatterElements",
  inputs: [floats(r, [3, 3]), integers([0, 2, 1, 2, 1, 0], [2, 3]), floats(r, [2, 3])],
}));
add("TopK", (r) => ({ op: "TopK", inputs: [distinct(r, [3, 6]), integers([2])], outputs: ["y", "_i"] }));
add("Trilu", (r) => ({ op: "Trilu", inputs: [floats(r, [3, 3])], attributes: { upper: 0 } }), [14, 17, 21]);
for (const mode of ["DCR", "CRD"])
  add(`DepthToSpace ${mode}`, (r) => ({
    op: "DepthToSpace",
    inputs: [floats(r, [1, 8, 2, 3])],
    attributes: { blocksize: 2, mode: { string: mode } },
  }));
add("SpaceToDepth", (r) => ({
  op: "SpaceToDepth",
  inputs: [floats(r, [1, 2, 4, 6])],
  attributes: { blocksize: 2 },
}));
add(
  "ReverseSequence",
  (r) => ({
    op: "ReverseSequence",
    inputs: [floats(r, [4, 2]), integers([3, 2])],
    attributes: { time_axis: 0, batch_axis: 1 },
  }),
  [17],
);
for (const mode of ["nearest", "linear", "cubic"])
  for (const coordinates of ["half_pixel", "asymmetric", "align_corners"])
    add(`Resize, ${mode}, ${coordinates}`, (r) => ({
      op: "Resize",
      inputs: [floats(r, [2, 3, 4, 3]), "", "", integers([2, 3, 7, 5])],
      attributes: { mode: { string: mode }, coordinate_transformation_mode: { string: coordinates } },
    }));
add(
  "Resize of opset 11",
  (r) => {
    const none: Stored = { type: "float32", shape: [0], values: [] };
    return {
      op: "Resize",
      inputs: [floats(r, [2, 3, 4, 3]), none, none, integers([2, 3, 7, 5])],
      attributes: { mode: { string: "linear" } },
    };
  },
  [11],
);
add("Resize by scales", (r) => ({
  op: "Resize",
  inputs: [floats(r, [2, 3, 4, 6]), "", { type: "float32", shape: [4], values: [1, 1, 2, 0.5] }],
  attributes: { mode: { string: "linear" } },
}));
add(
  "Upsample",
  (r) => ({
    op: "Upsample",
    inputs: [floats(r, [2, 3, 2, 3]), { type: "float32", shape: [4], values: [1, 1, 2, 3] }],
  }),
  [9],
);
for (const mode of ["zeros", "border"])
  add(
    `GridSample, ${mode}`,
    (r) => ({
      op: "GridSample",
      inputs: [floats(r, [1, 2, 4, 5]), floats(r, [1, 3, 3, 2], (x) => Math.tanh(x) * 0.9)],
      attributes: { padding_mode: { string: mode } },
    }),
    [17],
  );

// Recurrent layers.
for (const [op, gates] of [
  ["RNN", 1],
  ["GRU", 3],
  ["LSTM", 4],
] as const)
  for (const direction of ["forward", "reverse", "bidirectional"]) {
    const ways = direction === "bidirectional" ? 2 : 1;
    const weights = (r: Random): Stored[] => [
      floats(r, [4, 2, 3]),
      floats(r, [ways, gates * 5, 3]),
      floats(r, [ways, gates * 5, 5], (x) => x * 0.5),
      floats(r, [ways, 2 * gates * 5]),
    ];
    const outputs = op === "LSTM" ? ["y", "h", "c"] : ["y", "h"];
    const attributes = { hidden_size: 5, direction: { string: direction } };
    add(`${op}, ${direction}`, (r) => ({ op, inputs: weights(r), attributes, outputs }), [14, 17]);
    add(
      `${op}, ${direction}, from a state`,
      (r) => ({
        op,
        inputs: [
          ...weights(r),
          "",
          floats(r, [ways, 2, 5]),
          ...(op === "LSTM" ? [floats(r, [ways, 2, 5]), floats(r, [ways, 15])] : []),
        ],
        attributes: { ...attributes, ...(op === "GRU" && { linear_before_reset: 1 }) },
        outputs,
      }),
      [14],
    );
  }

// Attention.
const packed = (r: Random): Stored[] => [floats(r, [2, 4, 6]), floats(r, [2, 4, 6]), floats(r, [2, 4, 6])];
add(
  "MultiHeadAttention",
  (r) => ({
    op: "MultiHeadAttention",
    domain: "com.microsoft",
    inputs: [...packed(r), floats(r, [18])],
    attributes: { num_heads: 2 },
  }),
  [17],
);
add(
  "Attention of com.microsoft",
  (r) => ({
    op: "Attention",
    domain: "com.microsoft",
    inputs: [floats(r, [2, 4, 6]), floats(r, [6, 18]), floats(r, [18])],
    attributes: { num_heads: 2, unidirectional: 1 },
  }),
  [17],
);
add("DequantizeLinear by its scale, with a zero point", (r) => {
  const int8 = (shape: number[]): Stored => ({
    type: "int8",
    shape,
    values: Array.from({ length: size(shape) }, () => r.integer(200) - 100),
  });
  return {
    op: "DequantizeLinear",
    inputs: [int8([3, 4]), floats(r, [3], positive), int8([3])],
    attributes: { axis: 0 },
  };
});
add("DequantizeLinear, by its scale", (r) => ({
  op: "DequantizeLinear",
  inputs: [
    { type: "int8", shape: [3, 4], values: Array.from({ length: 12 }, () => r.integer(200) - 100) },
    floats(r, [3], positive),
  ],
  attributes: { axis: 0 },
}));

const seeds = [1, 2];

describe("gradients are what central differences are", () => {
  for (const { name, nodes, opsets, within = 5e-3 } of cases)
    test(name, async () => {
      for (const opset of opsets)
        for (const seed of seeds) {
          const made = nodes(randomStream(seed, name));
          expect(await slopeError(made, opset), `opset ${opset}, seed ${seed}`).toBeLessThan(within);
        }
    }, 60_000);
});
