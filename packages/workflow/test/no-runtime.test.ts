import { availableRuntime } from "@prune/runtime-ort/node";
import { onnxFormat } from "@prune/workflow/onnx";
import { expect, test } from "vitest";
import { createWorkflow, memoryStore } from "../src/index.js";
import { sample } from "./glyphs.js";

const glyphsBytes = sample("glyphs.onnx");
const missing = () => Promise.reject(new Error("Cannot find package"));
const workflowIn = async (load: Parameters<typeof availableRuntime>[0]) => {
  const runtime = await availableRuntime(load);
  const store = memoryStore({ "glyphs.onnx": glyphsBytes });
  return { store, workflow: createWorkflow({ formats: [onnxFormat({ runtime })], store }) };
};

test("without a runtime nothing is written, and the message says what to install", async () => {
  const { store, workflow } = await workflowIn({ native: missing, web: missing });
  const pruned = workflow.prune("glyphs.onnx", { ratio: 0.25, out: "out.onnx" });
  await expect(pruned).rejects.toMatchObject({ code: "unverified" });
  await expect(pruned).rejects.toThrow(/npm install onnxruntime-node/);
  await expect(workflow.lossless("glyphs.onnx", { out: "out.onnx" })).rejects.toThrow();
  expect([...store.files.keys()]).toEqual(["glyphs.onnx"]);
  const { report } = await workflow.prune("glyphs.onnx", { ratio: 0.25, out: "out.onnx", verify: false });
  expect(report.law).toBeNull();
  expect(store.files.has("out.onnx")).toBe(true);
});

test("in WebAssembly the bytes are those of the native runtime, and the report says where it ran", async () => {
  const made = [];
  for (const load of [{}, { native: missing }]) {
    const { workflow } = await workflowIn(load);
    made.push(await workflow.prune("glyphs.onnx", { ratio: 0.25 }));
  }
  const [native, web] = made;
  expect(native?.report.law?.runtime).toBeUndefined();
  expect(web?.report.law).toMatchObject({ runtime: "onnxruntime-web (wasm)", holds: true });
  expect(Buffer.from(web?.bytes ?? []).equals(Buffer.from(native?.bytes ?? []))).toBe(true);
}, 60_000);
