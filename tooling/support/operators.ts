/** What a rule does, in a person's words. */
export interface Description {
  /** Which positions leave together. */
  readonly couples: string;
  /** Which positions must stay. */
  readonly freezes: string;
}

/** Operators by what their rules do; those of other domains as `domain:Operator`. */
const classes: readonly (Description & { readonly operators: string })[] = [
  {
    operators:
      "Relu LeakyRelu Sigmoid HardSigmoid Tanh Gelu Erf Elu Selu Celu Softplus Softsign HardSwish Mish Exp Log Sqrt " +
      "Reciprocal Abs Sign Round Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh IsNaN IsInf " +
      "ThresholdedRelu Shrink Clip BitwiseNot Swish BitCast Identity Cast CastLike Dropout Floor Ceil Neg Not " +
      "com.microsoft:Gelu com.microsoft:QuickGelu com.microsoft:QLinearLeakyRelu com.microsoft:QLinearSigmoid",
    couples: "output with input, position by position",
    freezes: "",
  },
  {
    operators:
      "Add Sub Mul Div Pow Max Min Mean Sum Mod Where Equal Less LessOrEqual Greater GreaterOrEqual And Or Xor PRelu " +
      "BitShift BitwiseAnd BitwiseOr BitwiseXor com.microsoft:BiasGelu com.microsoft:FastGelu " +
      "com.microsoft:BiasAdd com.microsoft:BiasDropout com.microsoft:QLinearAdd com.microsoft:QLinearMul " +
      "com.microsoft:QLinearWhere",
    couples: "all operands, position by position, as they broadcast",
    freezes: "what meets positions that stay",
  },
  {
    operators:
      "MatMul Gemm com.microsoft:FusedGemm com.microsoft:GemmFastGelu com.microsoft:TransposeMatMul " +
      "com.microsoft:FusedMatMul",
    couples: "columns of the left with rows of the right; other dims with the output's",
    freezes: "batch dims that are turned",
  },
  { operators: "Einsum", couples: "dims of the same letter", freezes: "dims of a diagonal" },
  {
    operators: "Conv com.microsoft:FusedConv com.microsoft:NhwcConv com.microsoft:NhwcFusedConv",
    couples:
      "input channels with filter inputs, filters with bias and output channels; grouped: groups as rows, as many channels of each",
    freezes: "space, kernel",
  },
  {
    operators: "ConvTranspose",
    couples: "as Conv, with the weight's first two dims swapped",
    freezes: "space, kernel; all of it when grouped over weights that are not stored as they are used",
  },
  {
    operators: "DeformConv",
    couples: "as Conv",
    freezes: "space, kernel, offsets and masks; all channels where they are sampled in groups of their own",
  },
  {
    operators: "QLinearConv ConvInteger com.microsoft:QLinearConv",
    couples: "as Conv, with scales and zero points per channel",
    freezes: "space, kernel",
  },
  {
    operators:
      "QLinearMatMul MatMulInteger com.microsoft:MatMulInteger16 com.microsoft:MatMulIntegerToFloat " +
      "com.microsoft:DynamicQuantizeMatMul com.microsoft:QGemm",
    couples: "as MatMul, with scales, zero points and bias per row or column",
    freezes: "",
  },
  {
    operators: "com.microsoft:MatMulNBits",
    couples:
      "output columns with rows of the packed weight, its scales and zero points; inputs of a block with each other, " +
      "their scale and zero point",
    freezes: "both where inputs are grouped by an index",
  },
  {
    operators: "com.microsoft:MoE com.microsoft:QMoE",
    couples:
      "experts as rows, with their places among the router's scores; hidden units inside experts, as many of each; inputs " +
      "and outputs of all experts; packed: positions of a byte or a block with each other, their scales and zero points",
    freezes: "tokens; all of it where weights are not stored as they are used",
  },
  {
    operators: "com.microsoft:GatherBlockQuantized",
    couples: "columns of a block with each other, their scales and zero points",
    freezes: "rows of the table; all of it where it isn't packed in bytes along its last dim",
  },
  {
    operators: "com.microsoft:RelativePositionBias",
    couples: "heads with columns of the table",
    freezes: "rows of the table",
  },
  {
    operators: "QuantizeLinear DequantizeLinear com.microsoft:QuantizeLinear com.microsoft:DequantizeLinear",
    couples:
      "output with input; scales and zero points along their axis, positions of a stored tensor by whole blocks",
    freezes: "activations along an axis that is quantised in blocks",
  },
  { operators: "DynamicQuantizeLinear", couples: "output with input", freezes: "" },
  { operators: "BatchNormalization", couples: "channels with scale, bias, mean and variance", freezes: "" },
  {
    operators: "InstanceNormalization",
    couples: "channels with scale and bias",
    freezes: "",
  },
  {
    operators:
      "LayerNormalization RMSNormalization SimplifiedLayerNormalization com.microsoft:SkipLayerNormalization " +
      "com.microsoft:SkipSimplifiedLayerNormalization",
    couples: "input with scale, bias and what is added; statistics run over what is left",
    freezes: "",
  },
  {
    operators: "GroupNormalization com.microsoft:GroupNorm com.microsoft:SkipGroupNorm",
    couples: "channels with scale and bias; groups as rows, as many channels of each",
    freezes: "",
  },
  {
    operators: "LpNormalization MeanVarianceNormalization",
    couples: "output with input; statistics run over what is left",
    freezes: "",
  },
  {
    operators: "LRN",
    couples: "output with input",
    freezes: "channels, which are normalised by their neighbours",
  },
  {
    operators: "Softmax LogSoftmax Hardmax com.microsoft:BiasSoftmax com.microsoft:QLinearSoftmax",
    couples: "output with input",
    freezes: "the axis it runs along",
  },
  { operators: "CumSum CumProd", couples: "output with input", freezes: "the axis it runs along" },
  {
    operators: "ReduceSum ReduceSumSquare ReduceL1 ReduceL2 ReduceLogSum",
    couples: "the dims that are left; terms of the sum leave it",
    freezes: "",
  },
  {
    operators: "ReduceMean",
    couples: "the dims that are left; the mean is of what is left",
    freezes: "",
  },
  {
    operators: "ReduceMax ReduceMin ReduceProd ReduceLogSumExp",
    couples: "the dims that are left; the result is of what is left",
    freezes: "",
  },
  {
    operators: "ArgMax ArgMin TopK",
    couples: "the other dims",
    freezes: "the axis whose positions it gives",
  },
  {
    operators:
      "MaxPool AveragePool LpPool GlobalAveragePool GlobalMaxPool GlobalLpPool com.microsoft:NhwcMaxPool " +
      "com.microsoft:QLinearAveragePool com.microsoft:QLinearGlobalAveragePool",
    couples: "channels",
    freezes: "space",
  },
  { operators: "MaxUnpool", couples: "values with indices, channel by channel", freezes: "space" },
  { operators: "Transpose Squeeze Unsqueeze", couples: "dims as they move", freezes: "" },
  {
    operators: "Reshape Flatten",
    couples: "positions as they lie in memory: flattened, split into heads, merged, shuffled",
    freezes: "what a size known only at run time cuts through",
  },
  {
    operators: "Expand",
    couples: "positions; copies may leave on their own (query heads of a shared key)",
    freezes: "",
  },
  {
    operators: "Tile",
    couples: "every repetition of a position",
    freezes: "an axis repeated a run-time number of times",
  },
  {
    operators: "Slice Split",
    couples: "positions as they are picked",
    freezes: "an axis sliced at run-time positions, or picked down to one",
  },
  {
    operators: "Gather GatherND",
    couples: "positions as constant indices pick them; the other dims",
    freezes: "an axis that is looked up by data, or a table's rows",
  },
  {
    operators: "Scatter ScatterElements ScatterND",
    couples:
      "what is written with what it replaces, where a constant index lists whole positions; the other dims",
    freezes: "dims that other indices point into",
  },
  {
    operators: "GatherElements TensorScatter",
    couples: "dims beside the index, where they are equally long",
    freezes: "dims that the index points into",
  },
  {
    operators: "Concat com.microsoft:QLinearConcat",
    couples: "positions as they are joined; the other dims of all parts",
    freezes: "",
  },
  {
    operators: "Pad CenterCropPad",
    couples: "positions; constant padding of an axis leaves on its own",
    freezes: "an axis padded by its own contents, cropped, or about its middle",
  },
  { operators: "DepthToSpace", couples: "all phases of a channel", freezes: "" },
  { operators: "SpaceToDepth", couples: "all phases of a channel", freezes: "space" },
  { operators: "Resize Upsample", couples: "dims that keep their size", freezes: "dims that change theirs" },
  { operators: "GridSample RoiAlign MaxRoiPool", couples: "channels", freezes: "space, positions, regions" },
  { operators: "Trilu", couples: "the other dims", freezes: "the two dims that it compares" },
  { operators: "OneHot", couples: "", freezes: "positions" },
  { operators: "Col2Im", couples: "channels", freezes: "cells of a window" },
  { operators: "ReverseSequence", couples: "output with input", freezes: "batch and time" },
  {
    operators: "LSTM GRU RNN",
    couples:
      "hidden units over all gates, states and outputs; inputs with their weights; as many units in each direction",
    freezes: "time, batch, directions",
  },
  {
    operators:
      "Attention com.microsoft:Attention com.microsoft:MultiHeadAttention com.microsoft:QAttention " +
      "com.microsoft:DecoderMaskedMultiHeadAttention",
    couples:
      "heads of queries, keys and values; sizes of queries with those of keys, in every head; keys and values kept for " +
      "later steps with those",
    freezes: "batch, steps, masks",
  },
  {
    operators: "com.microsoft:GroupQueryAttention",
    couples:
      "shared heads, and the same query head of each; dims inside heads, those of keys with those of values, left in " +
      "eights (sixteens where they are rotated)",
    freezes: "batch, steps; dims inside heads where some are rotated, or scaled by inputs of their own",
  },
  {
    operators: "RotaryEmbedding com.microsoft:RotaryEmbedding",
    couples: "both positions of a rotated pair, with the tables of angles",
    freezes: "heads that are rotated in part",
  },
  {
    operators: "com.microsoft:EmbedLayerNormalization",
    couples: "columns of all tables with scale and bias",
    freezes: "rows of the tables",
  },
  {
    operators: "com.microsoft:BiasSplitGelu",
    couples: "a position of one half with that of the other",
    freezes: "",
  },
  {
    operators: "ConstantOfShape",
    couples: "a layer's weights made of one number, as if they were stored: a cut changes the size alone",
    freezes: "sizes known only at run time",
  },
  {
    operators: "Shape Size Range",
    couples: "nothing: sizes are followed as numbers, and rewritten where a cut changes them",
    freezes: "",
  },
  {
    operators:
      "NonZero NonMaxSuppression Unique Compress EyeLike Multinomial Bernoulli RandomNormal RandomUniform " +
      "RandomNormalLike RandomUniformLike STFT DFT AffineGrid Det NegativeLogLikelihoodLoss " +
      "SoftmaxCrossEntropyLoss HannWindow HammingWindow BlackmanWindow MelWeightMatrix",
    couples: "nothing: what it gives depends on what its inputs hold; its shape is followed",
    freezes: "its inputs",
  },
  {
    operators: "If Loop Scan",
    couples: "nothing: bodies stay as they are; shapes are followed",
    freezes: "what goes into a body, and what a body reads from around it",
  },
];

export const descriptions: ReadonlyMap<string, Description> = new Map(
  classes.flatMap(({ operators, couples, freezes }) =>
    operators.split(" ").map((operator) => [operator, { couples, freezes }] as const),
  ),
);
