import type { Probe, Trace } from "@prune/graph";
import type { Input, ValuesByName } from "@prune/runtime-ort";
import { isGraphModel, type TfjsModel, tfjsGradientProbe } from "@prune/tfjs";
import type { LabelledBatch } from "@prune/tfjs/advanced";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { badOption } from "../errors.js";
import { drawSamples, type StoredSamples } from "../samples/draw-samples.js";
import type { Store } from "../store/store.js";
import { layersRunner } from "./run.js";
import { feedTensors, inputsOf } from "./sample-tensors.js";
import { type TfjsRuntime, useBackend, useWidest } from "./tfjs-runtime.js";

/** Samples that are drawn if options don't say: each runs forward and back. */
const most = 256;

/** Gradients of a classifier's loss by its weights, on labelled samples: what `taylor` and `fisher` score by. */
export async function gradientsOf(
  model: TfjsModel,
  trace: Trace,
  files: StoredSamples,
  seed: number,
  { store, runtime }: { readonly store: Store; readonly runtime: TfjsRuntime },
): Promise<Probe> {
  if (isGraphModel(model))
    throw badOption("importance", "gradients are taken of LayersModels; a GraphModel has no variables");
  const inputs = inputsOf(layersRunner(model, model));
  const { batches, labels } = await drawSamples(store, files, inputs, { seed, most });
  if (!labels) throw badOption("data", "gradients of a loss need classes; add {labels}");
  const classes = model.outputs[0]?.shape.at(-1);
  if (model.outputs[0]?.shape.length !== 2 || !classes || classes < 2)
    throw badOption(
      "importance",
      `the model's first output is no row of classes but [${model.outputs[0]?.shape}]`,
    );
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0)
    throw badOption("labels", `there is a class ${labels[wrong]}, and the model has ${classes}, from 0`);
  const loss = lossOf(model);
  await useBackend(runtime.backends[0] ?? "cpu");
  runtime.prepareGradients?.();
  try {
    return await tfjsGradientProbe(model, trace, {
      batches: tensorsOf(inputs, batches, labels, classes),
      loss,
    });
  } finally {
    await useWidest(runtime);
  }
}

function* tensorsOf(
  inputs: readonly Input[],
  batches: readonly ValuesByName[],
  labels: Int32Array,
  classes: number,
): Generator<LabelledBatch> {
  let start = 0;
  for (const feeds of batches) {
    const xs = feedTensors(inputs, feeds);
    const count = xs[0]?.shape[0] ?? 1;
    const ys = tf.cast(
      tf.oneHot(tf.tensor1d(labels.subarray(start, start + count), "int32"), classes),
      "float32",
    );
    yield { xs: xs.length === 1 ? (xs[0] as tf.Tensor) : xs, ys };
    tf.dispose([...xs, ys]);
    start += count;
  }
}

type Loss = (labels: tf.Tensor, predictions: tf.Tensor) => tf.Tensor;

/** Cross entropy, by what the last layer makes of its sums: probabilities of all classes, of each, or nothing. */
const losses: Readonly<Record<string, Loss>> = {
  softmax: (labels, p) => tf.neg(tf.sum(tf.mul(labels, tf.log(tf.add(p, 1e-7))), -1)),
  sigmoid: (labels, p) => tf.losses.logLoss(labels, p),
  linear: (labels, logits) => tf.losses.softmaxCrossEntropy(labels, logits),
};

function lossOf(model: LayersModel): Loss {
  const layer = model.outputs[0]?.sourceLayer;
  const activation =
    layer?.getClassName() === "Softmax" ? "softmax" : (layer?.getConfig().activation ?? "linear");
  const loss = losses[String(activation)];
  if (!loss)
    throw badOption(
      "importance",
      `which loss has a model that ends in "${String(activation)}"? Give \`gradientProbe\` of @prune/tfjs one`,
    );
  return loss;
}
