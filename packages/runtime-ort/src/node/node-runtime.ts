import { arch, cpus, freemem } from "node:os";
import { join } from "node:path";
import { temporaryFolder } from "@prune/files/advanced";
import type { GraphEdit, Model } from "@prune/onnx";
import { openModel, saveModel } from "@prune/onnx/node";
import { type Ort, type OrtRuntime, ortRuntime } from "../runtime.js";
import { profiled } from "./profiled.js";

/** The processors, in words. */
export const machine = (): string => {
  const all = cpus();
  return `${all.length} x ${all[0]?.model.trim() ?? "unknown"}, ${arch()}`;
};

/** onnxruntime-node, or another module with its API, in Node: loaded at the first use, with telemetry off. */
export const nodeRuntime = (load: () => Promise<Ort> = () => import("onnxruntime-node")): OrtRuntime =>
  ortRuntime(
    () => {
      // onnxruntime 1.29 and later write a device id into the home folder unless this is set before it loads.
      process.env.ORT_DISABLE_TELEMETRY ??= "1";
      return load();
    },
    { name: "onnxruntime-node", host: { openModel, withFiles, profiled, machine, freeMemory: freemem } },
  );

/** Lends an edited model as files in a temporary folder. */
async function withFiles<T>(model: Model, edit: GraphEdit, use: (path: string) => Promise<T>): Promise<T> {
  const folder = temporaryFolder();
  try {
    const path = join(folder.path, "model.onnx");
    await saveModel(path, model, edit);
    return await use(path);
  } finally {
    folder.remove();
  }
}
