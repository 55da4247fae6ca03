// What runs in the browser: the workflow's job in onnxruntime-web, on files that the server has.
import { ortRuntime } from "@prune/runtime-ort";
import type { PruneJob } from "@prune/workflow";
import * as wasm from "onnxruntime-web/wasm";
import * as ort from "onnxruntime-web/webgpu";
import { job, type Made } from "./job.js";

export interface Asked {
  readonly provider: "wasm" | "webgpu";
  readonly files: readonly string[];
  readonly options: PruneJob;
}

declare global {
  var run: (asked: Asked) => Promise<Made>;
  /** Whether there is a GPU to run on. */
  var hasAdapter: () => Promise<boolean>;
}

const modules = { wasm, webgpu: ort };

globalThis.run = async ({ provider, files, options }) => {
  const module = modules[provider];
  module.env.wasm.wasmPaths = "/ort/";
  module.env.wasm.numThreads = 1;
  const runtime = ortRuntime(module, { executionProviders: [provider] });
  const loaded = await Promise.all(
    files.map(
      async (name) => [name, new Uint8Array(await (await fetch(`/files/${name}`)).arrayBuffer())] as const,
    ),
  );
  return job(runtime, Object.fromEntries(loaded), options);
};

interface Gpu {
  requestAdapter(): Promise<object | null>;
}

globalThis.hasAdapter = async () =>
  Boolean(
    await (globalThis as { navigator?: { gpu?: Gpu } }).navigator?.gpu?.requestAdapter().catch(() => null),
  );
