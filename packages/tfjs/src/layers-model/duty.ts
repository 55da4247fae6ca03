import { type Duty, ownEntry } from "@prune/graph";
import { type LayerNode, weightName } from "./node.js";

/** What weights do, by the names that layers give them. */
const duties: Readonly<Record<string, Duty>> = {
  bias: "bias",
  beta: "bias",
  moving_mean: "statistic",
  moving_variance: "statistic",
};

/** What a weight does in its layer. */
export function duty(node: LayerNode, input: number): Duty | undefined {
  const name = weightName(node, input) ?? "";
  return name === "gamma" && node.op === "BatchNormalization" ? "scale" : ownEntry(duties, name);
}
