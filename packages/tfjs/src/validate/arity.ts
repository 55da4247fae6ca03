import { TfjsError } from "../errors.js";
import type { NodeDef } from "../model.js";

/** The fewest inputs that TensorFlow's operators have; those that may have any number are not here. */
const fewest: ReadonlyMap<string, number> = new Map(
  Object.entries({
    1: "Relu Relu6 LeakyRelu Elu Selu Sigmoid Tanh Softplus Erf Exp Expm1 Log Log1p Sqrt Rsqrt Square Reciprocal Abs Sign Neg Floor Ceil Round Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh IsNan IsInf IsFinite LogicalNot ZerosLike OnesLike StopGradient Snapshot EnsureShape AddN Identity IdentityN Cast AvgPool MaxPool AvgPool3D MaxPool3D MaxPoolWithArgmax Softmax LogSoftmax LRN Shape ShapeN Size Rank Squeeze Pack Unpack DepthToSpace Einsum Merge If StatelessIf While StatelessWhile Enter Exit NextIteration LoopCond",
    2: "Add AddV2 Sub Mul RealDiv Div DivNoNan FloorDiv Mod FloorMod Pow SquaredDifference Maximum Minimum Atan2 Prelu Equal NotEqual Less LessEqual Greater GreaterEqual LogicalAnd LogicalOr BitwiseAnd BiasAdd Conv1D Conv2D _FusedConv2D Conv3D DepthwiseConv2d DepthwiseConv2dNative FusedDepthwiseConv2dNative MatMul _FusedMatMul BatchMatMul BatchMatMulV2 Dilation2D Sum EuclideanNorm Mean Max Min Prod All Any Cumsum Cumprod ArgMax ArgMin TopKV2 Reshape Transpose ExpandDims BroadcastTo Tile Fill Split ConcatV2 Concat Gather GatherV2 GatherNd ReverseV2 Pad MirrorPad ResizeBilinear ResizeNearestNeighbor Switch",
    3: "ClipByValue SelectV2 Select Conv2DBackpropInput MatrixBandPart Range LinSpace Slice SplitV ScatterNd TensorScatterUpdate PadV2 SpaceToBatchND BatchToSpaceND",
    4: "StridedSlice CropAndResize OneHot",
    5: "FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3",
  }).flatMap(([count, names]) => names.split(" ").map((name) => [name, Number(count)] as const)),
);

/** Those of them that have several outputs. */
const several = new Set(
  "Split SplitV Unpack TopKV2 IdentityN ShapeN Switch Merge If StatelessIf While StatelessWhile MaxPoolWithArgmax FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3".split(
    " ",
  ),
);

/** Throws a typed error where a reference names an output that its node can't have. */
export function checkOutput(reader: string, reference: string, op: string): void {
  const output = Number(/^[^:]*:(\d+)$/.exec(reference)?.[1] ?? 0);
  if (output > 0 && fewest.has(op) && !several.has(op))
    throw new TfjsError("dangling-input", { node: reader, input: reference });
}

/** Throws a typed error where a node lacks inputs that its operator can't do without. */
export function checkArity({ name, op, input = [] }: NodeDef): void {
  const least = fewest.get(op);
  const found = input.filter((text) => !text.startsWith("^")).length;
  if (least !== undefined && found < least)
    throw new TfjsError("malformed", {
      where: `node "${name}"`,
      why: `${op} has ${found} inputs, and needs ${least}`,
    });
}
