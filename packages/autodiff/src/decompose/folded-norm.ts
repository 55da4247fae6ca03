import type { Node } from "@prune/onnx/advanced";
import { type GradientKit, Unemitted } from "../graph/kit.js";
import { from, openNode } from "../rules/step.js";
import type { Fused } from "./decomposition.js";

/**
 * A batch norm by its running statistics, as the convolution before it with other weights and another bias: its
 * gradients are then those of small tensors, and neither what goes into it nor a pass over it are held or made.
 */
export function foldedNorm(n: Fused, convolution: Node, k: GradientKit): readonly string[] {
  if (n.int("training_mode", 0) === 1) throw new Unemitted("it takes the statistics of the batch");
  const [x, weights, bias = ""] = convolution.inputs as [string, string, string?];
  const [mean, variance] = n.inputs.slice(3) as [string, string];
  const rank = k.shape(weights)?.length;
  if (rank === undefined) throw new Unemitted("the rank of the weights before it is not known");
  const deviation = k.emit("Sqrt", [k.add(variance, n.float("epsilon", 1e-5))]);
  const scale = k.div(n.b, deviation);
  const centre = bias === "" ? k.neg(mean) : k.sub(bias, mean);
  const folded = k.mul(weights, k.reshape(scale, [-1, ...from(1, rank).map(() => 1)]));
  const shift = k.add(k.mul(centre, scale), n.c);
  return [k.emit("Conv", [x, folded, shift], openNode(convolution, k).attributes)];
}
