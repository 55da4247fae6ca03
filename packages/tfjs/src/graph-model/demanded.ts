import { range } from "@prune/graph/rules";
import { channelDim, flag, ints, sizesOf, type TfNode } from "./node.js";

/** A shape as far as it is known: its rank, and some of its sizes. */
export type Demand = readonly (number | undefined)[];

/** What is known of a graph before it is traced. */
export interface Known {
  /** Shape of a tensor that follows from stored values alone. */
  shape(name: string): readonly number[] | undefined;
  /** Its contents, of a small tensor of integers. */
  integers(name: string): readonly number[] | undefined;
}

/**
 * Shapes that tensors must have because of what reads them: a Conv2D takes four dims, and as many channels as its
 * filter. What is known of preprocessing only at run time (inputs of unknown rank, loops, bodies of functions) is known
 * where a layer with weights begins. Readers come last, so nodes are gone through backwards.
 */
export function demanded(nodes: readonly TfNode[], known: Known): ReadonlyMap<string, Demand> {
  const found = new Map<string, Demand>();
  const clashing = new Set<string>();
  for (const node of [...nodes].reverse()) {
    const given = node.outputs.map((name) => found.get(name) ?? declared(node, name));
    node.inputs.forEach((name, i) => {
      if (clashing.has(name) || known.shape(name)) return;
      const own = readers.get(node.op)?.(node, i, given, known);
      if (!own) return;
      const both = agreed(found.get(name), own);
      if (both) found.set(name, both);
      else {
        clashing.add(name);
        found.delete(name);
      }
    });
  }
  for (const node of nodes)
    for (const name of node.outputs) {
      const own = declared(node, name);
      const both = own && agreed(found.get(name), own);
      if (both) found.set(name, both);
    }
  return found;
}

/** Two statements about one tensor; undefined where they can't both hold. */
function agreed(a: Demand | undefined, b: Demand): Demand | undefined {
  if (!a) return b;
  if (a.length !== b.length || a.some((size, d) => (size ?? b[d]) !== (b[d] ?? size))) return undefined;
  return a.map((size, d) => size ?? b[d]);
}

/** What a node states of its own output. */
function declared(node: TfNode, output: string): Demand | undefined {
  const { attr } = node.def;
  const at = node.outputs.indexOf(output);
  const listed = attr?.output_shapes?.list?.shape ?? attr?._output_shapes?.list?.shape;
  const shape = node.op === "EnsureShape" ? attr?.shape?.shape : listed?.[at];
  return sizesOf(shape)?.map((size) => (size >= 0 ? size : undefined));
}

type Reader = (
  node: TfNode,
  input: number,
  outputs: readonly (Demand | undefined)[],
  known: Known,
) => Demand | undefined;

const open = (rank: number): undefined[] => new Array<undefined>(rank).fill(undefined);

/** A rank, with channels where the node's format has them. */
const images = (node: TfNode, rank: number, channels: number | undefined): Demand =>
  open(rank).map((_, d) => (d === channelDim(node, rank) ? channels : undefined));

/** Reads images at one input; a stored tensor says how many channels they have. */
const layer =
  (at: number, weight: number, dim: number, rank: (shape: readonly number[]) => number): Reader =>
  (node, input, _, known) => {
    const shape = input === at ? known.shape(node.inputs[weight] ?? "") : undefined;
    return shape && images(node, rank(shape), shape.at(dim));
  };

const product =
  (left: string, right: string): Reader =>
  (node, input, outputs, known) => {
    if (input > 1) return undefined;
    const other = known.shape(node.inputs[1 - input] ?? "");
    if (other?.length !== 2) return undefined;
    const turned = flag(node, [left, right][input] as string);
    const otherTurned = flag(node, [left, right][1 - input] as string);
    const inner = other[(input === 0) === otherTurned ? 1 : 0];
    const outer = outputs[0]?.[input];
    const sizes = input === 0 ? [outer, inner] : [inner, outer];
    return turned ? sizes.reverse() : sizes;
  };

/** Spatial dims change, batch and channels don't. */
const framed =
  (rank: number): Reader =>
  (node, input, [y]) =>
    input === 0 ? images(node, rank, y?.length === rank ? y[channelDim(node, rank)] : undefined) : undefined;

const first: Reader = (_, input, [y]) => (input === 0 ? y : undefined);

const biased: Reader = (node, input, [y], known) => {
  const channels = known.shape(node.inputs[1] ?? "")?.[0];
  if (input !== 0 || !y || channels === undefined) return undefined;
  return agreed(y, images(node, y.length, channels)) ?? y;
};

