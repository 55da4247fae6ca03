import type { Duty } from "@prune/graph";
import { type TfNode, texts } from "./node.js";

/** What the inputs behind the first do, scale first. */
const norm: readonly Duty[] = ["scale", "bias", "statistic", "statistic"];

/** What a stored tensor does at an input of an operator. */
export function duty(node: TfNode, input: number): Duty | undefined {
  const { op } = node;
  if (/^FusedBatchNorm(V\d)?$/.test(op)) return norm[input - 1];
  if (/^_?Fused.*(Conv2D|MatMul|DepthwiseConv2dNative)$/.test(op)) {
    const fused = texts(node, "fused_ops");
    if (fused.includes("FusedBatchNorm")) return norm[input - 2];
    return input === 2 && fused.includes("BiasAdd") ? "bias" : undefined;
  }
  if (op === "BiasAdd") return input === 1 ? "bias" : undefined;
  return /^(Add(V2|N)?|Sub)$/.test(op) ? "bias" : undefined;
}
