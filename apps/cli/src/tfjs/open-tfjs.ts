import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import type { Backend, Trace } from "@prune/graph";
import { type TfjsModel, tfjs } from "@prune/tfjs";
import { openModel } from "@prune/tfjs/node";
import * as tf from "@tensorflow/tfjs-core";

/** A TensorFlow.js model with its trace. */
export interface TracedTfjs {
  readonly model: TfjsModel;
  readonly backend: Backend<TfjsModel>;
  readonly trace: Trace;
}

/** Opens a model and traces it; `check` sees it in between. */
export async function openTfjs(
  path: string,
  check?: (model: TfjsModel) => Promise<void>,
): Promise<TracedTfjs> {
  await useBackend("cpu");
  const model = await openModel(path);
  await check?.(model);
  const backend = tfjs();
  return { model, backend, trace: backend.trace(model) };
}

/** Sets the runtime up, without its greeting. */
export async function useBackend(name: "cpu" | "wasm"): Promise<void> {
  tf.env().set("PROD", true);
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js can't start its ${name} backend.`);
}
