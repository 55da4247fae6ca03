import { largest } from "@prune/recovery/advanced";
import { type Samples, samplesOfBytes } from "@prune/samples";
import { RuntimeError } from "./error.js";
import { inputsOf } from "./inputs.js";
import { numbersOf } from "./numbers.js";
import { run } from "./run.js";
import type { Session } from "./session.js";
import type { Values, ValuesByName } from "./values.js";

/** How raw bytes become a model's input: (byte / 255 - mean) / std, per channel or for all. */
export interface ImageConfig {
  /** One sample: channels, height, width. */
  readonly shape: readonly number[];
  readonly mean: number | readonly number[];
  readonly std: number | readonly number[];
}

/** How many samples run at once, and who is told how far it is. */
export interface AccuracyOptions {
  /** Samples per run where the model leaves that open. @default 100 */
  readonly batch?: number;
  /** Called after each batch. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** How many samples a model classifies rightly, in all and by class. */
export interface Accuracy {
  readonly samples: number;
  readonly correct: number;
  /** correct / samples. */
  readonly top1: number;
  /** By label. */
  readonly classes: readonly { readonly samples: number; readonly correct: number }[];
  /** The class given to each sample. */
  readonly predictions: Int32Array;
}

/** Top-1 accuracy on raw images (N x C x H x W bytes) and labels (N bytes). */
export async function accuracy(
  session: Session,
  images: Uint8Array,
  labels: Uint8Array,
  config: ImageConfig,
  options: AccuracyOptions = {},
): Promise<Accuracy> {
  return accuracyOn(session, await samplesOfBytes(images, labels, inputsOf(session), config), options);
}

/** The same on labelled samples of any kind. */
export const accuracyOn = (
  session: Session,
  samples: Samples,
  options?: AccuracyOptions,
): Promise<Accuracy> => accuracyOf((feeds) => run(session, feeds), samples, options);

/** The same of whatever answers: a model in another runtime. */
export async function accuracyOf(
  answer: (feeds: ValuesByName) => Promise<ValuesByName>,
  samples: Samples,
  { batch = 100, onProgress }: AccuracyOptions = {},
): Promise<Accuracy> {
  const { count, labels, fixedBatch = Math.min(batch, count) } = samples;
  if (!labels) throw new RuntimeError("labels-missing", {});
  const predictions = new Int32Array(count);
  let classCount = 0;
  for (let start = 0; start < count; start += fixedBatch) {
    const end = Math.min(start + fixedBatch, count);
    const { feeds } = await samples.read(Int32Array.from({ length: end - start }, (_, i) => start + i));
    const { values, classes } = classScores(await answer(feeds), fixedBatch, end - start);
    for (let sample = start; sample < end; sample++)
      predictions[sample] = largest(values, (sample - start) * classes, classes);
    classCount = classes;
    onProgress?.(end, count);
  }
  return tally(predictions, labels, classCount);
}

interface Scores {
  readonly classes: number;
  /** By row. */
  readonly values: Float64Array;
}

function classScores(outputs: ValuesByName, ...rows: readonly number[]): Scores {
  const scores = Object.values<Values>(outputs).find(
    ({ dims }) => dims.length === 2 && rows.includes(dims[0] as number),
  );
  const at = scores && numbersOf(scores);
  if (!scores || !at) {
    const shapes = Object.entries<Values>(outputs).map(([name, { dims }]) => `${name}[${dims.join(",")}]`);
    throw new RuntimeError("no-class-output", { outputs: shapes.join(", ") });
  }
  const [n = 0, classes = 0] = scores.dims;
  return { classes, values: Float64Array.from({ length: n * classes }, (_, i) => at(i)) };
}

function tally(predictions: Int32Array, labels: Int32Array, classCount: number): Accuracy {
  const classes = Array.from({ length: classCount }, () => ({ samples: 0, correct: 0 }));
  labels.forEach((label, index) => {
    const entry = classes[label];
    if (!entry) throw new RuntimeError("label-range", { index, label, classes: classCount });
    entry.samples++;
    if (predictions[index] === label) entry.correct++;
  });
  const correct = classes.reduce((sum, entry) => sum + entry.correct, 0);
  return { samples: labels.length, correct, top1: correct / labels.length, classes, predictions };
}
