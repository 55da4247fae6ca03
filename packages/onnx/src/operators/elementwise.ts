import { type Dim, divide, floorDivide } from "@prune/graph/advanced";
import { activation } from "../fold/activation.js";
import { arithmetic } from "../fold/arithmetic.js";
import { bitwise } from "../fold/bitwise.js";
import { casts } from "../fold/cast.js";
import { comparison } from "../fold/comparison.js";
import type { Operators as Evaluators } from "../fold/operator.js";
import { reshape as foldReshape } from "../fold/reshape.js";
import { unary } from "../fold/unary.js";
import { isFloating } from "../read/element-types.js";
import { broadcast as stretched } from "../validate/shapes/operands.js";
import {
  combined,
  equal,
  fractionOf,
  greater,
  greaterOrEqual,
  type IsSize,
  isReal,
  less,
  lessOrEqual,
  maximum,
  minimum,
  minus,
  plus,
  rounded,
  times,
} from "./contents.js";
import { has, int, type OnnxRule } from "./node.js";
import { adds, bare, type OperatorRecord, type OperatorTable } from "./record.js";
import { cellwise, sideBySide } from "./support.js";

/** Output positions are the first input's. */
export const same: OnnxRule = (_, kit) => kit.layout(0);

/** The rule of operators that broadcast as numpy does and compute cell by cell. */
export const broadcast: OnnxRule = (_, kit) => kit.broadcast();

type Compute = (...cells: Dim[]) => Dim | undefined;

/** Broadcasting arithmetic that also computes on sizes known only at run time. */
const sizes =
  (compute: Compute): OnnxRule =>
  (node, kit) => ({
    layout: kit.broadcast(),
    data: combined(
      kit,
      node.inputs.map((_, i) => i),
      compute,
    ),
  });

/** The same where signs matter: sizes of tensors are known not to be negative. */
const compared =
  (compute: (a: Dim, b: Dim, isSize: IsSize) => Dim | undefined): OnnxRule =>
  (node, kit) => ({
    layout: kit.broadcast(),
    data: combined(
      kit,
      node.inputs.map((_, i) => i),
      (...cells) =>
        cells.length === 1
          ? cells[0]
          : cells.reduce<Dim | undefined>(
              (a, b, i) => (i === 0 ? b : a === undefined ? a : compute(a, b, kit.isSize)),
              0,
            ),
    ),
  });

const quotient =
  (real: boolean): Compute =>
  (a = 0, b = 0) => {
    if (typeof a === "number" && typeof b === "number") {
      return b === 0 ? undefined : real ? a / b : Math.trunc(a / b);
    }
    return divide(a, b) ?? (real ? fractionOf(a, b) : floorDivide(a, b));
  };

const remainder: Compute = (a, b) =>
  typeof a === "number" && typeof b === "number" && b !== 0 ? ((a % b) + b) % b : undefined;

/** Applied from left to right over any number of inputs. */
const folded =
  (compute: (a: Dim, b: Dim) => Dim): Compute =>
  (...cells) =>
    cells.reduce(compute);

/** One input, cell by cell. */
const each1 =
  (compute: Compute): OnnxRule =>
  (_, kit) => ({ layout: kit.layout(0), data: combined(kit, [0], compute) });

const truth = (d: Dim | undefined): boolean | undefined => (typeof d === "number" ? d !== 0 : undefined);
const logic =
  (compute: (a: boolean, b: boolean) => boolean): Compute =>
  (a, b) => {
    const [p, q] = [truth(a), truth(b)];
    return p === undefined || q === undefined ? undefined : Number(compute(p, q));
  };

/** Contents pass through; fractions are cut off where the new type has none. */
const cast: OnnxRule = (node, kit) => {
  const to = node.typeOf(node.outputs[0] ?? "");
  const whole = to !== undefined && /^u?int/.test(to) ? rounded("whole", Math.trunc) : undefined;
  const compute: Compute = (a = 0) =>
    to === "bool" ? (typeof a === "number" ? Number(a !== 0) : undefined) : whole ? whole(a) : a;
  return { layout: kit.layout(0), data: combined(kit, [0], compute) };
};

const passing: OnnxRule = (_, kit) => ({ layout: kit.layout(0), data: kit.raw(0)?.data });

const dropout: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const training = has(node, 2) && kit.data(2)?.[0] !== 0;
  if (training && node.attributes.has("seed"))
    kit.pin(x, undefined, "drawn by position from a seed", "random");
  return node.outputs.map(() => x);
};

const division: OnnxRule = (node, kit) => ({
  layout: kit.broadcast(),
  data: combined(kit, [0, 1], quotient(isReal(node, 0))),
});

const modulo: OnnxRule = (node, kit) => ({
  layout: kit.broadcast(),
  data: int(node, "fmod", 0) ? undefined : combined(kit, [0, 1], remainder),
});

const cell = { ...bare, rule: same, support: cellwise, isExact: true } as const;
const operands = { ...bare, rule: broadcast, support: sideBySide, impossible: stretched() } as const;
const pair = { ...operands, channels: "paired", isExact: true } as const;
const test = { ...operands, channels: "beside", types: ["bool"], isExact: true } as const;

/** Operators that differ only in what they compute. */
const alike = (names: string, record: Omit<OperatorRecord, "fold">, folds: Evaluators): OperatorTable =>
  Object.fromEntries(names.split(" ").map((op) => [op, { ...record, fold: folds[op] }]));

