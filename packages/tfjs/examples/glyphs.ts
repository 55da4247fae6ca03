// Trains a CNN in Node on images that it draws, prunes it to half its multiply-accumulates by Taylor scores, fine-tunes
// it, saves it and loads it again, with the accuracy on other images at each stage.
//   node --import { macsOf } from "@prune/graph";

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { macsOf } from "@prune/graph";
import { taylor } from "@prune/importance-gradient";
import { prune } from "@prune/pruner";
import { layersModel, tfjsGradientProbe } from "@prune/tfjs";
import { openTfjsModel, saveTfjsModel } from "@prune/tfjs/node";
import { registerTrainingKernels } from "@prune/tfjs/wasm";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { initializers, type LayersModel, layers, sequential } from "@tensorflow/tfjs-layers";
import { glyphClasses, glyphImages, glyphSize } from "./glyph-images.js";

export interface Stage {
  readonly stage: string;
  readonly accuracy: number;
  readonly macs: number;
  readonly parameters: number;
}

export async function run(images = 4000, epochs = 8): Promise<Stage[]> {
  tf.env().set("PROD", true);
  await tf.setBackend("wasm");
  registerTrainingKernels();
  const [train, test] = [tensors(images, 1), tensors(1000, 2)];
  const backend = layersModel();
  const stages: Stage[] = [];
  const report = (stage: string, model: LayersModel): void => {
    const cost = backend.cost(model, backend.trace(model));
    stages.push({
      stage,
      accuracy: accuracyOf(model, test),
      macs: macsOf(cost),
      parameters: cost.parameters,
    });
  };

  const model = network();
  await fit(model, train, epochs, 2e-3);
  report("trained", model);

  const trace = backend.trace(model);
  const probe = await tfjsGradientProbe(model, trace, {
    batches: batchesOf(train, 10),
    loss: tf.losses.softmaxCrossEntropy,
  });
  const options = {
    backend: { ...backend, probe: () => probe },
    trace,
    importance: taylor(),
    global: true,
    maxRatio: 0.7,
  };
  const half = macsOf(backend.cost(model, trace)) / 2;
  let pruned = await prune(model, { ...options, ratio: 0.1 });
  for (let ratio = 0.12; macsOf(pruned.report.after) > half; ratio += 0.02)
    pruned = await prune(model, { ...options, ratio });
  report("pruned", pruned.model);

  await fit(pruned.model, train, epochs, 1e-3);
  report("fine-tuned", pruned.model);

  const folder = mkdtempSync(join(tmpdir(), "prune-glyphs-"));
  await saveTfjsModel(folder, pruned.model);
  report("reloaded", (await openTfjsModel(folder)) as LayersModel);
  rmSync(folder, { recursive: true });
  return stages;
}

interface Samples {
  readonly xs: tf.Tensor;
  readonly ys: tf.Tensor;
}

function tensors(count: number, seed: number): Samples {
  const { pixels, labels } = glyphImages(count, seed);
  return {
    xs: tf.tensor(pixels, [count, glyphSize, glyphSize, 1]),
    ys: tf.oneHot(tf.tensor1d(labels, "int32"), glyphClasses),
  };
}

/** Ends in logits. */
function network(): LayersModel {
  let seed = 1;
  const start = (): ReturnType<typeof initializers.heNormal> => initializers.heNormal({ seed: seed++ });
  return sequential({
    layers: [
      layers.conv2d({
        inputShape: [glyphSize, glyphSize, 1],
        filters: 16,
        kernelSize: 3,
        kernelInitializer: start(),
        useBias: false,
      }),
      layers.batchNormalization(),
      layers.reLU(),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.conv2d({ filters: 32, kernelSize: 3, kernelInitializer: start(), activation: "relu" }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 64, kernelInitializer: start(), activation: "relu" }),
      layers.dense({ units: glyphClasses, kernelInitializer: start() }),
    ],
  });
}

async function fit(model: LayersModel, { xs, ys }: Samples, epochs: number, rate: number): Promise<void> {
  model.compile({
    optimizer: tf.train.adam(rate),
    loss: (labels, logits) => tf.losses.softmaxCrossEntropy(labels, logits),
  });
  await model.fit(xs, ys, { epochs, batchSize: 50, shuffle: false, verbose: 0 });
}

const batchesOf = ({ xs, ys }: Samples, count: number): Samples[] =>
  Array.from({ length: count }, (_, i) => ({ xs: tf.slice(xs, i * 50, 50), ys: tf.slice(ys, i * 50, 50) }));

const accuracyOf = (model: LayersModel, { xs, ys }: Samples): number =>
  tf.tidy(() => {
    const guessed = tf.argMax(model.predict(xs) as tf.Tensor, 1);
    return tf.mean(tf.cast(tf.equal(guessed, tf.argMax(ys, 1)), "float32")).dataSync()[0] as number;
  });

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const { stage, accuracy, macs, parameters } of await run())
    process.stdout.write(
      `${stage.padEnd(12)} ${(100 * accuracy).toFixed(1)} %  ${macs} MACs  ${parameters} parameters\n`,
    );