/** Beside a constant of a lower rank, the other operand has the rank of the result. */
const beside: Reader = (node, input, [y], known) => {
  if (!y || node.inputs.length !== 2) return undefined;
  const other = known.shape(node.inputs[1 - input] ?? "");
  if (!other || (other.length >= y.length && y.length > 0)) return undefined;
  const lead = y.length - other.length;
  return y.map((size, d) => (d < lead || other[d - lead] === 1 ? size : undefined));
};

const padded: Reader = (node, input, [y], known) => {
  const widths = known.integers(node.inputs[1] ?? "");
  if (input !== 0 || !widths) return undefined;
  return range(widths.length / 2).map((d) => {
    const size = y?.length === widths.length / 2 ? y[d] : undefined;
    return size === undefined ? undefined : size - (widths[2 * d] as number) - (widths[2 * d + 1] as number);
  });
};

const transposed: Reader = (node, input, [y], known) => {
  const perm = known.integers(node.inputs[1] ?? "");
  if (input !== 0 || !perm) return undefined;
  return range(perm.length).map((d) => (y?.length === perm.length ? y[perm.indexOf(d)] : undefined));
};

const expanded: Reader = (node, input, [y], known) => {
  const [axis] = known.integers(node.inputs[1] ?? "") ?? [];
  if (input !== 0 || !y || axis === undefined) return undefined;
  return y.filter((_, d) => d !== (axis < 0 ? axis + y.length : axis));
};

/** Without stated dims, all of size 1 go: something without dims may be what is squeezed. */
const squeezed: Reader = (node, input, [y]) => {
  if (input !== 0 || !y) return undefined;
  const gone = ints(node, "squeeze_dims") ?? ints(node, "axis") ?? [];
  if (gone.length === 0) return y.length === 0 ? [] : undefined;
  const rank = y.length + gone.length;
  const at = new Set(gone.map((d) => (d < 0 ? d + rank : d)));
  const rest = [...y];
  return range(rank).map((d) => (at.has(d) ? 1 : rest.shift()));
};

const each = (names: string, reader: Reader): [string, Reader][] =>
  names.split(" ").map((name) => [name, reader]);

const readers: ReadonlyMap<string, Reader> = new Map([
  ...each(
    "Conv1D Conv2D _FusedConv2D Conv3D DepthwiseConv2d DepthwiseConv2dNative FusedDepthwiseConv2dNative",
    layer(0, 1, -2, ({ length }) => length),
  ),
  ...each(
    "Conv2DBackpropInput",
    layer(2, 1, -1, ({ length }) => length),
  ),
  ...each("MatMul _FusedMatMul", product("transpose_a", "transpose_b")),
  ...each(
    "FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3",
    layer(0, 1, 0, () => 4),
  ),
  ...each("AvgPool MaxPool MaxPoolWithArgmax LRN CropAndResize", framed(4)),
  ...each("ResizeBilinear ResizeNearestNeighbor ImageProjectiveTransformV3", framed(4)),
  ...each("AvgPool3D MaxPool3D", framed(5)),
  ...each("DepthToSpace", (node, input) => (input === 0 ? images(node, 4, undefined) : undefined)),
  ...each("Switch", (_, input, [no, yes]) => (input === 1 ? [] : (no ?? yes))),
  ...each("LoopCond", () => []),
  ...each("BiasAdd", biased),
  ...each("Transpose", transposed),
  ...each("Pad PadV2 MirrorPad", padded),
  ...each("ExpandDims", expanded),
  ...each("Squeeze", squeezed),
  ...each(
    "Identity Snapshot StopGradient EnsureShape Cast Enter Exit NextIteration Relu Relu6 LeakyRelu Elu Selu Sigmoid Tanh " +
      "Softplus Erf Exp Log Sqrt Rsqrt Square Abs Neg Floor Ceil Round LogicalNot ClipByValue ReverseV2 Softmax LogSoftmax " +
      "Cumsum",
    first,
  ),
  ...each(
    "Add AddV2 Sub Mul RealDiv Div DivNoNan Pow Maximum Minimum Equal NotEqual Less LessEqual Greater GreaterEqual " +
      "LogicalAnd LogicalOr",
    beside,
  ),
  ...each("IdentityN", (_, input, outputs) => outputs[input]),
  ...each("Merge", (_, __, [y]) => y),
]);
