import type { Kept } from "@prune/graph";
import type { Linear, Wiring } from "@prune/onnx";

/**
 * What follows a linear layer up to the next nonlinearity: z -> scale z + shift, plus the other side of a residual
 * sum, and whether only a Relu reads the result.
 */
export interface Tail {
  readonly scale: Float32Array;
  readonly shift: Float32Array;
  readonly residual: { readonly sum: string; readonly other: string } | undefined;
  readonly relu: boolean;
}

/** Whether a BatchNormalization, which is of dim 1, scales a layer's channels in a tensor: of a matrix product's they lie in the last. */
export const isNormOfChannels = ({ window }: Linear, tensor: string, kept: Kept): boolean =>
  window !== undefined || kept(tensor, 2) === undefined;

/** Follows a layer's output through BatchNormalization and one residual sum. */
export function tailOf(wiring: Wiring, linear: Linear, kept: Kept): Tail {
  let scale: Float32Array = new Float32Array(linear.outputs).fill(1);
  let shift: Float32Array = new Float32Array(linear.outputs);
  let residual: Tail["residual"];
  let at = linear.output;
  for (;;) {
    const [reader, ...others] = wiring.readers(at);
    if (!reader || others.length > 0 || wiring.isOutput(at)) return { scale, shift, residual, relu: false };
    if (reader.op === "Relu") return { scale, shift, residual, relu: true };
    const next = reader.outputs[0] as string;
    if (reader.op === "BatchNormalization" && !residual && reader.outputs.length === 1) {
      const norm = isNormOfChannels(linear, at, kept) ? normOf(wiring, reader) : undefined;
      if (norm?.scale.length !== linear.outputs) return { scale, shift, residual, relu: false };
      scale = norm.scale;
      shift = norm.shift;
    } else if (reader.op === "Add" && !residual) {
      const other = reader.inputs[reader.inputs[0] === at ? 1 : 0] as string;
      if (other === at || isStored(wiring, other)) return { scale, shift, residual, relu: false };
      at = behindGone(wiring, next);
      residual = { sum: at, other };
      continue;
    } else return { scale, shift, residual, relu: false };
    at = next;
  }
}

/**
 * Blocks that left whole pass on what comes into them, under the names of what they gave: a layer before them is fitted
 * to that (ReplaceMe, arXiv 2505.02819). A Relu in front of another changes nothing.
 */
function behindGone(wiring: Wiring, sum: string): string {
  const only = (tensor: string): NormNode | undefined => {
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

type NormNode = NonNullable<ReturnType<Wiring["producer"]>>;

/** A BatchNormalization as scale and shift; undefined where its statistics are not stored. */
function normOf(
  wiring: Wiring,
  node: NormNode,
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