export const elementwise: OperatorTable = {
  ...alike("Relu Sigmoid Tanh Erf Softplus Softsign Exp", { ...cell, channels: "rising" }, unary),
  ...alike("HardSigmoid Selu Clip", { ...cell, channels: "rising" }, activation),
  ...alike("HardSwish Mish Log Sqrt Reciprocal Abs Sin Cos", { ...cell, channels: "curved" }, unary),
  ...alike("Sign Round", { ...cell, channels: "curved", decides: [0] }, unary),
  ...alike("LeakyRelu Gelu Elu Celu Swish", { ...cell, channels: "curved" }, activation),
  ...alike("ThresholdedRelu", { ...cell, channels: "curved", decides: [0] }, activation),
  ...alike("Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh", cell, unary),
  ...alike("Shrink", { ...cell, decides: [0] }, activation),
  ...alike("BitwiseNot", cell, bitwise),
  BitCast: cell,
  IsNaN: { ...cell, fold: unary.IsNaN, types: ["bool"], decides: [0] },
  IsInf: { ...cell, fold: activation.IsInf, types: ["bool"], decides: [0] },
  Floor: {
    ...cell,
    rule: each1(rounded("floor", Math.floor)),
    fold: unary.Floor,
    channels: "rising",
    decides: [0],
  },
  Ceil: {
    ...cell,
    rule: each1(rounded("ceil", Math.ceil)),
    fold: unary.Ceil,
    channels: "rising",
    decides: [0],
  },
  Neg: { ...cell, rule: each1((a = 0) => minus(0, a)), fold: unary.Neg, channels: "curved" },
  Not: {
    ...cell,
    rule: each1((a) => (truth(a) === undefined ? undefined : Number(!truth(a)))),
    fold: unary.Not,
    channels: "beside",
    types: ["bool"],
  },

  Identity: {
    ...cell,
    rule: passing,
    fold: foldReshape.Identity,
    channels: "moved",
    isFollowed: true,
    moves: [0],
  },
  Cast: {
    ...cell,
    rule: cast,
    fold: casts.Cast,
    channels: "beside",
    isFollowed: true,
    moves: [0],
    decides: (node) => (isFloating(int(node, "to")) ? [] : [0]),
  },
  CastLike: { ...cell, rule: cast, fold: casts.CastLike, channels: "beside", types: [{ like: 1 }] },
  Dropout: {
    ...cell,
    rule: dropout,
    fold: foldReshape.Dropout,
    channels: "moved",
    types: [{ like: 0 }, "bool"],
    isRandom: ({ inputs }) => Boolean(inputs[2]),
  },

  Add: { ...pair, rule: sizes(plus as Compute), fold: arithmetic.Add, duty: adds(0, 1) },
  Sub: { ...pair, rule: sizes(minus as Compute), fold: arithmetic.Sub, duty: adds(0, 1), scales: true },
  Mul: { ...pair, rule: sizes(times as Compute), fold: arithmetic.Mul, scales: true },
  Div: { ...pair, rule: division, fold: arithmetic.Div, scales: true },
  Max: { ...pair, rule: compared(maximum), fold: arithmetic.Max, scales: true },
  Min: { ...pair, rule: sizes(folded(minimum)), fold: arithmetic.Min, scales: true },
  Sum: {
    ...pair,
    rule: sizes(folded(plus)),
    fold: arithmetic.Sum,
    duty: ({ inputs }) => (inputs.length > 1 ? "bias" : undefined),
  },
  Pow: { ...pair, rule: broadcast, fold: arithmetic.Pow, channels: "curved", scales: true },
  Mean: { ...operands, fold: arithmetic.Mean, channels: "beside" },
  PRelu: {
    ...bare,
    rule: broadcast,
    fold: activation.PRelu,
    channels: "beside",
    support: sideBySide,
    isExact: true,
  },
  SwiGLU: { ...operands, fold: activation.SwiGLU, channels: "beside", isExact: true },
  ...alike("BitShift BitwiseAnd BitwiseOr BitwiseXor", { ...operands, isExact: true }, bitwise),
  Mod: { ...operands, rule: modulo, fold: arithmetic.Mod, channels: "beside", decides: "all", isExact: true },
  Where: {
    ...operands,
    rule: sizes((c, a, b) => (a === b ? a : truth(c) === undefined ? undefined : truth(c) ? a : b)),
    fold: comparison.Where,
    channels: "beside",
    types: [{ like: 1 }],
    scales: true,
    isExact: true,
  },
  Equal: { ...test, rule: compared(equal), fold: comparison.Equal, decides: "all" },
  Less: { ...test, rule: compared(less), fold: comparison.Less, decides: "all" },
  LessOrEqual: { ...test, rule: compared(lessOrEqual), fold: comparison.LessOrEqual, decides: "all" },
  Greater: { ...test, rule: compared(greater), fold: comparison.Greater, decides: "all" },
  GreaterOrEqual: {
    ...test,
    rule: compared(greaterOrEqual),
    fold: comparison.GreaterOrEqual,
    decides: "all",
  },
  And: { ...test, rule: sizes(logic((a, b) => a && b)), fold: comparison.And },
  Or: { ...test, rule: sizes(logic((a, b) => a || b)), fold: comparison.Or },
  Xor: {
    ...test,
    rule: sizes(logic((a, b) => a !== b)),
    fold: comparison.Xor,
    channels: "mixed",
    isExact: true,
  },
};
