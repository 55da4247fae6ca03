import { macsOf } from "@prune/graph";
import { onnx, readModel } from "@prune/onnx";
import { reconstructionLosses, recoverModel, shuffledBatches } from "@prune/onnx-recovery";
import { chooser } from "@prune/pruner";
import { lsq } from "@prune/recovery";
import { describe, expect, it } from "vitest";
import { float32, int64, tinyModel } from "../../runtime-ort/test/tiny-model.js";
import { normals, tensor } from "./networks.js";

const list = (shape: readonly number[], seed: number) => ({
  shape,
  values: Array.from(tensor(shape, seed).data),
});
const net = {
  inputs: [{ name: "input", type: float32, shape: ["batch", 5] }],
  outputs: [{ name: "output", type: float32, shape: ["batch", 3] }],
  nodes: [
    { op: "Gemm", inputs: ["input", "a", "c"], outputs: ["hidden"] },
    { op: "Relu", inputs: ["hidden"], outputs: ["active"] },
    { op: "MatMul", inputs: ["active", "b"], outputs: ["output"] },
  ],
  weights: [
    { name: "a", ...list([5, 24], 1) },
    { name: "c", ...list([24], 2) },
    { name: "b", ...list([24, 3], 3) },
  ],
};
const bytes = tinyModel(net);

describe("recovering a cut model", () => {
  const backend = onnx();
  const original = readModel(bytes);
  const trace = backend.trace(original);
  const normal = normals(9);
  const samples = shuffledBatches("input", Float32Array.from({ length: 5 * 1024 }, normal), [5], { seed: 3 });

  it("brings it closer to the original on samples that it has not seen, the same every time", async () => {
    const units = Array.from(trace.families[0]?.units ?? []).filter((_, i) => i % 3 === 0);
    const cut = trace.cut({ units, atoms: [] });
    const smaller = backend.cut(original, trace, cut);
    const make = () => recoverModel({ original, smaller, cut }, samples);
    const { model, report } = await make();
    expect(report.result).toBe("recovered");
    expect(report.after.error).toBeLessThan(0.5 * report.before.error);
    expect(report.after.kl).toBeLessThan(report.before.kl);
    expect(report.samples).toEqual({ fitted: 896, unseen: 128 });
    expect(model.graph.outputs).toEqual(original.graph.outputs);
    expect((await make()).model.source).toEqual(model.source);
  });

  it("leads layers by what reads them where that is asked for, and says so", async () => {
    const units = Array.from(trace.families[0]?.units ?? []).filter((_, i) => i % 3 === 0);
    const cut = trace.cut({ units, atoms: [] });
    const smaller = backend.cut(original, trace, cut);
    const ledWith = async (options: Parameters<typeof recoverModel>[2]): Promise<boolean> => {
      const { report } = await recoverModel({ original, smaller, cut }, samples, options);
      const names = report.layers.flatMap(({ methods }) => methods);
      const led = report.layers.some(({ read }) => read);
      expect(names.some((name) => /^(.*, )?lead$/.test(name ?? ""))).toBe(led);
      return led;
    };
    expect(await ledWith({})).toBe(true);
    expect(await ledWith({ methods: [lsq()] })).toBe(false);
    expect(await ledWith({ methods: [lsq()], lead: true })).toBe(true);
    expect(await ledWith({ lead: false })).toBe(false);
  });

  it("does better still with units chosen by what can be reconstructed", async () => {
    const choice = await chooser(
      backend,
      original,
      trace,
      await reconstructionLosses(backend, original, trace, samples),
    );
    const plan = choice.plan(0.67);
    const cut = trace.cut(plan);
    const before = macsOf(backend.cost(original, trace));
    expect(macsOf(backend.cost(original, trace, cut)) / before).toBeLessThanOrEqual(0.67);
    const { report } = await recoverModel(
      { original, smaller: backend.cut(original, trace, cut), cut },
      samples,
    );
    expect(report.after.error).toBeLessThan(0.02);
  });

  it("refuses options that it doesn't have, and what is no method, with what was meant", async () => {
    const cut = trace.cut({ units: Array.from(trace.families[0]?.units ?? []).slice(0, 8), atoms: [] });
    const smaller = backend.cut(original, trace, cut);
    const run = (options: object) => recoverModel({ original, smaller, cut }, samples, options);
    await expect(run({ method: [lsq()] })).rejects.toMatchObject({
      code: "unknown-option",
      detail: { option: "method", meant: ["methods"] },
    });
    for (const methods of [["lstsq"], "lsq", [lsq], [lsq(), "bias"]]) {
      const refused = run({ methods });
      await expect(refused).rejects.toMatchObject({ name: "RecoveryError", code: "bad-option" });
      await expect(refused).rejects.toThrow("`lsq()`");
    }
  });

  it("is judged by all outputs of floats", async () => {
    const outputs = ["integers", "output", "doubled"].map((name) => ({
      name,
      type: name === "integers" ? int64 : float32,
      shape: [name === "integers" ? 1 : "batch", 3],
    }));
    const two = readModel(
      tinyModel({
        ...net,
        outputs,
        nodes: [
          ...net.nodes,
          { op: "Add", inputs: ["output", "output"], outputs: ["doubled"] },
          { op: "ArgMax", inputs: ["output"], outputs: ["integers"] },
        ],
      }),
    );
    const traced = backend.trace(two);
    const cut = traced.cut({ units: Array.from(traced.families[0]?.units ?? []).slice(0, 8), atoms: [] });
    const smaller = backend.cut(two, traced, cut);
    const { report } = await recoverModel({ original: two, smaller, cut }, samples);
    expect(report.outputs?.map(({ name }) => name)).toEqual(["output", "doubled"]);
    for (const { before, after } of report.outputs ?? []) {
      expect(before.error).toBeCloseTo(report.before.error, 6);
      expect(after.error).toBeCloseTo(report.after.error, 6);
    }
    expect(report.steps).toMatchObject([{ step: "refit", result: "applied" }]);
    expect(report.steps[0]?.top1?.value).toBeCloseTo(report.after.top1 - report.before.top1, 12);
  });

  it("draws every sample once", () => {
    const numbers = Float32Array.from({ length: 100 }, (_, i) => i);
    const batches = shuffledBatches("x", numbers, [1], { batch: 30 });
    const values = batches.flatMap(({ x }) => Array.from(x?.data as Float32Array));
    expect(values).not.toEqual(Array.from(numbers));
    expect(values.sort((a, b) => a - b)).toEqual(Array.from(numbers));
  });
});
