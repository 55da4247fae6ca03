import type { Duty, Labelled, Layout } from "@prune/graph/advanced";
import { firstFault, range, rankOf, says, shown } from "@prune/graph/rules";
import { allAlike, perChannel, broadcast as stretched } from "../../validate/shapes/operands.js";
import { arithmetic } from "../contents/arithmetic.js";
import { movement } from "../contents/movement.js";
import { besideConstant, biased, likeOutput, likeOwnOutput } from "../demands.js";
import type { TfNode, TfRule } from "../node.js";
import { besideChannels } from "./contraction.js";
import { alike, bare, type OperatorTable } from "./record.js";

/** Output positions are the first input's. */
export const same: TfRule = (_, kit) => kit.layout(0);

export const broadcast: TfRule = (_, kit) => kit.broadcast();

const passing: TfRule = (_, kit) => ({ layout: kit.layout(0), data: kit.raw(0)?.data });

const biasAdd: TfRule = (node, kit) => {
  const x = kit.layout(0);
  const bias = kit.own(1);
  if (!bias?.layout) return kit.opaque("the shape of what it reads is not known");
  if (bias.layout.rank !== 1)
    return kit.opaque(`its bias has ${bias.layout.rank} dims, and BiasAdd takes one`);
  return besideChannels(node)(kit, [x, bias]);
};

/** Slopes are as many as x's last dims have cells: the wasm backend reads others as if they were, whatever their dims. */
const prelu: TfRule = (_, kit) => {
  const [x, slopes] = [kit.shape(0), kit.raw(1)?.layout];
  if (!slopes) return kit.opaque();
  const own = kit.shape(slopes);
  const first = own.findIndex((size) => size !== 1);
  const last = first < 0 ? [] : own.slice(first);
  const beside = x.slice(x.length - last.length);
  return last.length > 0 && String(last) !== String(beside)
    ? kit.opaque(`its slopes of the shape ${shown(own)} are not of the last dims of ${shown(x)}`)
    : kit.broadcast();
};

/** A condition of rank 1 picks rows in the older Select. */
const select: TfRule = (_, kit) => {
  const [condition, x] = [kit.layout(0), kit.layout(1)];
  if (condition.rank === x.rank || condition.rank === 0) return kit.broadcast();
  const labels = range(x.rank).map((d) => `d${d}`);
  const y: Layout = kit.broadcast([1, 2]);
  return kit.meet([[y, labels] as Labelled, [condition, labels.slice(0, condition.rank)]], labels);
};

const cell = {
  ...bare,
  rule: same,
  inputs: 1,
  demands: likeOutput,
  support: says("output with input, position by position"),
} as const;

const pair = {
  ...bare,
  rule: broadcast,
  inputs: 2,
  demands: besideConstant,
  support: says("all operands, position by position, as they broadcast", "what meets positions that stay"),
  impossible: stretched,
} as const;

const bias = (): Duty => "bias";
const kept = { ...cell, isFollowed: true } as const;
const open = { demands: undefined } as const;

/** One cell in, one cell out. */
export const elementwise: OperatorTable = {
  ...alike(
    "Relu Relu6 LeakyRelu Elu Selu Sigmoid Tanh Softplus Erf Exp Log Sqrt Rsqrt Square Abs Neg Floor Ceil Round LogicalNot",
    cell,
    arithmetic,
  ),
  ...alike(
    "Expm1 Log1p Reciprocal Sign Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh IsNan IsInf IsFinite",
    { ...cell, ...open },
    arithmetic,
  ),
  ...alike("ZerosLike OnesLike", { ...cell, ...open }, movement),
  ...alike("Snapshot StopGradient", kept, movement),
  EnsureShape: { ...cell, most: 2, contents: movement.EnsureShape },
  ClipByValue: { ...cell, inputs: 3, contents: arithmetic.ClipByValue },
  FakeQuantWithMinMaxVars: { ...cell, ...open, most: 3 },
  Identity: { ...kept, rule: passing, contents: movement.Identity },
  Cast: { ...kept, rule: passing, contents: arithmetic.Cast },
  IdentityN: {
    ...cell,
    most: Infinity,
    rule: (node, kit) => node.inputs.map((_, i) => ({ layout: kit.layout(i), data: kit.raw(i)?.data })),
    contents: movement.IdentityN,
    demands: likeOwnOutput,
    outputs: { count: ({ inputs }) => inputs.length },
  },

  ...alike(
    "Mul RealDiv Div DivNoNan Pow Maximum Minimum Equal NotEqual Less LessEqual Greater GreaterEqual LogicalAnd LogicalOr",
    pair,
    arithmetic,
  ),
  ...alike("Add AddV2 Sub", { ...pair, duty: bias }, arithmetic),
  ...alike("FloorDiv Mod FloorMod SquaredDifference Atan2 BitwiseAnd", { ...pair, ...open }, arithmetic),
  Prelu: { ...pair, ...open, rule: prelu, contents: arithmetic.Prelu, impossible: undefined },
  AddN: {
    ...pair,
    ...open,
    inputs: 1,
    most: Infinity,
    contents: arithmetic.AddN,
    duty: bias,
    impossible: allAlike,
  },
  SelectV2: { ...pair, ...open, inputs: 3, contents: arithmetic.SelectV2 },
  Select: { ...pair, ...open, rule: select, inputs: 3, contents: arithmetic.Select, impossible: undefined },
  BiasAdd: {
    ...bare,
    rule: biasAdd,
    inputs: 2,
    contents: arithmetic.BiasAdd,
    demands: biased,
    support: says("channels with the bias"),
    impossible: firstFault<TfNode>(rankOf(0, 2), rankOf(1, 1, 1), perChannel(1)),
    duty: (_, input) => (input === 1 ? "bias" : undefined),
  },
};
