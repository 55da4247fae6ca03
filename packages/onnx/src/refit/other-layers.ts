import type { Model, Node } from "../model.js";
import { linearLayers } from "./linear.js";
import { type Wiring, wiringOf } from "./stored-matrix.js";

/** A node with weights that can't be refitted. */
export interface OtherLayer {
  /** The node's first output. */
  readonly output: string;
  readonly op: string;
  readonly reason: string;
}

/** Operators with weights, and the input that holds them. */
const weighted: Readonly<Record<string, number>> = {
  Conv: 1,
  ConvTranspose: 1,
  Gemm: 1,
  MatMul: 1,
  Einsum: 1,
  ConvInteger: 1,
  MatMulInteger: 1,
  QLinearConv: 3,
  QLinearMatMul: 3,
  DeformConv: 1,
  LSTM: 1,
  GRU: 1,
  RNN: 1,
  FusedConv: 1,
  NhwcFusedConv: 1,
  FusedMatMul: 1,
  FusedGemm: 1,
  QGemm: 3,
  MatMulNBits: 1,
  MatMulIntegerToFloat: 1,
  DynamicQuantizeMatMul: 1,
  QLinearConvTranspose: 3,
  Attention: 1,
  QAttention: 1,
};

const plain: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul"]);

/** Layers that `linearLayers` leaves out although they have weights, and why. */
export function otherLayers(model: Model): OtherLayer[] {
  const wiring = wiringOf(model);
  const linear = new Set(linearLayers(model).map(({ node }) => node.index));
  return model.graph.nodes.flatMap((node) => {
    const operand = Object.hasOwn(weighted, node.op) ? (weighted[node.op] as number) : -1;
    const weights = node.inputs[operand] ?? "";
    if (linear.has(node.index) || operand < 0 || weights === "") return [];
    const origin = originOf(wiring, weights);
    if (!origin) return [];
    return [{ output: node.outputs[0] ?? "", op: node.op, reason: reasonOf(node, origin) }];
  });
}

interface Origin {
  /** The last operator that makes the weights; undefined where they are stored as they are. */
  readonly made: string | undefined;
  readonly dtypes: ReadonlySet<string>;
}

/** Where constant weights come from; undefined where they follow from the model's inputs. */
function originOf(wiring: Wiring, tensor: string): Origin | undefined {
  const dtypes = new Set<string>();
  const seen = new Set<string>();
  const open = [tensor];
  let made: string | undefined;
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === "" || seen.has(name)) continue;
    seen.add(name);
    const stored = wiring.stored(name);
    if (stored) {
      dtypes.add(stored.dtype);
      continue;
    }
    const node = wiring.producer(name);
    if (!node) return undefined;
    if (node.op !== "Identity" && node.op !== "Transpose") made ??= node.op;
    open.push(...node.inputs);
  }
  return { made, dtypes };
}

function reasonOf(node: Node, { made, dtypes }: Origin): string {
  if (made === "DequantizeLinear") return "its weights are integers behind DequantizeLinear";
  if (made) return `its weights are computed by ${made}, not stored`;
  if (!plain.has(node.op) || node.domain !== "") return `${node.op} is not refitted`;
  const [dtype] = dtypes;
  if (dtype !== "float32" && dtype !== "float16") return `its weights are ${dtype}`;
  return "its weights are not a plain matrix of inputs and outputs, or its bias is not stored as a vector";
}
