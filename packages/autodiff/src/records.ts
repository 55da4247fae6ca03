import type { Decomposition } from "./decompose/decomposition.js";
import { decompositions } from "./decompose/decompositions.js";
import { constantOperators, gradientRules, ofShapesAlone } from "./rules/rules.js";
import type { GradientRule } from "./rules/step.js";

/**
 * What is known of an operator's gradient: the part that this package adds to the operator's record of `@prune/onnx`,
 * which knows nothing of it, so that who doesn't differentiate loads none of this. One of
 * - `rule`: emits the gradients of the inputs;
 * - `writes`: writes the operator as plainer ones, which have rules;
 * - `constant`: its outputs do not move with its inputs, or jump; of "shapes", they say nothing of values at all;
 * - `without`: nobody wrote a rule; why that is.
 */
export type GradientRecord =
  | { readonly rule: GradientRule }
  | { readonly writes: Decomposition }
  | { readonly constant: "values" | "shapes" }
  | { readonly without: string };

/** Why an operator has no gradient where nothing but a rule is missing. */
export const noRule = "it has no gradient rule";

/** Operators without a gradient, by the reason. */
const without: Readonly<Record<string, string>> = {
  "it computes on bits": "BitwiseNot BitwiseAnd BitwiseOr BitwiseXor BitCast",
  "it computes on integers that stand for rounded numbers": `com.microsoft:QuantizeLinear com.microsoft:DequantizeLinear
    com.microsoft:QLinearConv com.microsoft:MatMulInteger16 com.microsoft:MatMulIntegerToFloat
    com.microsoft:DynamicQuantizeMatMul com.microsoft:QGemm com.microsoft:QLinearAdd com.microsoft:QLinearMul
    com.microsoft:QLinearWhere com.microsoft:QLinearLeakyRelu com.microsoft:QLinearSigmoid com.microsoft:QLinearSoftmax
    com.microsoft:QLinearConcat com.microsoft:QLinearAveragePool com.microsoft:QLinearGlobalAveragePool
    com.microsoft:MatMulNBits com.microsoft:GatherBlockQuantized com.microsoft:QAttention com.microsoft:QMoE`,
  "it reads sizes alone, or nothing":
    "RandomNormal RandomUniform HannWindow HammingWindow BlackmanWindow MelWeightMatrix",
  "its bodies are not gone through": "If Loop Scan",
  "it keeps keys and values of earlier steps, which are not trained through":
    "com.microsoft:GroupQueryAttention com.microsoft:DecoderMaskedMultiHeadAttention",
  [noRule]: `DeformConv CumProd RoiAlign MaxRoiPool Col2Im MaxUnpool STFT DFT AffineGrid Det
    NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss TensorScatter RotaryEmbedding com.microsoft:RotaryEmbedding
    com.microsoft:RelativePositionBias com.microsoft:EmbedLayerNormalization com.microsoft:BiasAdd
    com.microsoft:BiasDropout com.microsoft:BiasSoftmax com.microsoft:BiasSplitGelu com.microsoft:NhwcFusedConv
    com.microsoft:NhwcConv com.microsoft:NhwcMaxPool com.microsoft:FusedMatMul com.microsoft:TransposeMatMul
    com.microsoft:FusedGemm com.microsoft:GemmFastGelu com.microsoft:GroupNorm com.microsoft:SkipGroupNorm
    com.microsoft:MoE`,
};

/** Every operator that `@prune/onnx` has a record of, by the same name. */
export const gradientRecords: ReadonlyMap<string, GradientRecord> = new Map<string, GradientRecord>([
  ...Object.entries(gradientRules).map(([op, rule]) => [op, { rule }] as const),
  ...Object.entries(decompositions).map(([op, writes]) => [op, { writes }] as const),
  ...[...constantOperators].map(
    (op) => [op, { constant: ofShapesAlone.has(op) ? "shapes" : "values" }] as const,
  ),
  ...Object.entries(without).flatMap(([why, ops]) =>
    ops.split(/\s+/).map((op) => [op, { without: why }] as const),
  ),
]);
