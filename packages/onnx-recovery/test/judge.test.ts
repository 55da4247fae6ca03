import { judgeOn } from "@prune/onnx-recovery/advanced";
import { describe, expect, it } from "vitest";
import { network, type Tensor } from "./networks.js";

/** Scores are the inputs by a matrix; three samples of two classes. */
const by = (data: number[]) =>
  network([{ op: "MatMul", inputs: ["input", "w"], output: "output" }], {
    w: { shape: [2, 2], data: Float32Array.from(data) } satisfies Tensor,
  });
const same = by([1, 0, 0, 1]);
const swapped = by([0, 1, 1, 0]);
const first = by([1, 0, 0, 0]);
const samples = [
  { input: { type: "float32" as const, dims: [2, 2], data: Float32Array.from([3, 1, 2, 4]) } },
  { input: { type: "float32" as const, dims: [1, 2], data: Float32Array.from([5, 1]) } },
];

describe("judging a model beside the original", () => {
  it("tells the original from its opposite, with the accuracy where there are labels", async () => {
    const judge = await judgeOn(same, samples, [0, 1, 1]);
    const third = Math.sqrt(1 / 9);
    const original = await judge(same);
    expect(original).toMatchObject({ agreement: { value: 1, standardError: 0 }, kl: 0, error: 0 });
    expect(original.accuracy?.value).toBeCloseTo(2 / 3, 12);
    expect(original.accuracy?.standardError).toBeCloseTo(Math.sqrt(1 / 9), 12);
    expect(original.change).toEqual({ value: 0, standardError: 0 });
    const other = await judge(swapped);
    expect(other.agreement).toEqual({ value: 0, standardError: 0 });
    expect(other.change?.value).toBeCloseTo(1 / 3 - 2 / 3, 12);
    expect(other.cosine).toBeLessThan(1);
    expect((await judge(first)).agreement.value).toBeCloseTo(2 / 3, 12);
    expect((await judge(first)).agreement.standardError).toBeCloseTo(third, 12);
  });

  it("counts samples, not the rows that each answers with", async () => {
    const rows = [
      { input: { ...samples[0]!.input, dims: [1, 2, 2] } },
      { input: { ...samples[0]!.input, dims: [1, 2, 2] } },
    ];
    const { agreement } = await (await judgeOn(same, rows))(first);
    expect(agreement).toEqual({ value: 0.5, standardError: 0 });
    await expect(judgeOn(same, rows, [0, 1])).rejects.toMatchObject({ code: "no-class-output" });
  });

  it("says which labels don't fit", async () => {
    await expect(judgeOn(same, samples, [0, 1])).rejects.toMatchObject({ code: "labels-count" });
    await expect(judgeOn(same, samples, [0, 1, 2])).rejects.toMatchObject({ code: "label-range" });
  });
});
