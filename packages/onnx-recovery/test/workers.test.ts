import type { Worker } from "node:worker_threads";
import { onnx, readModel } from "@prune/onnx";
import { type CutOnnxModel, type RecoverModelOptions, recoverModel } from "@prune/onnx-recovery";
import { RecoveryError } from "@prune/recovery";
import { inlineSolver, type Solver } from "@prune/recovery/advanced";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { float32, tinyModel } from "../../runtime-ort/test/tiny-model.js";
import { batchesOf, tensor } from "./networks.js";

const list = (name: string, shape: readonly number[], seed: number) => ({
  name,
  shape,
  values: Array.from(tensor(shape, seed).data),
});

const backend = onnx();

/** 16 inputs, hidden units of which some leave, 12 more behind a Relu, 3 outputs. */
function cutNetwork(units: number, leaving: number): CutOnnxModel {
  const original = readModel(
    tinyModel({
      inputs: [{ name: "input", type: float32, shape: ["n", 16] }],
      outputs: [{ name: "output", type: float32, shape: ["n", 3] }],
      nodes: [
        { op: "Gemm", inputs: ["input", "a", "d"], outputs: ["h"] },
        { op: "Tanh", inputs: ["h"], outputs: ["ht"] },
        { op: "MatMul", inputs: ["ht", "b"], outputs: ["k"] },
        { op: "Relu", inputs: ["k"], outputs: ["kr"] },
        { op: "Gemm", inputs: ["kr", "c"], outputs: ["output"] },
      ],
      weights: [
        list("a", [16, units], 1),
        list("b", [units, 12], 2),
        list("c", [12, 3], 3),
        list("d", [units], 4),
      ],
    }),
  );
  const trace = backend.trace(original);
  const hidden = trace.families.find((family) => family.units.length === units)?.units ?? [];
  const cut = trace.cut({ units: Array.from(hidden.slice(0, leaving)), atoms: [] });
  return { original, smaller: backend.cut(original, trace, cut), cut };
}

const samples = batchesOf(10, [64, 16], 20);
const recovered = (pruned: CutOnnxModel, options: RecoverModelOptions = {}) =>
  recoverModel(pruned, samples, options);

describe("recovering with workers", { timeout: 60_000 }, () => {
  // Equations that are worth a message to a worker.
  const wide = cutNetwork(520, 20);
  const opened: Worker[] = [];
  let isEnding = false;
  const threads = process.getBuiltinModule("node:worker_threads");
  const { Worker: Real } = threads;
  class Watched extends Real {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      opened.push(this);
      if (isEnding) this.once("online", () => void this.terminate());
    }
  }
  beforeEach(() => {
    opened.length = 0;
    isEnding = false;
    Object.assign(threads, { Worker: Watched });
  });
  afterEach(() => {
    Object.assign(threads, { Worker: Real });
  });
  /** A thread that has ended has no number. */
  const running = (): number => opened.filter(({ threadId }) => threadId !== -1).length;

  it("repeats bit for bit, and gives the bits that it gives without them", async () => {
    const first = await recovered(wide);
    expect(first.report.result).toBe("recovered");
    expect(first.report.layers[1]?.result).toBe("refitted");
    expect(opened.length).toBeGreaterThan(0);
    expect(running()).toBe(0);
    const again = await recovered(wide);
    expect(Buffer.compare(again.model.source, first.model.source)).toBe(0);
    const before = opened.length;
    const alone = await recovered(wide, { solver: inlineSolver() });
    expect(opened.length).toBe(before);
    expect(Buffer.compare(alone.model.source, first.model.source)).toBe(0);
  });

  it("ends at once when cancelled, with the reason, and leaves no thread behind", async () => {
    for (const after of [0, 1, 2]) {
      const controller = new AbortController();
      const reason = new Error(`after ${after}`);
      if (after === 0) controller.abort(reason);
      const onProgress = (done: number): void => {
        if (done === after) controller.abort(reason);
      };
      await expect(recovered(wide, { signal: controller.signal, onProgress })).rejects.toBe(reason);
      expect(running()).toBe(0);
    }
    expect(opened.length).toBeGreaterThan(0);
  });

  it("fails with the reason where workers end in the middle of their work", async () => {
    isEnding = true;
    await expect(recovered(wide)).rejects.toMatchObject({ name: "RecoveryError", code: "worker-lost" });
  });

  it("fails with what any step of a solver fails with, and with nothing unhandled", async () => {
    const inline = inlineSolver();
    const lost = new RecoveryError("worker-lost", { reason: "out of memory" });
    const narrow = cutNetwork(24, 8);
    const fails = async (failing: "factor" | "multiply", from: number): Promise<boolean> => {
      let calls = 0;
      const work = inline[failing] as (...given: never[]) => Promise<never>;
      const solver: Solver = {
        ...inline,
        [failing]: async (...given: never[]) => {
          if (calls++ < from) return work(...given);
          await new Promise((resolve) => setTimeout(resolve, 1));
          throw lost;
        },
      };
      const error = await recovered(narrow, { solver }).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error !== undefined) expect(error).toBe(lost);
      return error !== undefined;
    };
    for (const failing of ["factor", "multiply"] as const) {
      let from = 0;
      while (await fails(failing, from)) from++;
      expect(from).toBeGreaterThan(10);
    }
  });
});
