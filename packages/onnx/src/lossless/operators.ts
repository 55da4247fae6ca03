import type { OnnxNode } from "../operators/node.js";

/** Whether a node's operator is ONNX's own. */
export const standard = ({ domain }: OnnxNode): boolean => domain === "" || domain === "ai.onnx";

const set = (names: string): ReadonlySet<string> => new Set(names.split(" "));

/** One cell in, one cell out, rising with it. */
export const rising: ReadonlySet<string> = set(
  "Relu Sigmoid HardSigmoid Tanh Erf Softplus Softsign Selu Clip Floor Ceil Exp",
);

/** One cell in, one cell out, in any way. */
export const curved: ReadonlySet<string> = set(
  "LeakyRelu Elu Celu ThresholdedRelu HardSwish Mish Gelu Swish Abs Neg Sqrt Reciprocal Log Pow Sin Cos Round Sign",
);

/** Cells of equal position, with broadcasting. */
export const paired: ReadonlySet<string> = set("Add Sub Mul Div Max Min Sum");

/** The same, of which only the positions are followed. */
export const opaque: ReadonlySet<string> = set(
  "PRelu Where Equal Less LessOrEqual Greater GreaterOrEqual And Or Not Mean Mod Cast CastLike",
);

/** Elements move, none is computed. */
export const moving: ReadonlySet<string> = set(
  "Identity Dropout Transpose Reshape Squeeze Unsqueeze Flatten Concat Split Slice Expand Gather",
);

/** Channels of dim 1 stay apart. */
export const spatial: ReadonlySet<string> = set(
  "MaxPool AveragePool GlobalAveragePool GlobalMaxPool LpPool GlobalLpPool Upsample Resize BatchNormalization InstanceNormalization",
);

/** Of these, the result lies where the channel's values lie. */
export const within: ReadonlySet<string> = set("MaxPool GlobalMaxPool GlobalAveragePool AveragePool");

export const reducing: ReadonlySet<string> = set(
  "ReduceMean ReduceMax ReduceMin ReduceSum ReduceL1 ReduceL2 ReduceProd ReduceSumSquare ReduceLogSum ReduceLogSumExp ArgMax ArgMin",
);

/** Of these, the result lies where the channel's values lie. */
export const reducingWithin: ReadonlySet<string> = set("ReduceMean ReduceMax ReduceMin");
