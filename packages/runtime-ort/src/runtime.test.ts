import { expect, test } from "vitest";
import { loadRuntime } from "./runtime.js";

test("a missing runtime is named, with the command that installs it", async () => {
  const missing = loadRuntime(() => Promise.reject(new Error("Cannot find package 'onnxruntime-node'")));
  await expect(missing).rejects.toMatchObject({ code: "runtime-missing" });
  await expect(missing).rejects.toThrow("npm install onnxruntime-node@1.27.0");
});

test("the runtime starts with telemetry off", async () => {
  await loadRuntime();
  expect(process.env.ORT_DISABLE_TELEMETRY).toBe("1");
});
