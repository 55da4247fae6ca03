import { RuntimeError, reasonOf } from "../error.js";
import { type Ort, type OrtRuntime, ortRuntime } from "../runtime.js";
import { machine, nodeRuntime } from "./node-runtime.js";

/** What loads the two forms of ONNX Runtime; tests give others. */
export interface Loaders {
  readonly native?: () => Promise<Ort>;
  readonly web?: () => Promise<Ort>;
}

/**
 * The ONNX Runtime that is installed: onnxruntime-node, or else onnxruntime-web, which runs wherever Node does, several
 * times slower. If there is neither, the runtime's first use throws `runtime-missing`, which says what to install; all
 * that needs no runtime goes on.
 */
export async function availableRuntime({
  native = () => import("onnxruntime-node"),
  web = () => import("onnxruntime-web"),
}: Loaders = {}): Promise<OrtRuntime> {
  const own = nodeRuntime(native);
  const reasons: string[] = [];
  for (const runtime of [own, webRuntime(web)])
    try {
      await runtime.load();
      return runtime;
    } catch (error) {
      reasons.push(
        error instanceof RuntimeError && "reason" in error.detail ? error.detail.reason : reasonOf(error),
      );
    }
  const [reason = ""] = reasons;
  return {
    ...own,
    load: async () => {
      throw new RuntimeError("runtime-missing", { reason });
    },
  };
}

/**
 * onnxruntime-web in Node: WebAssembly on one thread. It opens no files by itself, so that models reach it as bytes, and
 * has no profiler.
 */
function webRuntime(load: () => Promise<Ort>): OrtRuntime {
  return ortRuntime(
    async () => {
      const ort = await load();
      ort.env.wasm.numThreads = 1;
      return ort;
    },
    { name: "onnxruntime-web (wasm)", executionProviders: ["wasm"], host: { machine } },
  );
}
