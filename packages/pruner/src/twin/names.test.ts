import { describe, expect, it } from "vitest";
import { nameOf, pairNames } from "./names.js";

const text = (tensor: string, rank: number): string => {
  const { layer, part } = nameOf(tensor, rank);
  return `${layer.join("/")} ${part}`;
};

describe("names of parameters", () => {
  it.each([
    ["layer1.0.conv1.weight", 4, "layer1_0_conv1/kernel", 4],
    ["bn1.weight", 1, "bn1/gamma", 1],
    ["bn1.running_var", 1, "bn1/moving_variance", 1],
    ["fc.bias", 1, "StatefulPartitionedCall/model/fc/BiasAdd/ReadVariableOp", 1],
    ["conv2d/kernel:0", 4, "StatefulPartitionedCall/model_1/conv2d/Conv2D/ReadVariableOp", 4],
    ["dw.weight", 4, "dw/depthwise_kernel", 4],
    ["lstm.weight_hh_l0", 2, "lstm/recurrent_kernel", 2],
  ])("%s is %s", (one, rank, other, otherRank) => {
    expect(text(one, rank)).toBe(text(other, otherRank));
  });

  it("tell a layer's parameters apart", () => {
    const names = ["bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"].map((name) => text(name, 1));
    expect(new Set(names).size).toBe(4);
    expect(text("conv.weight", 4)).not.toBe(text("conv.weight", 1));
  });

  it("pair layers of which one's path ends in the other's, unless there are two", () => {
    const named = (...names: string[]) => names.map((name) => nameOf(name, 2));
    expect([...pairNames(named("fc1/kernel"), named("net.fc1.weight"))]).toEqual([[0, 0]]);
    expect([...pairNames(named("fc1/kernel"), named("a.fc1.weight", "b.fc1.weight"))]).toEqual([]);
    expect([
      ...pairNames(named("fc1/kernel", "b/fc1/kernel"), named("b.fc1.weight", "a.fc1.weight")),
    ]).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect([...pairNames(named("onnx::MatMul_12"), named("x/onnx::MatMul_13"))]).toEqual([]);
  });
});
