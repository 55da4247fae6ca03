import type { Backend, Importance, Trace } from "@prune/graph";
import { magnitude } from "@prune/importance-magnitude";
import { type Model, onnx, readModel } from "@prune/onnx";
import { prune } from "@prune/pruner";
import { tfjs } from "@prune/tfjs";
import { createWorkflow, memoryStore, type PruneConfig } from "@prune/workflow";

const own: Importance = {
  name: "first",
  needs: [],
  score: async ({ units }) => Float32Array.from(units),
};
const config: PruneConfig = { importance: "l2", target: { macs: 0.5 } };

export async function main(bytes: Uint8Array): Promise<Blob> {
  const backend: Backend<Model> = onnx();
  const model = readModel(bytes);
  const trace: Trace = backend.trace(model);
  const { model: smaller } = await prune(model, { backend, importance: magnitude(), ratio: 0.5, trace });
  await prune(model, { backend, importance: own, ratio: 0.5 });
  const workflow = createWorkflow({ formats: [], store: memoryStore({ "model.onnx": bytes }) });
  const made = await workflow.prune("model.onnx", config);
  tfjs();
  await fetch("https://example.org", { method: "PUT", body: made.bytes });
  return new Blob([smaller.source]);
}
