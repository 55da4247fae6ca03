import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "@prune/files/advanced";
import {
  accuracy,
  createSession,
  findFeeds,
  inputsOf,
  measure,
  type OrtRuntime,
  RuntimeError,
  randomFeeds,
  run,
} from "@prune/runtime-ort";
import type { ImageConfig, Ort } from "@prune/runtime-ort/advanced";
import { nodeRuntime } from "@prune/runtime-ort/node";
import { SamplesError } from "@prune/samples";
import { describe, expect, test } from "vitest";
import { float16, float32, int64, type TinyGraph, tinyModel } from "./tiny-model.js";

const relu: TinyGraph = {
  inputs: [{ name: "x", type: float32, shape: ["n", 2] }],
  outputs: [{ name: "y", type: float32, shape: ["n", 2] }],
  nodes: [{ op: "Relu", inputs: ["x"], outputs: ["y"] }],
};

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) =>
      error instanceof RuntimeError || error instanceof SamplesError ? error.code : undefined,
  );
}

describe("a session", () => {
  test("runs on plain values", async () => {
    const session = await createSession(tinyModel(relu));
    const { y } = await run(session, { x: { type: "float32", dims: [1, 2], data: Float32Array.of(-1, 3) } });
    expect(y?.data).toEqual(Float32Array.of(0, 3));
  });

  test("runs on random feeds of any element type", async () => {
    for (const type of [float32, float16, int64]) {
      const values = [{ name: "x", type, shape: ["n", 3] }];
      const nodes = [{ op: "Identity", inputs: ["x"], outputs: ["y"] }];
      const session = await createSession(
        tinyModel({ inputs: values, outputs: [{ ...values[0], name: "y" } as never], nodes }),
      );
      const feeds = randomFeeds(inputsOf(session));
      expect((await run(session, feeds)).y?.data).toEqual(feeds.x?.data);
    }
  });

  test("says what is wrong", async () => {
    expect(await codeOf(createSession(Uint8Array.of(1, 2, 3)))).toBe("model-refused");
    expect(await codeOf(createSession("/nowhere/model.onnx"))).toBe("model-refused");
    const session = await createSession(tinyModel(relu));
    expect(await codeOf(run(session, {}))).toBe("input-missing");
    expect(await codeOf(run(session, { x: { type: "float32", dims: [3], data: new Float32Array(3) } }))).toBe(
      "run-failed",
    );
  });
});

/** A runtime whose sessions say nothing of inputs but their names, as those before 1.22. */
const older = (): OrtRuntime => {
  const own = nodeRuntime();
  return {
    ...own,
    async load() {
      const ort = await own.load();
      const create = async (...args: Parameters<typeof ort.InferenceSession.create>) => {
        const session = await ort.InferenceSession.create(...args);
        return new Proxy(session, {
          has: (of, name) => name !== "inputMetadata" && name in of,
          get(of, name) {
            const value = name === "inputMetadata" ? undefined : of[name as keyof typeof of];
            return typeof value === "function" ? (value as () => unknown).bind(of) : value;
          },
        });
      };
      return { ...ort, Tensor: ort.Tensor, env: ort.env, InferenceSession: { create } } as unknown as Ort;
    },
  };
};

test("inputs of a session that doesn't say what they are come from its model", async () => {
  const folder = temporaryFolder();
  try {
    const path = join(folder.path, "model.onnx");
    writeFileSync(path, tinyModel(relu));
    for (const source of [tinyModel(relu), path]) {
      const session = await createSession(source, { runtime: older() });
      expect(inputsOf(session)).toEqual(inputsOf(await createSession(source)));
      expect((await run(session, await findFeeds(session))).y?.dims).toEqual([2, 2]);
    }
  } finally {
    folder.remove();
  }
  const ort = await older().load();
  const elsewhere = await ort.InferenceSession.create(tinyModel(relu));
  expect(() => inputsOf(elsewhere)).toThrow(/Open the model by `createSession`/);
});

