import "@tensorflow/tfjs-backend-cpu";
import { readFileSync } from "node:fs";
import { nodeRuntime } from "@prune/runtime-ort/node";
import { createWorkflow, memoryStore, type Store } from "@prune/workflow";
import type { Range } from "@prune/workflow/advanced";
import { onnxFormat } from "@prune/workflow/onnx";
import { tfjsFormat } from "@prune/workflow/tfjs";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { expect, it } from "vitest";
import { buildModel } from "../../onnx/test/exported/builder.js";
import { buildGraph } from "../../tfjs/test/build-graph.js";
import { bytesOf } from "../src/made.js";
import { newModel } from "../src/tfjs/open-tfjs.js";
import { samplePath } from "./glyphs.js";

/** A store whose files lie outside of memory, as a browser's do, and the ranges that were read of them. */
function outside(files: Readonly<Record<string, Uint8Array>>): {
  readonly store: Store;
  readonly read: (Range | undefined)[];
} {
  const memory = memoryStore(files);
  const read: (Range | undefined)[] = [];
  const readNow = (path: string, range?: Range): Uint8Array => {
    read.push(range);
    return memory.readNow(path, range);
  };
  return { store: { ...memory, isOutside: true, readNow, read: async (...of) => readNow(...of) }, read };
}

const wide = buildModel((g) => {
  const h = g.op("Relu", [g.op("MatMul", [g.input("x", [1, 500]), g.weight([500, 500])])]);
  g.op("MatMul", [h, g.weight([500, 500])], {}, "y");
  g.output("y");
});

it("a model of a store that reads ranges is opened without its weights, and gives the same files", async () => {
  for (const bytes of [wide, new Uint8Array(readFileSync(samplePath("glyphs.onnx")))]) {
    const { store, read } = outside({ "model.onnx": bytes });
    const formats = [onnxFormat({ runtime: nodeRuntime() })];
    const ranged = createWorkflow({ formats, store });
    const opened = await ranged.open("model.onnx");
    if (bytes === wide) {
      const count = read.reduce((sum, range) => sum + (range?.length ?? bytes.length), 0);
      expect(count).toBeLessThan(bytes.length / 5);
    }
    const inMemory = createWorkflow({ formats, store: memoryStore({ "model.onnx": bytes }) });
    const whole = await inMemory.open("model.onnx");
    expect(opened.backend.cost(opened.model, opened.trace)).toEqual(
      whole.backend.cost(whole.model, whole.trace),
    );
    const [a, b] = [
      await ranged.prune("model.onnx", { ratio: 0.4 }),
      await inMemory.prune("model.onnx", { ratio: 0.4 }),
    ];
    expect(a.recipe).toEqual(b.recipe);
    expect(Buffer.compare(Buffer.from(a.bytes), Buffer.from(b.bytes))).toBe(0);
    expect(a.report.law).toEqual(b.report.law);
  }
});

const ramp = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => (i % 1001) / 1001);
/** 36 MiB of weights, of which a tensor begins in one file and ends in the next. */
const sharded = buildGraph((b) => {
  const wideWeight = b.floats("wide", ramp(6 * 2 ** 20), [6, 2 ** 20]);
  const hidden = b.node("Relu", [b.node("MatMul", [b.input("x", [1, 6]), wideWeight])]);
  return [b.node("MatMul", [hidden, b.floats("narrow", ramp(3 * 2 ** 20), [2 ** 20, 3])])];
}, 2);

async function filesOf(model: typeof sharded): Promise<Record<string, Uint8Array>> {
  const made = await newModel("", model);
  return Object.fromEntries([...made.weights, made.model].map((file) => [file.path, bytesOf(file)]));
}

it("weights files of TensorFlow.js are read into place by ranges, none of them whole", async () => {
  const files = await filesOf(sharded);
  const shards = Object.keys(files).filter((path) => path.endsWith(".bin"));
  const { store, read } = outside(files);
  const opened = await createWorkflow({ formats: [tfjsFormat({ loadGraphModel })], store }).open(
    "/model.json",
  );
  expect(read.filter((range) => range === undefined)).toHaveLength(1);
  const lengths = read.flatMap((range) => (range ? [range.length] : []));
  expect(lengths.length).toBeGreaterThan(shards.length);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(2 ** 24);
  expect(lengths.reduce((a, b) => a + b, 0)).toBe(36 * 2 ** 20);
  expect(opened.files.map(({ path, length }) => [path, length])).toEqual(
    ["/model.json", ...shards].map((path) => [path, files[path]?.length]),
  );
  for (const [name, { bytes }] of sharded.weights) {
    const found = (opened.model as typeof sharded).weights.get(name)?.bytes ?? new Uint8Array();
    expect(Buffer.compare(found, bytes), name).toBe(0);
  }
});

it("a weights file that becomes shorter while it is read is refused", async () => {
  const { store } = outside(await filesOf(sharded));
  const shrinking: Store = {
    ...store,
    read: async (path, range) => (await store.read(path, range)).subarray(0, range && range.length - 1),
  };
  const workflow = createWorkflow({ formats: [tfjsFormat({ loadGraphModel })], store: shrinking });
  await expect(workflow.open("/model.json")).rejects.toMatchObject({
    code: "missing-shard",
    detail: { path: "/group1-shard1of2.bin" },
  });
});
