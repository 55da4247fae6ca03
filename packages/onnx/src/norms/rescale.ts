import { encodeTensor } from "../cut/encode.js";
import { roundBrain, roundHalf } from "../fold/half.js";
import type { Writer } from "../mask/writer.js";
import type { OnnxNode } from "../operators/node.js";
import { decodeTensor } from "../read/decode-tensor.js";
import type { Tensor } from "../tensor.js";
import type { OnnxSource } from "../trace/source.js";

interface Rescaling {
  readonly writer: Writer;
  readonly source: OnnxSource;
  /** n' / n. */
  readonly share: number;
  readonly epsilon: number;
}

/**
 * Makes a norm by root mean squares over n' of n positions give what it gives over all n, what left being zero:
 * gamma x / sqrt(S/n + e) = gamma sqrt(n/n') x / sqrt(S/n' + e n/n'). False where its scale isn't stored in floats.
 */
export function rescale(node: OnnxNode, at: number, { writer, source, share, epsilon }: Rescaling): boolean {
  const { draft } = writer;
  const weight = source.weight(node.inputs[at] ?? "");
  const name = draft.operand(node.index, at);
  if (!weight || weight.filled || !/^b?float/.test(weight.dtype)) return false;
  const made = draft.added.find((tensor) => tensor.name === name);
  const now = draft.tensors.get(name) ?? made ?? weight;
  const bytes = (): Uint8Array => {
    const tensor = decodeTensor(weight.dtype, now.shape, now.bytes(), weight.elementType, name);
    return encodeTensor(times(tensor, Math.sqrt(1 / share)));
  };
  const readers = source.nodes.filter((other) => draft.inputs(other.index).includes(name)).length;
  if (readers === 1 && !made) draft.tensors.set(name, { shape: now.shape, bytes });
  else {
    const own = draft.constant(`${name}_of_all`, weight.elementType, now.shape, bytes);
    draft.setInput(node.index, at, own);
  }
  draft.edit(node.index, { attributes: new Map([["epsilon", { float: epsilon / share }]]) });
  return true;
}

function times(tensor: Tensor, factor: number): Tensor {
  const round = tensor.dtype === "float16" ? roundHalf : tensor.dtype === "bfloat16" ? roundBrain : Number;
  const data = (tensor.data as Float32Array).map((value) => round(value * factor));
  return { ...tensor, data };
}
