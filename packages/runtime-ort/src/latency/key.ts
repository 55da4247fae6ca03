import { type OrtRuntime, runtimeOf } from "../runtime.js";
import type { LatencyKey } from "./table.js";

/** Where times are measured: the processors, and the runtime with its version. */
export async function placeOfTimes(options: {
  readonly runtime?: OrtRuntime | undefined;
}): Promise<Pick<LatencyKey, "machine" | "runtime">> {
  const runtime = await runtimeOf(options);
  const { versions } = (await runtime.load()).env;
  return {
    machine: runtime.host.machine?.() ?? "unknown",
    runtime: `onnxruntime ${versions.node ?? versions.web ?? versions.common}`,
  };
}
