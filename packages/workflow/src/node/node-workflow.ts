import type { GraphEdit, Model } from "@prune/onnx";
import type { LosslessJob, ModelSource, PruneJob, PruneResult, Result, Workflow } from "../calls.js";
import type { Format, Opened } from "../format.js";
import type { FolderOptions, FolderPruned } from "../model-folder/prune-folder.js";
import type { JobOptions } from "../progress.js";
import type { LosslessJobReport } from "../reports/lossless-report.js";
import { createWorkflow } from "../workflow.js";
import { type FolderStoreOptions, folderStore } from "./folder-store.js";
import { nodeFormats } from "./node-formats.js";

/** A workflow on files: ONNX models in onnxruntime-node, TensorFlow.js models in wasm. */
export const nodeWorkflow = (options: FolderStoreOptions = {}): Workflow =>
  createWorkflow({ formats: nodeFormats(), store: folderStore(options) });

/** Opens and traces a model file. */
export const open = (source: ModelSource, options?: JobOptions): Promise<Opened> =>
  nodeWorkflow().open(source, options);

/** Prunes a model file; `out` says where the smaller one goes. */
export const pruneFile = (source: ModelSource, options?: PruneJob): Promise<PruneResult> =>
  nodeWorkflow().prune(source, options);

/** Removes what changes no output from a model file, and nothing else. */
export const losslessFile = (
  source: ModelSource,
  options?: LosslessJob,
): Promise<Result<LosslessJobReport>> => nodeWorkflow().lossless(source, options);

/**
 * Prunes a model folder (transformers.js, optimum, ONNX Runtime GenAI) into a new one: one plan for all graphs that hold
 * the same weights, configurations that say the new sizes, everything else copied.
 */
export async function pruneFolder(from: string, out: string, options?: FolderOptions): Promise<FolderPruned> {
  const [{ pruneFolder: prunedFolder }, { nodeOnnx }] = await Promise.all([
    import("../model-folder/prune-folder.js"),
    import("./node-onnx.js"),
  ]);
  return prunedFolder(from, out, (await nodeOnnx()) as Format<Model, GraphEdit>, options);
}
