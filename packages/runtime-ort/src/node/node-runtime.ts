import { arch, cpus } from "node:os";
import { openModel } from "@prune/onnx/node";
import { type Ort, type OrtRuntime, ortRuntime } from "../runtime.js";
import { profiled } from "./profiled.js";
import { withFiles } from "./with-files.js";

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
    { name: "onnxruntime-node", host: { openModel, withFiles, profiled, machine } },
  );
