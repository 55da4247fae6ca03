// Pruning on another thread, so that this one goes on answering.
// npm install @prune/onnx @prune/pruner @prune/importance-magnitude
import { readFileSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { magnitude } from "@prune/importance-magnitude";
import { modelToBytes, noEdit, onnx, readModel } from "@prune/onnx";
import { prune } from "@prune/pruner";

export async function smaller(bytes: Uint8Array, ratio: number): Promise<Uint8Array> {
  const { model } = await prune(readModel(bytes), { backend: onnx(), importance: magnitude(), ratio });
  return modelToBytes(model, noEdit);
}

if (!isMainThread && workerData?.bytes) {
  parentPort?.postMessage(await smaller(workerData.bytes, workerData.ratio));
} else if (import.meta.url.endsWith(".js") || import.meta.url.endsWith(".mjs")) {
  // Compiled, this very file is the worker; sources of TypeScript are no worker without a loader.
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { bytes: readFileSync("model.onnx"), ratio: 0.5 },
  });
  const made = await new Promise<Uint8Array>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  console.log("made on another thread:", made.length, "bytes");
} else {
  console.log("made here:", (await smaller(readFileSync("model.onnx"), 0.5)).length, "bytes");
}
