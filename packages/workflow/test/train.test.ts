import { nodeRuntime } from "@prune/runtime-ort/node";
import {
  createWorkflow,
  type MemoryStore,
  memoryStore,
  type TrainingConfig,
  type Workflow,
} from "@prune/workflow";
import { trainingOf } from "@prune/workflow/advanced";
import { onnxFormat } from "@prune/workflow/onnx";
import { describe, expect, it } from "vitest";
import { sample } from "./glyphs.js";

const inMemory = (): Workflow & { readonly store: MemoryStore } =>
  createWorkflow({
    formats: [onnxFormat({ runtime: nodeRuntime() })],
    store: memoryStore({
      "model.onnx": sample("glyphs.onnx"),
      "train.u8": sample("glyphs-train512.images.u8"),
      "labelled.u8": sample("glyphs-test.images.u8"),
      "labels.u8": sample("glyphs-test.labels.u8"),
      "data.json": sample("glyphs.json"),
    }),
  }) as Workflow & { readonly store: MemoryStore };
const data = { data: "train.u8", dataConfig: "data.json" };
const train: TrainingConfig = { steps: 12, batch: 32, rate: 1e-3, heldOut: 0.25 };

describe("training what is left", { timeout: 300_000 }, () => {
  it("goes on from the refit, by the original alone, and is never worse on what is held out", async () => {
    const workflow = inMemory();
    const steps = new Set<string>();
    const asked = { ...data, ratio: 0.6, train, threads: 1 };
    const { report, bytes } = await workflow.prune("model.onnx", {
      ...asked,
      out: "small.onnx",
      onProgress: ({ step }) => steps.add(step),
    });
    expect(report.law?.holds).toBe(true);
    expect(report.recovery).toBeDefined();
    expect(report.training).toMatchObject({ from: "teacher", samples: 512, steps: 12, seed: 0 });
    const { curve = [], best } = report.training ?? {};
    expect(best?.loss).toBeLessThan(curve[0]?.loss as number);
    expect(steps).toContain("train");
    expect(workflow.store.files.get("small.onnx")).toEqual(bytes);
    const again = await inMemory().prune("model.onnx", asked);
    expect(again.bytes).toEqual(bytes);
    const { bytes: refitted } = await inMemory().prune("model.onnx", { ...asked, train: undefined } as never);
    expect(refitted).not.toEqual(bytes);
    expect(refitted.length).toBe(bytes.length);
  });

  it("of gates finds units that the cut misses less, in the same budget, all weights frozen", async () => {
    const workflow = inMemory();
    const asked = {
      ...data,
      target: { macs: 0.7 },
      global: true,
      recover: "none",
      seed: 1,
    } as const;
    const said: string[] = [];
    const { report } = await workflow.prune("model.onnx", {
      ...asked,
      out: "learned.onnx",
      learnGates: 160,
      onProgress: ({ step, detail }) => step === "gates" && detail !== undefined && said.push(detail),
    });
    await workflow.prune("model.onnx", { ...asked, out: "plain.onnx" });
    expect(said).toHaveLength(160);
    expect(said.at(-1)).toMatch(/^step 160, loss \d/);
    expect(report.law).toMatchObject({ holds: true });
    expect(report.budget?.reached).toBeLessThanOrEqual(report.budget?.target as number);
    const rightOf = async (path: string): Promise<number> => {
      const labelled = { data: "labelled.u8", labels: "labels.u8", config: "data.json" };
      return (await workflow.evaluate(path, labelled)).top1;
    };
    expect(await rightOf("learned.onnx")).toBeGreaterThan((await rightOf("plain.onnx")) + 0.15);
    const refused = (options: object) =>
      expect(workflow.prune("model.onnx", { ...asked, ...options })).rejects;
    await refused({ learnGates: "soon" }).toThrow(/`learnGates`: must be a duration such as 90s/);
    await refused({ learnGates: 0 }).toThrow(/`learnGates`: it must be a whole number from 1/);
    await refused({ learnGates: 5, data: undefined, dataConfig: undefined, samples: undefined }).toThrow(
      /samples/,
    );
    await refused({ learnGates: 5, ragged: true }).toThrow(/`ragged`/);
  });

  it("is done once, where several depths are tried", async () => {
    const begun: string[] = [];
    await inMemory().prune("model.onnx", {
      ...{ ...data, samples: 96, target: { macs: 0.7 }, depth: "auto", train: { steps: 1, batch: 32 } },
      onProgress: ({ step, done }) => done === undefined && begun.push(step),
    });
    expect(begun.filter((step) => step === "recover").length).toBeGreaterThan(1);
    expect(begun.filter((step) => step === "train")).toHaveLength(1);
    expect(begun.filter((step) => step === "write")).toHaveLength(1);
  });

  it("uses labels where there are some, and starts from the cut where nothing is refitted", async () => {
    const { report } = await inMemory().prune("model.onnx", {
      ...data,
      data: "labelled.u8",
      labels: "labels.u8",
      samples: 400,
      recover: "none",
      ratio: 0.3,
      train: "steps=10,batch=32,rate=0.002,augment=flip",
    });
    expect(report.recovery).toBeUndefined();
    expect(report.training).toMatchObject({ from: "both", settings: { augment: ["flip"], hardShare: 0.3 } });
    const { curve = [], best } = report.training ?? {};
    expect(best?.accuracy).toBeGreaterThan(curve[0]?.accuracy as number);
  });

  it("of a model by itself keeps its report, and ends by the signal", async () => {
    const workflow = inMemory();
    const samples = { data: "labelled.u8", config: "data.json", labels: "labels.u8", most: 128 };
    const { report } = await workflow.train("model.onnx", {
      samples,
      ...train,
      out: "t.onnx",
      report: "t.json",
    });
    expect(report).toMatchObject({ format: "prune-training/1", samples: 128, from: "labels", out: "t.onnx" });
    const written = JSON.parse(new TextDecoder().decode(workflow.store.files.get("t.json")));
    expect(written).toEqual(JSON.parse(JSON.stringify(report)));
    const controller = new AbortController();
    const stopped = workflow.train("model.onnx", {
      samples,
      ...train,
      out: "u.onnx",
      signal: controller.signal,
      onProgress: ({ step, done = 0 }) => {
        if (step === "train" && done > 0) controller.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
    expect(workflow.store.files.has("u.onnx")).toBe(false);
  });

  it("is refused without samples, with a mask, and with nothing to end it", async () => {
    const workflow = inMemory();
    const refused = (options: object) => expect(workflow.prune("model.onnx", options)).rejects;
    await refused({ train: "10m" }).toMatchObject({
      code: "bad-option",
      message: /`train`: it needs samples/,
    });
    await refused({ ...data, train: "10m", mask: true, importance: "wanda" }).toThrow(/`mask`/);
    await refused({ ...data, train: { rate: 1 } }).toThrow(/`train`: time is missing/);
    await refused({ ...data, curve: "c.svg" }).toThrow(/it needs `keep` or `train`/);
    await expect(
      workflow.train("model.onnx", { samples: { data: "train.u8", config: "data.json" }, steps: 1 }),
    ).rejects.toMatchObject({ code: "no-goal" });
  });
});

describe("how a training is asked for", () => {
  it.each([
    ["10m", { milliseconds: 600_000 }],
    ["1.5h", { milliseconds: 5_400_000 }],
    ["90", { milliseconds: 90_000 }],
    ["epochs=5", { epochs: 5, rate: 3e-4, optimiser: "adamw", weightDecay: 0.01 }],
    ["time=90s,optimiser=sgd,augment=flip+crop", { augment: ["flip", "crop"], weightDecay: 5e-4 }],
    [
      { time: 1500, warmUp: 0 },
      { milliseconds: 1500, warmUp: 0 },
    ],
  ])("%j", (given, found) => {
    expect(trainingOf(given as string, "train")).toMatchObject(found);
  });

  it.each([
    ["soon", /time must be a duration such as 90s/],
    ["31d", /time must be a duration/],
    ["800h", /of 30 days at most/],
    ["steps=1e12", /steps must be a whole number from 1 to/],
    ["steps=ten", /steps must be a whole number from 1 to 100000000, not null/],
    ["epochs=5,epochs=6", /epochs is given twice/],
    ["epochs=5,size=6", /size is no setting of a training; there are time, epochs, steps/],
    ["epochs=5,=", /"=" is no setting/],
    ["epochs=5,augment=turn", /augment knows flip, crop, cutout, mixup, and not "turn"/],
    ["epochs=5,optimiser=adam", /optimiser must be one of adamw, sgd, not "adam"/],
    [{ epochs: 1, heldOut: 1 }, /heldOut must be a number from 0 to 0.9, not 1/],
    [{ epochs: 1, rate: Number.NaN }, /rate must be a number above 0/],
  ])("%j is refused", (given, message) => {
    expect(() => trainingOf(given as string, "train")).toThrow(message);
  });
});
