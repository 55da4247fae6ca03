import { adamW, sgd } from "@prune/autodiff";
import { readModel } from "@prune/onnx";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import type { CheckpointStore } from "../src/advanced.js";
import {
  cutout,
  flip,
  mixup,
  steps,
  TrainingError,
  type TrainingProgress,
  type TrainOptions,
  train,
} from "../src/index.js";
import { clouds, perceptron } from "./nets.js";

const base = {
  ort,
  data: clouds(),
  batch: 24,
  heldOut: 0.2,
  rate: 0.1,
  session: { intraOpNumThreads: 1 },
} satisfies Partial<TrainOptions>;

const codeOf = async (run: Promise<unknown>): Promise<string | undefined> => {
  try {
    await run;
  } catch (error) {
    return error instanceof TrainingError ? error.code : String(error);
  }
  return undefined;
};

test("learns labels: the best step on what is held out is given", async () => {
  const seen: TrainingProgress[] = [];
  const made = await train(perceptron(), {
    ...base,
    epochs: 20,
    onProgress: (progress) => seen.push(progress),
  });
  expect(made.ended).toEqual({ why: "done" });
  expect(made.best.accuracy).toBeGreaterThan(0.85);
  expect(made.curve[0]?.accuracy).toBeLessThan(0.7);
  expect(made.best.accuracy).toBe(Math.max(...made.curve.map(({ accuracy }) => accuracy as number)));
  expect(seen).toHaveLength(20 * 8 + 1);
  expect(seen.at(-1)).toMatchObject({ step: 160, of: 160, done: 1 });
  expect(readModel(made.bytes).graph.nodes).toHaveLength(4);
}, 60_000);

test("what it gives scores what it says", async () => {
  const data = clouds();
  const made = await train(perceptron(), { ...base, data, epochs: 4 });
  const again = await train(readModel(made.bytes), { ...base, data, steps: 1, rate: 1e-12 });
  expect(again.curve[0]?.loss).toBeCloseTo(made.best.loss, 6);
  expect(again.curve[0]?.accuracy).toBe(made.best.accuracy);
});

test("learns from a teacher without labels, also its tensors", async () => {
  const teacher = readModel((await train(perceptron({ hidden: 16 }), { ...base, epochs: 20 })).bytes);
  const data = clouds({ labelled: false });
  const made = await train(perceptron({ seed: "b" }), { ...base, data, teacher, epochs: 20 });
  expect(made.best.accuracy).toBeUndefined();
  expect(made.best.loss).toBeLessThan((made.curve[0]?.loss as number) / 5);
  const same = await train(perceptron({ hidden: 16, seed: "b" }), {
    ...base,
    data,
    teacher,
    features: ["r"],
    epochs: 10,
  });
  expect(same.best.loss).toBeLessThan((same.curve[0]?.loss as number) / 2);
}, 60_000);

test("mixes labels and a teacher", async () => {
  const made = await train(perceptron({ seed: "b" }), {
    ...base,
    teacher: perceptron(),
    hardShare: 0.7,
    labelSmoothing: 0.1,
    epochs: 5,
  });
  expect(made.best.loss).toBeLessThan(made.curve[0]?.loss as number);
});

test("the same seed gives the same bytes, another seed others", async () => {
  const options = { ...base, epochs: 3, optimiser: adamW(), rate: 0.01 };
  const [one, two, other] = [
    await train(perceptron(), options),
    await train(perceptron(), options),
    await train(perceptron(), { ...options, seed: 2 }),
  ];
  expect(two.bytes).toEqual(one.bytes);
  expect(other.bytes).not.toEqual(one.bytes);
});

const memory = (): CheckpointStore & { bytes?: Uint8Array } => ({
  async read() {
    return this.bytes;
  },
  async write(bytes) {
    this.bytes = bytes;
  },
});

test("a run that was stopped goes on to the same result", async () => {
  const options = { ...base, epochs: 6, optimiser: adamW(), rate: 0.02, every: 5, schedule: steps() };
  const whole = await train(perceptron(), options);
  const checkpoint = memory();
  const stop = new AbortController();
  const onProgress = ({ step }: TrainingProgress): void => {
    if (step === 23) stop.abort();
  };
  const part = await train(perceptron(), { ...options, checkpoint, signal: stop.signal, onProgress });
  expect(part.ended).toEqual({ why: "aborted" });
  expect(part.steps).toBe(23);
  const rest = await train(perceptron(), { ...options, checkpoint });
  expect(rest.steps).toBe(whole.steps);
  expect(rest.bytes).toEqual(whole.bytes);
  expect(rest.curve.map(({ step, loss, trainLoss }) => [step, loss, trainLoss])).toEqual(
    whole.curve.map(({ step, loss, trainLoss }) => [step, loss, trainLoss]),
  );
});

test("a checkpoint of another run, or half of one, is refused", async () => {
  const checkpoint = memory();
  await train(perceptron(), { ...base, epochs: 1, checkpoint });
  for (const other of [{ epochs: 2 }, { optimiser: adamW() }, { labelSmoothing: 0.1 }, { clip: 1 }])
    expect(await codeOf(train(perceptron(), { ...base, epochs: 1, ...other, checkpoint }))).toBe(
      "other-checkpoint",
    );
  checkpoint.bytes = checkpoint.bytes?.slice(0, -8) as Uint8Array;
  expect(await codeOf(train(perceptron(), { ...base, epochs: 1, checkpoint }))).toBe("bad-checkpoint");
});

