import type { Kept } from "@prune/graph/advanced";
import type { Linear, Node, Wiring } from "@prune/onnx/advanced";
import { followTail, relu, type Tail, type TailNet, type TailStep } from "@prune/recovery/advanced";

/** A tail whose scale and shift are given also where they change nothing. */
export interface AffineTail extends Tail {
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

/** Whether a BatchNormalization, which is of dim 1, scales a layer's channels in a tensor: of a matrix product's they lie in the last. */
export const isNormOfChannels = ({ window }: Linear, tensor: string, kept: Kept): boolean =>
  window !== undefined || kept(tensor, 2) === undefined;

/** Follows a layer's output through BatchNormalization and one residual sum. */
export function tailOf(wiring: Wiring, linear: Linear, kept: Kept): AffineTail {
  const net: TailNet<Node> = {
    readers: (tensor) => wiring.readers(tensor),
    isOutput: (tensor) => wiring.isOutput(tensor),
    step: (node, tensor) => stepOf(wiring, linear, kept, node, tensor),
  };
  const tail = followTail(net, { sums: linear.output, channels: linear.outputs });
  const { scale = new Float32Array(linear.outputs).fill(1), shift = new Float32Array(linear.outputs) } = tail;
  return { ...tail, scale, shift };
}

function stepOf(
  wiring: Wiring,
  linear: Linear,
  kept: Kept,
  node: Node,
  tensor: string,
): TailStep | undefined {
  if (node.op === "Relu") return { kind: "clip", clip: relu };
  if (node.op === "BatchNormalization" && node.outputs.length === 1) {
    const norm = isNormOfChannels(linear, tensor, kept) ? normOf(wiring, node) : undefined;
    return norm && { kind: "affine", ...norm };
  }
  if (node.op !== "Add") return undefined;
  const other = node.inputs[node.inputs[0] === tensor ? 1 : 0] as string;
  if (other === tensor || isStored(wiring, other)) return undefined;
  return { kind: "sum", other, sum: behindGone(wiring, node.outputs[0] as string) };
}

/**
 * Blocks that left whole pass on what comes into them, under the names of what they gave: a layer before them is fitted
 * to that (ReplaceMe, arXiv 2505.02819). A Relu in front of another changes nothing.
 */
function behindGone(wiring: Wiring, sum: string): string {
  const only = (tensor: string): Node | undefined => {
    const [reader, ...others] = wiring.readers(tensor);
    return others.length > 0 || wiring.isOutput(tensor) ? undefined : reader;
  };
  for (let at = sum; ; ) {
    const next = only(at);
    const passed = next?.op === "Relu" ? only(next.outputs[0] as string) : next;
    if (passed?.op !== "Identity") return at;
    const output = passed.outputs[0] as string;
    if (next !== passed && only(output)?.op !== "Relu") return at;
    at = output;
  }
}

function isStored(wiring: Wiring, tensor: string): boolean {
  let name = tensor;
  for (;;) {
    if (wiring.stored(name)) return true;
    const node = wiring.producer(name);
    if (node?.op !== "Identity") return false;
    name = node.inputs[0] as string;
  }
}

/** A BatchNormalization as scale and shift; undefined where its statistics are not stored. */
function normOf(
  wiring: Wiring,
  node: Node,
): { readonly scale: Float32Array; readonly shift: Float32Array } | undefined {
  const lists = node.inputs.slice(1, 5).map((name) => storedFloats(wiring, name));
  const [gamma, beta, mean, variance] = lists;
  if (!gamma || !beta || !mean || !variance) return undefined;
  const attribute = node.attributes.get("epsilon");
  const epsilon = attribute?.kind === "float" ? attribute.value : 1e-5;
  const scale = gamma.map((g, c) => g / Math.sqrt((variance[c] as number) + epsilon));
  return { scale, shift: beta.map((b, c) => b - (mean[c] as number) * (scale[c] as number)) };
}

function storedFloats(wiring: Wiring, tensor: string): Float32Array | undefined {
  let name = tensor;
  for (;;) {
    const weight = wiring.stored(name);
    if (weight && !["float32", "float16"].includes(weight.dtype)) return undefined;
    if (weight) return weight.tensor().data as Float32Array;
    const node = wiring.producer(name);
    if (node?.op !== "Identity") return undefined;
    name = node.inputs[0] as string;
  }
}
