import { expect, test } from "vitest";
import { nodeRuntime } from "./node/node-runtime.js";

test("a missing runtime is named, with the command that installs it", async () => {
  const missing = nodeRuntime(() =>
    Promise.reject(new Error("Cannot find package 'onnxruntime-node'")),
  ).load();
  await expect(missing).rejects.toMatchObject({ code: "runtime-missing" });
  await expect(missing).rejects.toThrow("npm install onnxruntime-node");
});

test("the runtime starts with telemetry off", async () => {
  await nodeRuntime().load();
  expect(process.env.ORT_DISABLE_TELEMETRY).toBe("1");
});
