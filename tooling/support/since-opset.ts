/** The opset that brought an operator, for those that opset 1 did not have. */
const since: Readonly<Record<number, string>> = {
  7: "Acos Asin Atan Cos Sin Tan Multinomial",
  8: "Expand Scan",
  9:
    "Acosh Asinh Atanh Compress ConstantOfShape Cosh Erf EyeLike IsNaN MaxUnpool MeanVarianceNormalization NonZero " +
    "OneHot Scatter Shrink Sign Sinh Where",
  10:
    "ConvInteger DequantizeLinear IsInf MatMulInteger Mod NonMaxSuppression QLinearConv QLinearMatMul " +
    "QuantizeLinear Resize ReverseSequence RoiAlign ThresholdedRelu",
  11: "BitShift CumSum Det DynamicQuantizeLinear GatherElements GatherND Range Round ScatterElements ScatterND Unique",
  12: "Celu Einsum GreaterOrEqual LessOrEqual NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss",
  14: "HardSwish Trilu",
  15: "Bernoulli CastLike",
  16: "GridSample",
  17: "BlackmanWindow DFT HammingWindow HannWindow LayerNormalization MelWeightMatrix STFT",
  18: "BitwiseAnd BitwiseNot BitwiseOr BitwiseXor CenterCropPad Col2Im GroupNormalization Mish",
  19: "DeformConv",
  20: "AffineGrid Gelu",
  23: "Attention RMSNormalization RotaryEmbedding",
  24: "Swish TensorScatter",
  26: "BitCast CumProd",
};

/** Opset of ONNX since which an operator exists; undefined for those of other domains. */
export function sinceOpset(operator: string): number | undefined {
  if (operator.includes(":") || operator === "SimplifiedLayerNormalization") return undefined;
  const found = Object.entries(since).find(([, names]) => names.split(" ").includes(operator));
  return found ? Number(found[0]) : 1;
}
