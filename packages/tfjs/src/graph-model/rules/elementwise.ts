import type { Labelled, Layout } from "@prune/graph";
import { range } from "@prune/graph/rules";
import { channelDim, type Rules, type TfRule } from "../node.js";

/** Output positions are the first input's. */
export const same: TfRule = (_, kit) => kit.layout(0);

export const broadcast: TfRule = (_, kit) => kit.broadcast();

const passing: TfRule = (_, kit) => ({ layout: kit.layout(0), data: kit.raw(0)?.data });

const each = (names: string, rule: TfRule): Rules =>
  Object.fromEntries(names.split(" ").map((name) => [name, rule]));

const biasAdd: TfRule = (node, kit) => {
  const x = kit.layout(0);
  const labels = range(x.rank).map((d) => `d${d}`);
  const bias = kit.own(1);
  if (!bias?.layout) return kit.opaque("the shape of what it reads is not known");
  if (bias.layout.rank !== 1)
    return kit.opaque(`its bias has ${bias.layout.rank} dims, and BiasAdd takes one`);
  return kit.meet([[x, labels] as Labelled, [bias, [labels[channelDim(node, x.rank)] as string]]], labels);
};

/** A condition of rank 1 picks rows in the older Select. */
const select: TfRule = (_, kit) => {
  const [condition, x] = [kit.layout(0), kit.layout(1)];
  if (condition.rank === x.rank || condition.rank === 0) return kit.broadcast();
  const labels = range(x.rank).map((d) => `d${d}`);
  const y: Layout = kit.broadcast([1, 2]);
  return kit.meet([[y, labels] as Labelled, [condition, labels.slice(0, condition.rank)]], labels);
};

/** One cell in, one cell out. */
export const elementwise: Rules = {
  ...each(
    "Relu Relu6 LeakyRelu Elu Selu Sigmoid Tanh Softplus Erf Exp Expm1 Log Log1p Sqrt Rsqrt Square Reciprocal Abs Sign " +
      "Neg Floor Ceil Round Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh IsNan IsInf IsFinite LogicalNot " +
      "ClipByValue ZerosLike OnesLike FakeQuantWithMinMaxVars StopGradient Snapshot EnsureShape",
    same,
  ),
  ...each(
    "Add AddV2 AddN Sub Mul RealDiv Div DivNoNan FloorDiv Mod FloorMod Pow SquaredDifference Maximum Minimum Atan2 Prelu " +
      "Equal NotEqual Less LessEqual Greater GreaterEqual LogicalAnd LogicalOr BitwiseAnd SelectV2",
    broadcast,
  ),
  Identity: passing,
  Cast: passing,
  IdentityN: (node, kit) => node.inputs.map((_, i) => ({ layout: kit.layout(i), data: kit.raw(i)?.data })),
  BiasAdd: biasAdd,
  Select: select,
};
