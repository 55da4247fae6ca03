import type { TailStep } from "@prune/recovery/advanced";
import { type Clip, relu, relu6 } from "@prune/recovery/advanced";
import { type LayerNode, setting, weightInput } from "../layers-model/node.js";
import type { LayersModelSource } from "../layers-model/source.js";

/** What a layer makes of an activation, whose channels come last. */
export function layersStep(source: LayersModelSource, node: LayerNode, input: string): TailStep | undefined {
  const { op, arity, inputs } = node;
  if (op === "Dropout") return { kind: "same" };
  if (op === "ReLU") return { kind: "clip", clip: { low: 0, high: setting(node, "maxValue", relu.high) } };
  if (op === "Activation") {
    const activation = setting<string>(node, "activation", "linear");
    const clip = clipOf(activation);
    return clip ? { kind: "clip", clip } : activation === "linear" ? { kind: "same" } : undefined;
  }
  const other = inputs[inputs[0] === input ? 1 : 0] as string;
  if (op === "Add" && arity === 2 && other !== input) return { kind: "sum", other };
  return op === "BatchNormalization" ? normalised(source, node) : undefined;
}

/** What an activation of a layer does to its sums. */
export const clipOf = (activation: string): Clip | undefined => ({ relu, relu6 })[activation];

function normalised({ values, shapeOf }: LayersModelSource, node: LayerNode): TailStep | undefined {
  const named = (name: string): string | undefined => node.inputs[weightInput(node, name) ?? -1];
  const [mean, variance] = [named("moving_mean"), named("moving_variance")];
  const channels = mean === undefined ? undefined : shapeOf(mean)?.[0];
  if (mean === undefined || variance === undefined || channels === undefined) return undefined;
  if (setting<number | readonly number[]>(node, "axis", -1) !== -1) {
    const axis = setting<number | readonly number[]>(node, "axis", -1);
    const shape = node.layer.inboundNodes[0]?.outputTensors[0]?.shape;
    if (Number(axis) !== (shape?.length ?? 0) - 1) return undefined;
  }
  const list = (name: string | undefined, otherwise: number): ArrayLike<number> =>
    (name === undefined ? undefined : values(name)) ?? new Float32Array(channels).fill(otherwise);
  const [gamma, beta, means] = [list(named("gamma"), 1), list(named("beta"), 0), list(mean, 0)];
  const epsilon = setting(node, "epsilon", 1e-3);
  const scale = Float32Array.from(list(variance, 1), (v, c) => (gamma[c] as number) / Math.sqrt(v + epsilon));
  const shift = scale.map((s, c) => (beta[c] as number) - (means[c] as number) * s);
  return { kind: "affine", scale, shift };
}
