import type { OrtRuntime } from "@prune/runtime-ort";
import { createWorkflow, memoryStore, type PruneJob, type PruneReport } from "@prune/workflow";
import { onnxFormat } from "@prune/workflow/onnx";

/** Files of a job, by name. */
export type Files = Readonly<Record<string, Uint8Array>>;

export interface Made {
  readonly report: PruneReport;
  /** Of the smaller model. */
  readonly sha256: string;
  readonly events: readonly string[];
}

/** The same call in Node and in a page: prunes model.onnx of some files in memory. */
export async function job(runtime: OrtRuntime, files: Files, options: PruneJob): Promise<Made> {
  const workflow = createWorkflow({ formats: [onnxFormat({ runtime })], store: memoryStore(files) });
  const events = new Set<string>();
  const { report, bytes } = await workflow.prune("model.onnx", {
    ...options,
    onProgress: ({ step }) => events.add(step),
  });
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  const sha256 = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { report, sha256, events: [...events] };
}
