// Prunes CREPE, a pitch tracker, by 30 %, refits it to the original on tones without their pitch, and fine-tunes it with
// it: how often the pitch is right within half a semitone, at each stage. The learning rate falls from epoch to epoch.
//   node --import tsx packages/tfjs/examples/crepe.ts PATH/TO/crepe [TONES] [EPOCHS]
import { taylor } from "@prune/importance-gradient";
import { prune } from "@prune/pruner";
import { recover } from "@prune/recovery";
import { gradientProbe, layersModel, layersTwins } from "@prune/tfjs";
import { openModel } from "@prune/tfjs/node";
import { registerTrainingKernels } from "@prune/tfjs/wasm";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

const [path = "", tones = "1000", epochs = "3"] = process.argv.slice(2);
const frame = 1024;
const bins = 360;
const rate = 16_000;
const centsOf = (bin: number): number => 1997.3794 + 20 * bin;

tf.env().set("PROD", true);
await tf.setBackend("wasm");
registerTrainingKernels();
const [train, test] = [toneFrames(Number(tones), 1), toneFrames(500, 2)];
const model = (await openModel(path)) as LayersModel;
const backend = layersModel();
report("as it came", model);

const trace = backend.trace(model);
const batches = [0, 1, 2, 3].map((i) => ({
  xs: tf.slice(train.xs, i * 32, 32),
  ys: tf.slice(train.ys, i * 32, 32),
}));
const probe = await gradientProbe(model, trace, { batches, loss: crossEntropy });
const options = { backend: { ...backend, probe: () => probe }, trace, importance: taylor(), ratio: 0.3 };
const { model: cut, plan } = await prune(model, options);
report("pruned by 30 %", cut);

const unlabelled = Array.from({ length: 8 }, (_, i) => ({ xs: tf.slice(train.xs, i * 64, 64) }));
const twins = layersTwins(model, cut, trace.cut(plan), unlabelled, { maxInputs: 1500 });
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

interface Tones {
  readonly xs: tf.Tensor;
  readonly ys: tf.Tensor;
  readonly cents: Float32Array;
}

/** Harmonic tones under noise, of equal mean and variance, and their pitch as a bell over the bins. */
function toneFrames(count: number, seed: number): Tones {
  let state = seed;
  const random = (low: number, high: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + (state / 2 ** 32) * (high - low);
  };
  const xs = new Float32Array(count * frame);
  const ys = new Float32Array(count * bins);
  const cents = Float32Array.from({ length: count }, () => random(centsOf(60), centsOf(320)));
  cents.forEach((pitch, n) => {
    const base = (2 * Math.PI * 10 * 2 ** (pitch / 1200)) / rate;
    const partials = Array.from(
      { length: 6 },
      (_, k) => [random(0, 1) / (k + 1), random(0, 2 * Math.PI)] as const,
    );
    const noise = random(0, 0.5);
    const samples = Array.from({ length: frame }, (_, t) =>
      partials.reduce(
        (sum, [a, phase], k) => sum + a * Math.sin((k + 1) * base * t + phase),
        random(-noise, noise),
      ),
    );
    const mean = samples.reduce((a, b) => a + b, 0) / frame;
    const deviation = Math.sqrt(samples.reduce((a, b) => a + (b - mean) ** 2, 0) / frame);
    samples.forEach((sample, t) => {
      xs[n * frame + t] = (sample - mean) / deviation;
    });
    for (let bin = 0; bin < bins; bin++)
      ys[n * bins + bin] = Math.exp(-((centsOf(bin) - pitch) ** 2) / (2 * 25 ** 2));
  });
  return { xs: tf.tensor(xs, [count, frame]), ys: tf.tensor(ys, [count, bins]), cents };
}

/** Share of tones whose pitch, averaged over the bins around the likeliest, is right within 50 cents. */
function accuracyOf(of: LayersModel, { xs, cents }: Tones): number {
  const output = tf.tidy(() => (of.predict(xs) as tf.Tensor).dataSync());
  let right = 0;
  cents.forEach((pitch, n) => {
    const row = output.subarray(n * bins, (n + 1) * bins) as Float32Array;
    const best = row.indexOf(Math.max(...row));
    let [sum, weight] = [0, 0];
    for (let bin = Math.max(0, best - 4); bin < Math.min(bins, best + 5); bin++) {
      sum += (row[bin] as number) * centsOf(bin);
      weight += row[bin] as number;
    }
    if (Math.abs(sum / weight - pitch) <= 50) right++;
  });
  return right / cents.length;
}

function report(stage: string, of: LayersModel): void {
  const { macs, parameters } = backend.cost(of, backend.trace(of));
  const accuracy = (100 * accuracyOf(of, test)).toFixed(1);
  process.stdout.write(`${stage.padEnd(16)} ${accuracy} %  ${macs} MACs  ${parameters} parameters\n`);
}
