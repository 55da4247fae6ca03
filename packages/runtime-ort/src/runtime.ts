import { RuntimeError, reasonOf } from "./error.js";

/** The onnxruntime module: onnxruntime-node, or anything with the same API. */
export type Runtime = typeof import("onnxruntime-node");

let loaded: Promise<Runtime> | undefined;

/** Loads onnxruntime-node once, with telemetry off and no warnings in its log. */
export function loadRuntime(load?: () => Promise<Runtime>): Promise<Runtime> {
  if (load) return start(load);
  loaded ??= start(() => import("onnxruntime-node")).catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  return loaded;
}

async function start(load: () => Promise<Runtime>): Promise<Runtime> {
  // onnxruntime 1.29 and later write a device id into the home folder unless this is set before it loads.
  process.env.ORT_DISABLE_TELEMETRY ??= "1";
  try {
    const runtime = await load();
    runtime.env.logLevel = "error";
    return runtime;
  } catch (error) {
    throw new RuntimeError("runtime-missing", { reason: firstLine(error) }, { cause: error });
  }
}

function firstLine(error: unknown): string {
  return reasonOf(error).split("\n")[0] ?? "";
}
