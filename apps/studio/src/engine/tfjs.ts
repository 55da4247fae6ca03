import "@tensorflow/tfjs-backend-cpu";
import type { Format } from "@prune/workflow";
import { tfjsFormat } from "@prune/workflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import plain from "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.wasm?url";
import simd from "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm?url";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { env } from "@tensorflow/tfjs-core";

/** TensorFlow.js models, run in WebAssembly, and by the plain backend where that lacks a kernel. */
export function tfjsInBrowser(): Format {
  // Its threads are workers made of code in a string, which the page's policy allows none of.
  env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  setWasmPaths({
    "tfjs-backend-wasm.wasm": plain,
    "tfjs-backend-wasm-simd.wasm": simd,
    // Asked for by name and never fetched.
    "tfjs-backend-wasm-threaded-simd.wasm": simd,
  });
  return tfjsFormat({ loadGraphModel, backends: ["wasm", "cpu"] });
}
