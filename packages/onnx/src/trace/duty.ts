import { type Duty, ownEntry } from "@prune/graph";
import type { OnnxNode } from "../operators/node.js";

const batchNorm: Readonly<Record<number, Duty>> = { 1: "scale", 2: "bias", 3: "statistic", 4: "statistic" };

/** Inputs that add, by operator. */
const biases: Readonly<Record<string, readonly number[]>> = {
  Add: [0, 1],
  Sub: [0, 1],
  Conv: [2],
  ConvTranspose: [2],
  FusedConv: [2],
  QLinearConv: [8],
  Gemm: [2],
  FusedGemm: [2],
  LayerNormalization: [2],
  InstanceNormalization: [2],
  GroupNormalization: [2],
  GroupNorm: [2],
  SkipLayerNormalization: [3, 4],
  SkipSimplifiedLayerNormalization: [3],
  BiasGelu: [1],
  BiasAdd: [1],
  BiasSplitGelu: [1],
  FastGelu: [1],
  Attention: [2],
  MultiHeadAttention: [3],
  LSTM: [3],
  GRU: [3],
  RNN: [3],
};

/** What a stored tensor does at an input of an operator. */
export function duty({ op, inputs }: OnnxNode, input: number): Duty | undefined {
  if (op === "BatchNormalization") return batchNorm[input];
  if (op === "Sum") return inputs.length > 1 ? "bias" : undefined;
  return ownEntry(biases, op)?.includes(input) ? "bias" : undefined;
}
