import type { Ort } from "@prune/runtime-ort/advanced";
import wasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";

/** onnxruntime-web with its WebAssembly from this page's own files; loaded when a model is first run. */
export async function loadOrt(): Promise<Ort> {
  const ort = await import("onnxruntime-web/wasm");
  ort.env.wasm.wasmPaths = { wasm };
  // Threads need a page that is isolated from others, which plain static hosting does not give.
  ort.env.wasm.numThreads = globalThis.crossOriginIsolated
    ? Math.min(4, navigator.hardwareConcurrency || 1)
    : 1;
  return ort as unknown as Ort;
}

/** onnxruntime-web on the graphics card; twice the size, and loaded only where somebody asks for it. */
export async function loadOrtOnGraphics(): Promise<Ort> {
  const [ort, { default: asyncify }] = await Promise.all([
    import("onnxruntime-web/webgpu"),
    import("onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url"),
  ]);
  ort.env.wasm.wasmPaths = { wasm: asyncify };
  ort.env.wasm.numThreads = 1;
  return ort as unknown as Ort;
}
