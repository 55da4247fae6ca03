import { RuntimeError } from "@prune/runtime-ort";
import { nodeRuntime } from "@prune/runtime-ort/node";
import { createWorkflow, memoryStore } from "@prune/workflow";
import { onnxFormat } from "@prune/workflow/onnx";
import { expect, test } from "vitest";
import { sample } from "./glyphs.js";

test("a runtime whose profiler writes nothing meets a budget of time by whole runs, and makes no table", async () => {
  const own = nodeRuntime();
  const profiled = async (): Promise<never> => {
    throw new RuntimeError("no-profile", { reason: "it wrote no file" });
  };
  const workflow = createWorkflow({
    formats: [onnxFormat({ runtime: { ...own, host: { ...own.host, profiled } } })],
    store: memoryStore({ "model.onnx": sample("glyphs.onnx") }),
  });
  const { report } = await workflow.prune("model.onnx", { target: { latency: 0.95 } });
  expect(report.budget).toMatchObject({ resource: "latency" });
  expect(report.latency?.table).toBeUndefined();
  await expect(
    workflow.prune("model.onnx", { target: { latency: 0.95 }, latencyTable: "table.json" }),
  ).rejects.toMatchObject({ code: "no-profile" });
}, 120_000);
