import type { TailStep } from "@prune/recovery/advanced";
import { relu, relu6 } from "@prune/recovery/advanced";
import { channelDim, type TfNode } from "../graph-model/node.js";
import type { GraphModelSource } from "../graph-model/source.js";

/** What a node of a GraphModel makes of an activation, whose channels come last. */
export function graphStep(source: GraphModelSource, node: TfNode, input: string): TailStep | undefined {
  const { op, inputs } = node;
  if (op === "Identity") return { kind: "same" };
  if (op === "Relu") return { kind: "clip", clip: relu };
  if (op === "Relu6") return { kind: "clip", clip: relu6 };
  if (/^FusedBatchNorm(V\d)?$/.test(op) && inputs[0] === input && channelDim(node, 4) === 3)
    return normalised(source, node);
  const other = inputs[inputs[0] === input ? 1 : 0];
  if (other === undefined || other === input || inputs.length !== 2) return undefined;
  if (!source.isConstant(other)) return /^Add(V2)?$/.test(op) ? { kind: "sum", other } : undefined;
  const values = source.values(other);
  const sizes = source.shapeOf(other) ?? [];
  // One for each of the channels, which come last.
  if (!values || sizes.at(-1) !== values.length || values.length === 1) return undefined;
  if (/^(Add(V2)?|BiasAdd)$/.test(op))
    return { kind: "affine", scale: new Float32Array(values.length).fill(1), shift: values };
  return op === "Mul" ? { kind: "affine", scale: values, shift: new Float32Array(values.length) } : undefined;
}

function normalised(source: GraphModelSource, { def, inputs }: TfNode): TailStep | undefined {
  const [gamma, beta, mean, variance] = inputs.slice(1, 5).map((name) => source.values(name));
  if (!gamma || !beta || !mean || !variance || def.attr?.is_training?.b === true) return undefined;
  const epsilon = Number(def.attr?.epsilon?.f ?? 1e-3);
  const scale = gamma.map((g, c) => g / Math.sqrt((variance[c] as number) + epsilon));
  return { kind: "affine", scale, shift: beta.map((b, c) => b - (mean[c] as number) * (scale[c] as number)) };
}
