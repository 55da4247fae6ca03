import type { Model, Node } from "../model.js";
import { recordOf } from "../operators/operators.js";
import { linearLayers } from "./linear.js";
import { type Wiring, wiringOf } from "./stored-matrix.js";

/** A node with weights that can't be refitted. */
export interface OtherLayer {
  /** The node's first output. */
  readonly output: string;
  readonly op: string;
  readonly reason: string;
}

const plain: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul"]);

/** Layers that `linearLayers` leaves out although they have weights, and why. */
export function otherLayers(model: Model): OtherLayer[] {
  const wiring = wiringOf(model);
  const linear = new Set(linearLayers(model).map(({ node }) => node.index));
  return model.graph.nodes.flatMap((node) => {
    const operand = recordOf(node)?.matrix ?? -1;
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
