import { batcherOf } from "./batch.js";
import { RuntimeError } from "./error.js";
import { numbersOf } from "./numbers.js";
import { type Outputs, run } from "./run.js";
import { openSamples, type SampleConfig, sampleConfig } from "./samples.js";
import type { Session } from "./session.js";
import type { Values } from "./values.js";

export interface AccuracyOptions {
  /** Samples per run where the model leaves that open. @default 100 */
  readonly batch?: number;
  /** Called after each batch. */
  readonly onProgress?: (done: number, total: number) => void;
}

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
  config: SampleConfig,
  { batch = 100, onProgress }: AccuracyOptions = {},
): Promise<Accuracy> {
  const samples = openSamples(images, labels, config);
  const { shape } = sampleConfig(config);
  const batcher = batcherOf(session, samples, shape, Math.min(batch, samples.count));
  const predictions = new Int32Array(samples.count);
  let classCount = 0;
  for (let start = 0; start < samples.count; start += batcher.size) {
    const scores = classScores(await run(session, { [batcher.input]: batcher.values(start) }), batcher.size);
    const end = Math.min(start + batcher.size, samples.count);
    for (let sample = start; sample < end; sample++) predictions[sample] = scores.best(sample - start);
    classCount = scores.classes;
    onProgress?.(end, samples.count);
  }
  return tally(predictions, labels, classCount);
}

interface Scores {
  readonly classes: number;
  /** The class with the highest score in a row. */
  best(row: number): number;
}

function classScores(outputs: Outputs, rows: number): Scores {
  const scores = Object.values<Values>(outputs).find(({ dims }) => dims.length === 2 && dims[0] === rows);
  const at = scores && numbersOf(scores);
  if (!scores || !at) {
    const shapes = Object.entries<Values>(outputs).map(([name, { dims }]) => `${name}[${dims.join(",")}]`);
    throw new RuntimeError("no-class-output", { outputs: shapes.join(", ") });
  }
  const classes = scores.dims[1] ?? 0;
  return {
    classes,
    best(row) {
      let best = 0;
      for (let index = 1; index < classes; index++)
        if (at(row * classes + index) > at(row * classes + best)) best = index;
      return best;
    },
  };
}

function tally(predictions: Int32Array, labels: Uint8Array, classCount: number): Accuracy {
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