test("feeds are found for a model that bakes in a batch of 1", async () => {
  const session = await createSession(
    tinyModel({
      inputs: [{ name: "x", type: float32, shape: ["batch", 2] }],
      outputs: [{ name: "y", type: float32, shape: [1, 1] }],
      nodes: [{ op: "Gemm", inputs: ["w", "x"], outputs: ["y"] }],
      weights: [{ name: "w", shape: [1, 1], values: [1] }],
    }),
  );
  expect((await findFeeds(session)).x?.dims).toEqual([1, 2]);
});

test("sessions are timed in turn", async () => {
  const session = await createSession(tinyModel(relu));
  const [first, second] = await measure([session, session], randomFeeds(inputsOf(session)), { runs: 20 });
  expect(first?.runs).toBe(20);
  expect(second?.median).toBeGreaterThan(0);
  expect(first?.p10).toBeLessThanOrEqual(first?.median ?? 0);
  expect(await codeOf(measure([], {}))).toBe("no-sessions");
});

describe("accuracy", () => {
  const config: ImageConfig = { shape: [2, 1, 1], mean: [0, 0.5], std: 1 };
  // Class 0 wins when the first channel beats the second less a half.
  const images = Uint8Array.of(255, 255, 0, 255, 10, 120);
  const flat = (batch: number | string, shape: readonly number[] = [2, 1, 1]): TinyGraph => ({
    inputs: [{ name: "x", type: float32, shape: [batch, ...shape] }],
    outputs: [{ name: "y", type: float32, shape: [batch, 2] }],
    nodes: [{ op: "Flatten", inputs: ["x"], outputs: ["y"] }],
  });

  test("counts right answers, overall and by class", async () => {
    const session = await createSession(tinyModel(flat("n")));
    const result = await accuracy(session, images, Uint8Array.of(0, 1, 1), config);
    expect([...result.predictions]).toEqual([0, 1, 0]);
    expect(result.top1).toBeCloseTo(2 / 3);
    expect(result.classes).toEqual([
      { samples: 1, correct: 1 },
      { samples: 2, correct: 1 },
    ]);
  });

  test("keeps to a fixed batch, and to channels last", async () => {
    for (const graph of [flat(2), flat(1), flat("n", [1, 1, 2]), flat(2, [1, 1, 2]), flat("n", [2])]) {
      const session = await createSession(tinyModel(graph));
      const { predictions } = await accuracy(session, images, Uint8Array.of(0, 1, 1), config, { batch: 2 });
      expect([...predictions]).toEqual([0, 1, 0]);
    }
  });

  test("says what doesn't fit", async () => {
    const session = await createSession(tinyModel(flat("n")));
    const labels = Uint8Array.of(0, 1, 1);
    expect(await codeOf(accuracy(session, images.slice(1), labels, config))).toBe("images-size");
    expect(await codeOf(accuracy(session, new Uint8Array(), new Uint8Array(), config))).toBe("images-size");
    expect(await codeOf(accuracy(session, images, labels.slice(1), config))).toBe("labels-count");
    expect(await codeOf(accuracy(session, images, Uint8Array.of(0, 1, 2), config))).toBe("label-range");
    expect(await codeOf(accuracy(session, images, labels, { ...config, mean: [1, 2, 3] }))).toBe(
      "config-invalid",
    );
    expect(
      await codeOf(accuracy(session, images, Uint8Array.of(0, 1), { ...config, shape: [3, 1, 1], mean: 0 })),
    ).toBe("samples-input");
    const cube = await createSession(
      tinyModel({
        ...relu,
        inputs: [{ name: "x", type: float32, shape: ["n", 2, 1] }],
        outputs: [{ name: "y", type: float32, shape: ["n", 2, 1] }],
      }),
    );
    expect(await codeOf(accuracy(cube, images, labels, config))).toBe("no-class-output");
  });
});
