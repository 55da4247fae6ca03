import { loadRuntime } from "../runtime.js";
import type { LatencyKey } from "./table.js";

/** Where times are measured: the processors, and the runtime with its version. */
export async function placeOfTimes(): Promise<Pick<LatencyKey, "machine" | "runtime">> {
  const [{ arch, cpus }, { env }] = await Promise.all([import("node:os"), loadRuntime()]);
  const all = cpus();
  return {
    machine: `${all.length} x ${all[0]?.model.trim() ?? "unknown"}, ${arch()}`,
    runtime: `onnxruntime ${env.versions.node ?? env.versions.common}`,
  };
}
