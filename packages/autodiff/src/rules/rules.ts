import { convolution } from "./convolution.js";
import { elementwise } from "./elementwise.js";
import { matrix } from "./matrix.js";
import { movement } from "./movement.js";
import { normalization } from "./normalization.js";
import { pooling } from "./pooling.js";
import { reduction } from "./reduction.js";
import type { GradientRules } from "./step.js";

/** The gradient rule of every operator that has one; extend by spreading. */
export const gradientRules: GradientRules = {
  ...elementwise,
  ...matrix,
  ...convolution,
  ...pooling,
  ...reduction,
  ...normalization,
  ...movement,
};

/** Operators whose outputs do not move with their inputs, or jump: constants, as far as gradients go. */
export const constantOperators: ReadonlySet<string> = new Set([
  ..."Shape Size ArgMax ArgMin NonZero NonMaxSuppression IsNaN IsInf Equal Less LessOrEqual Greater".split(
    " ",
  ),
  ..."GreaterOrEqual And Or Xor Not Sign Floor Ceil Round Hardmax OneHot EyeLike RandomNormalLike".split(" "),
  ..."RandomUniformLike Bernoulli Multinomial Unique QuantizeLinear DynamicQuantizeLinear".split(" "),
  ..."MatMulInteger ConvInteger QLinearConv QLinearMatMul BitShift ConstantOfShape Range".split(" "),
]);

/** Those of them that say nothing of values: no gradient is lost at them. */
export const ofShapesAlone: ReadonlySet<string> = new Set(["Shape", "Size", "EyeLike", "ConstantOfShape"]);