test("stops early, in time, or when told", async () => {
  const still = await train(perceptron(), { ...base, rate: 1e-12, epochs: 50, patience: 3 });
  expect(still.ended).toEqual({ why: "patience" });
  let clock = 0;
  const timed = await train(perceptron(), { ...base, milliseconds: 100, now: () => clock++ });
  expect(timed.ended).toEqual({ why: "time" });
  const aborted = await train(perceptron(), { ...base, epochs: 5, signal: AbortSignal.abort() });
  expect(aborted).toMatchObject({ ended: { why: "aborted" }, steps: 0 });
});

test("a loss that is no number stops, keeps the best step and names the tensor that went first", async () => {
  const wild = await train(perceptron(), {
    ...base,
    epochs: 10,
    rate: 1e30,
    optimiser: sgd({ momentum: 0 }),
  });
  expect(wild.ended).toMatchObject({ why: "not-finite" });
  expect(wild.best.step).toBe(0);
  expect(readModel(wild.bytes).graph.initializers.get("w1")?.tensor().data.every(Number.isFinite)).toBe(true);
  const spoilt = await train(perceptron(), { ...base, data: clouds({ spoil: 7 }), epochs: 10, heldOut: 0 });
  expect(spoilt.ended).toMatchObject({ why: "not-finite", tensor: "x" });
});

test("what is stored in half precision trains in full and is stored back in half", async () => {
  const data = clouds({ half: true });
  const model = perceptron({ half: true });
  const made = await train(model, { ...base, data, epochs: 12 });
  expect(made.best.accuracy).toBeGreaterThan(made.curve[0]?.accuracy as number);
  const after = readModel(made.bytes);
  expect(after.graph.initializers.get("w1")?.dtype).toBe("float16");
  expect(after.graph.inputs).toEqual(model.graph.inputs);
});

test("gradients of a penalty are added to those of the loss", async () => {
  const shrinking = (weights: ReadonlyMap<string, Float32Array>) =>
    new Map([["w1", (weights.get("w1") as Float32Array).map((w) => 3 * w)]]);
  const size = (bytes: Uint8Array): number => {
    const { data: values = [] } = readModel(bytes).graph.initializers.get("w1")?.tensor() ?? {};
    return Array.from(values).reduce((sum, w) => sum + w * w, 0);
  };
  const data = clouds({ labelled: false });
  const teacher = perceptron({ seed: "b" });
  const options = { ...base, data, teacher, epochs: 5, rate: 0.05 };
  expect(size((await train(perceptron(), { ...options, penalty: shrinking })).bytes)).toBeLessThan(
    size((await train(perceptron(), options)).bytes),
  );
});

test("only the parameters that are named move", async () => {
  const model = perceptron();
  const made = readModel((await train(model, { ...base, epochs: 3, parameters: ["b2"] })).bytes);
  for (const name of ["w1", "b1", "w2"])
    expect(made.graph.initializers.get(name)?.bytes()).toEqual(model.graph.initializers.get(name)?.bytes());
  expect(made.graph.initializers.get("b2")?.bytes()).not.toEqual(model.graph.initializers.get("b2")?.bytes());
});

test("bad input is refused in words", async () => {
  const bad = clouds();
  (bad.labels as Int32Array)[3] = 9;
  expect(await codeOf(train(perceptron(), { ...base, data: bad, epochs: 1 }))).toBe("label-range");
  expect(await codeOf(train(perceptron(), { ...base, data: clouds({ labelled: false }), epochs: 1 }))).toBe(
    "no-goal",
  );
  expect(await codeOf(train(perceptron(), { ...base, teacher: perceptron({ outputs: 5 }), epochs: 1 }))).toBe(
    "classes-differ",
  );
  expect(await codeOf(train(perceptron(), base))).toBe("no-end");
  const blended = { ...base, augment: [mixup()], teacher: perceptron(), epochs: 1 };
  expect(await codeOf(train(perceptron(), blended))).toBe("bad-option");
  expect(await codeOf(train(perceptron(), { ...blended, hardShare: 0 }))).toBeUndefined();
  expect(
    await codeOf(train(perceptron(), { ...base, data: clouds({ count: 12 }), batch: 12, epochs: 1 })),
  ).toBe("too-few");
  expect(await codeOf(train(perceptron(), { ...base, epochs: 1, rate: -1 }))).toBe("bad-option");
});

test("option names that it doesn't have and names in place of parts are refused, with what was meant", async () => {
  const run = (options: object): Promise<unknown> => train(perceptron(), { ...base, epochs: 1, ...options });
  await expect(run({ epoch: 2 })).rejects.toMatchObject({
    code: "unknown-option",
    detail: { by: "train", option: "epoch", meant: ["epochs"] },
  });
  for (const [option, value] of [
    ["schedule", "cosine"],
    ["schedule", steps],
    ["optimiser", "sgd"],
    ["optimiser", sgd],
    ["augment", "flip"],
    ["augment", ["flip"]],
    ["augment", [flip]],
    ["augment", [flip(), cutout]],
  ] as const)
    await expect(run({ [option]: value })).rejects.toMatchObject({
      name: "TrainingError",
      code: "bad-option",
      detail: { option },
    });
});
