// Prunes CREPE, a pitch tracker, by 30 %, refits it to the original on tones without their pitch, and fine-tunes it with
// it: how often the pitch is right within half a semitone, at each stage. The learning rate falls from epoch to epoch.
//   node --import tsx packages/tfjs/examples/crepe.ts PATH/TO/crepe [TONES] [EPOCHS]
import { taylor } from "@prune/importance-gradient";
import { prune } from "@prune/pruner";
import { recover } from "@prune/recovery";
import { layersModel, tfjsGradientProbe } from "@prune/tfjs";
import { openTfjsModel } from "@prune/tfjs/node";
import { tfjsTwins } from "@prune/tfjs/recovery";
import { registerTrainingKernels } from "@prune/tfjs/wasm";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { accuracyOf, toneFrames } from "./tones.js";

const [path = "", tones = "1000", epochs = "3"] = process.argv.slice(2);

tf.env().set("PROD", true);
await tf.setBackend("wasm");
registerTrainingKernels();
const [train, test] = [toneFrames(Number(tones), 1), toneFrames(500, 2)];
const model = (await openTfjsModel(path)) as LayersModel;
const backend = layersModel();
report("as it came", model);

const trace = backend.trace(model);
const batches = [0, 1, 2, 3].map((i) => ({
  xs: tf.slice(train.xs, i * 32, 32),
  ys: tf.slice(train.ys, i * 32, 32),
}));
const probe = await tfjsGradientProbe(model, trace, { batches, loss: crossEntropy });
const options = { backend: { ...backend, probe: () => probe }, trace, importance: taylor(), ratio: 0.3 };
const { model: cut, plan } = await prune(model, options);
report("pruned by 30 %", cut);

const unlabelled = Array.from({ length: 8 }, (_, i) => ({ xs: tf.slice(train.xs, i * 64, 64) }));
const twins = await tfjsTwins(model, cut, trace.cut(plan), unlabelled, { maxInputs: 1500 });
const { model: smaller } = await recover(twins);
report("refitted", smaller);

for (let epoch = 0; epoch < Number(epochs); epoch++) {
  const rate = 1e-3 * (1 - epoch / Number(epochs));
  smaller.compile({ optimizer: tf.train.adam(rate), loss: crossEntropy });
  await smaller.fit(train.xs, train.ys, { epochs: 1, batchSize: 32, shuffle: false, verbose: 0 });
  report(`epoch ${epoch + 1}`, smaller);
}

function crossEntropy(labels: tf.Tensor, predictions: tf.Tensor): tf.Tensor {
  return tf.losses.logLoss(labels, predictions);
}

function report(stage: string, of: LayersModel): void {
  const { macs, parameters } = backend.cost(of, backend.trace(of));
  const accuracy = (100 * accuracyOf(of, test)).toFixed(1);
  process.stdout.write(`${stage.padEnd(16)} ${accuracy} %  ${macs} MACs  ${parameters} parameters\n`);
}
