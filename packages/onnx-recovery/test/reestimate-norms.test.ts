import { type Model, onnx } from "@prune/onnx";
import { norms } from "@prune/onnx/advanced";
import { recoverModel, reestimateNorms } from "@prune/onnx-recovery";
import { createSession, run } from "@prune/runtime-ort";
import { describe, expect, it } from "vitest";
import { batchesOf, network, type Step, type Tensor, tensor } from "./networks.js";

const vector = (data: ArrayLike<number>): Tensor => ({ shape: [data.length], data: Float32Array.from(data) });
const [channels, positions] = [4, 16];

const before: Step[] = [
  { op: "Conv", inputs: ["input", "a"], output: "hidden" },
  { op: "Relu", inputs: ["hidden"], output: "active" },
  { op: "Conv", inputs: ["active", "c"], output: "mixed" },
];
const norm: Step = {
  op: "BatchNormalization",
  inputs: ["mixed", "g", "b", "mean", "variance"],
  output: "output",
};
// Positive weights: what leaves had a mean.
const mixing = tensor([channels, 6, 1, 1], 2);
const weights = { a: tensor([6, 3, 3, 3], 1), c: { ...mixing, data: mixing.data.map(Math.abs) } };
const samples = batchesOf(16, [8, 3, 6, 6], 9);
const heldOut = (b: number): boolean => b % 8 === 7;

/** Mean and variance by channel of a model's output. */
async function momentsOf(
  model: Model,
  batches: typeof samples,
): Promise<{ mean: number[]; variance: number[] }> {
  const session = await createSession(model.source);
  const outputs: Float32Array[] = [];
  for (const batch of batches) outputs.push((await run(session, batch)).output?.data as Float32Array);
  const of = (c: number, value: (v: number) => number): number => {
    const list = outputs.flatMap((data) =>
      Array.from(data).filter((_, i) => Math.floor(i / positions) % channels === c),
    );
    return list.reduce((sum, v) => sum + value(v), 0) / list.length;
  };
  const all = Array.from({ length: channels }, (_, c) => c);
  const mean = all.map((c) => of(c, (v) => v));
  return { mean, variance: all.map((c) => of(c, (v) => (v - (mean[c] as number)) ** 2)) };
}

const ending = (model: Step[]): Step[] =>
  model.map((step) => (step.output === "mixed" ? { ...step, output: "output" } : step));

describe("running statistics anew", async () => {
  const { mean, variance } = await momentsOf(network(ending(before), weights), samples);
  const affine = { g: vector([1, 2, 0.5, 1]), b: vector([0.1, -1, 0, 2]) };
  const original = network([...before, norm], {
    ...weights,
    ...affine,
    mean: vector(mean),
    variance: vector(variance),
  });
  const backend = onnx();
  const trace = backend.trace(original);

  it("are the moments of what reaches the layer in the cut net, and bring its outputs closer", async () => {
    const cut = trace.cut({ units: Array.from(trace.families[0]?.units ?? []).slice(0, 3), atoms: [] });
    const smaller = backend.cut(original, trace, cut);
    const { model, norms: reports } = await reestimateNorms({ original, smaller, cut }, samples);
    expect(reports).toMatchObject([{ layer: "output", result: "refitted" }]);
    expect(reports[0]?.after).toBeLessThan(reports[0]?.before as number);
    const left = smaller.graph.initializers;
    const some = (name: string): Tensor => {
      const { shape, data } = left.get(name)!.tensor();
      return { shape, data: data as Float32Array };
    };
    const cutNet = network(ending(before), { a: some("a"), c: some("c") });
    const want = await momentsOf(
      cutNet,
      samples.filter((_, b) => !heldOut(b)),
    );
    const [found] = norms(model);
    want.mean.forEach((m, c) => {
      expect(found?.mean.values[c]).toBeCloseTo(m, 4);
      expect(found?.variance.values[c]).toBeCloseTo(want.variance[c] as number, 3);
    });
    const again = await reestimateNorms({ original, smaller, cut }, samples, { held: 0 });
    expect(again.model.source).toEqual(model.source);
  });

  it("are not taken where the old ones do better", async () => {
    const cut = trace.cut({ units: [], atoms: [] });
    const { model, norms: reports } = await reestimateNorms({ original, smaller: original, cut }, samples);
    expect(reports[0]?.result).toBe("kept");
    expect(reports[0]?.before).toBeLessThan(1e-9);
    expect(model).toBe(original);
  });

  it("are what a recovery by moments alone writes, judged by samples that it did not see", async () => {
    const cut = trace.cut({ units: Array.from(trace.families[0]?.units ?? []).slice(0, 3), atoms: [] });
    const smaller = backend.cut(original, trace, cut);
    const { model, report } = await recoverModel({ original, smaller, cut }, samples, {
      methods: [],
      moments: true,
    });
    expect(report).toMatchObject({ layers: [], result: "recovered", samples: { fitted: 112, unseen: 16 } });
    expect(report.steps).toMatchObject([{ step: "re-estimation", result: "applied", by: "error" }]);
    expect(report.steps[0]?.error?.value).toBeCloseTo(report.after.error - report.before.error, 6);
    expect(report.moments?.norms).toMatchObject([{ layer: "output", result: "refitted" }]);
    expect(report.moments?.layers.map(({ layer }) => layer)).toEqual(["hidden"]);
    const unseen = (_: unknown, b: number): boolean => b % 8 !== 0;
    const alone = await reestimateNorms({ original, smaller, cut }, samples.filter(unseen));
    expect(norms(model)[0]?.mean.values).toEqual(norms(alone.model)[0]?.mean.values);
  });

  it("leave nothing to do after a refit that gave the outputs back", async () => {
    const none = trace.cut({ units: [], atoms: [] });
    const same = { original, smaller: original, cut: none };
    const { model, report } = await recoverModel(same, samples, { moments: true });
    expect(model).toBe(original);
    expect(report.steps).toEqual([
      { step: "refit", result: "unchanged" },
      { step: "re-estimation", result: "unchanged" },
    ]);
  });

  it("are moments of the layers themselves where the exporter folded them away", async () => {
    const folded = network(ending(before), weights);
    const traced = backend.trace(folded);
    const cut = traced.cut({ units: Array.from(traced.families[0]?.units ?? []).slice(0, 3), atoms: [] });
    const smaller = backend.cut(folded, traced, cut);
    const { report } = await recoverModel({ original: folded, smaller, cut }, samples, {
      methods: [],
      moments: true,
    });
    expect(report.moments?.norms).toEqual([]);
    expect(report.moments?.layers.at(-1)).toMatchObject({ layer: "output", result: "refitted" });
    expect(report.after.error).toBeLessThan(report.before.error);
  });
});
