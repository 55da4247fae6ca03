import type { Node } from "../model.js";
import { operatorName, recordOf } from "../operators/operators.js";
import { subgraphs } from "../order.js";

const names = (text: string): readonly string[] => text.split(" ");

/**
 * Operators whose outputs jump where an input changes by rounding alone, and which inputs they decide on: what is
 * larger, which index, which integer. Of the others, a small change of the inputs is a small change of the outputs.
 */
const deciders: ReadonlyMap<string, readonly number[] | "all"> = new Map<string, readonly number[] | "all">([
  ...names("Equal Less LessOrEqual Greater GreaterOrEqual Mod Range NonMaxSuppression").map(
    (op) => [op, "all"] as const,
  ),
  ...names("TopK ArgMax ArgMin Hardmax Round Floor Ceil Sign Shrink ThresholdedRelu IsNaN IsInf").map(
    (op) => [op, [0]] as const,
  ),
  ...names("NonZero Unique OneHot QuantizeLinear DynamicQuantizeLinear Bernoulli Multinomial").map(
    (op) => [op, [0]] as const,
  ),
  ...names(
    "com.microsoft:QuantizeLinear com.microsoft:DynamicQuantizeMatMul com.microsoft:DynamicQuantizeLSTM",
  ).map((op) => [op, [0]] as const),
  ["com.microsoft:MoE", [0, 1]],
  ["com.microsoft:QMoE", [0, 1]],
  ["com.microsoft:MatMulNBits", [0]],
  ["RoiAlign", [1]],
  ["MaxRoiPool", [1]],
  ["Resize", [1, 2]],
  ["Upsample", [1]],
]);

/** Operators that compute one cell from few cells, always in the same way: equal inputs give equal outputs, bit by bit. */
const exact: ReadonlySet<string> = new Set([
  ...names(
    "Abs Acos Acosh Asin Asinh Atan Atanh BatchNormalization BitShift BitwiseAnd BitwiseNot BitwiseOr",
  ),
  ...names(
    "BitwiseXor Cast CastLike Celu Clip Cos Cosh DequantizeLinear Div Dropout Elu Erf Exp Gelu HardSigmoid",
  ),
  ...names(
    "HardSwish Identity LeakyRelu Log LogSoftmax Max Min Mish Mul Neg Not And Or Xor PRelu Pow Reciprocal Relu",
  ),
  ...names("Selu Sigmoid Sin Sinh Softmax Softplus Softsign Sqrt Sub Swish Tan Tanh Where Add Sum Trilu"),
  ...names(
    "Compress Concat DepthToSpace Expand Flatten Gather GatherElements GatherND MaxPool MaxUnpool Pad",
  ),
  ...names(
    "ReduceMax ReduceMin Reshape ReverseSequence Scatter ScatterElements ScatterND Slice SpaceToDepth Split",
  ),
  ...names("Squeeze Tile Transpose Unsqueeze EyeLike GridSample"),
  ...names("com.microsoft:FastGelu com.microsoft:QuickGelu com.microsoft:BiasGelu com.microsoft:Gelu"),
]);

/** Places of the inputs that a node decides on. */
export function decidesOn(node: Node): readonly number[] {
  const name = operatorName(node);
  const found = deciders.get(name);
  if (found === "all") return [...node.inputs.keys()];
  if (name === "com.microsoft:MatMulNBits" && intOf(node, "accuracy_level") !== 4) return [];
  if (found) return found;
  if (name.startsWith("ai.onnx.ml:") || isRandom(node)) return [0];
  if (name === "Cast" && !isFloating(intOf(node, "to"))) return [0];
  if (name === "MaxPool" && node.outputs[1]) return [0];
  if (name === "GridSample" && textOf(node, "mode") === "nearest") return [1];
  return subgraphs(node).some(({ nodes }) => nodes.some((inner) => decidesOn(inner).length > 0))
    ? [...node.inputs.keys()]
    : [];
}

/** Whether rounding may differ between two ways of computing a node on the same inputs, as sums in another order do. */
export function rounds(node: Node): boolean {
  const inside = subgraphs(node);
  if (inside.length > 0) return inside.some(({ nodes }) => nodes.some(rounds));
  const name = operatorName(node);
  const decides = deciders.has(name) && !/Mat[Mm]ul|LSTM|MoE|RoiAlign/.test(name);
  return !exact.has(name) && !decides && !isRandom(node);
}

/** Whether a node draws new numbers in each run, itself or by a Dropout whose input says whether to. */
export const isRandom = (node: Node): boolean => recordOf(node)?.isRandom?.(node) ?? false;

/** Nodes whose outputs depend only on sizes. */
export const tellsSize = ({ op }: Node): boolean => op === "Shape" || op === "Size";

const floating: ReadonlySet<number> = new Set([1, 10, 11, 16]);
export const isFloating = (elementType: number | undefined): boolean =>
  elementType !== undefined && floating.has(elementType);

function intOf(node: Node, name: string): number | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "int" ? attribute.value : undefined;
}

function textOf(node: Node, name: string): string | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "string" ? attribute.value : undefined;
}
