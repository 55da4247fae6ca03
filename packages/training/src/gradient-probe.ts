import { gradients, type Loss } from "@prune/autodiff";
import type { Model } from "@prune/onnx";
import { randomStream } from "@prune/samples";
import type { InferenceSession } from "onnxruntime-common";
import { checkLabels, split, type TrainingData } from "./data.js";
import { createFeeder, type Feeder } from "./feeder.js";
import { type GoalOptions, goalOf } from "./goal.js";
import { floatsOf, type Tensors, type TrainingOrt, tensor } from "./runtime.js";
import { openTeacher } from "./teacher.js";

/** The loss, the labelled samples, and whether gradients or curvature are seen. */
export interface GradientProbeOptions<See extends keyof WithGradients = keyof WithGradients>
  extends GoalOptions {
  readonly ort: TrainingOrt;
  readonly data: TrainingData;
  readonly loss?: Loss;
  /**
   * What is looked at: the loss by the samples' labels or a teacher, or the curvature of the cross entropy by classes
   * that are drawn as the model itself gives them, or both.
   * @default ["gradients"]
   */
  readonly see?: readonly See[];
  /** Samples to look at, drawn by chance. @default 256 */
  readonly samples?: number;
  /** Samples to one gradient; Fisher's information is meant for one, and is the cruder the more. @default 16 */
  readonly batch?: number;
  /** @default 1 */
  readonly seed?: number;
  readonly session?: InferenceSession.SessionOptions;
  readonly signal?: AbortSignal;
  /** Batches that are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What `taylor`, `fisher` and `obd` of @prune/importance-gradient read. */
export interface WithGradients {
  /** Gradients of a loss over batches of samples. */
  gradients(tensor: string): { readonly mean: Float32Array; readonly square: Float32Array } | undefined;
  /** The diagonal of the Gauss-Newton matrix of the cross entropy. */
  curvature(tensor: string): Float32Array | undefined;
}

/** A backend's probe of a model with what a loss makes of its stored tensors. */
export async function gradientProbe<P extends object, See extends keyof WithGradients = "gradients">(
  model: Model,
  probe: P,
  options: GradientProbeOptions<See>,
): Promise<P & Pick<WithGradients, See>> {
  const see: readonly string[] = options.see ?? ["gradients"];
  const [slopes, bends] = [see.includes("gradients"), see.includes("curvature")];
  const gradients = slopes ? await gradientsBy(model, options) : undefined;
  const curvature = bends ? await curvatureOf(model, options) : undefined;
  return {
    ...probe,
    ...(gradients && { gradients: (tensor: string) => gradients.get(tensor) }),
    ...(curvature && { curvature: (tensor: string) => curvature.get(tensor) }),
  } as P & Pick<WithGradients, See>;
}

interface Sums {
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

/** Means of the gradients of the loss that options ask for, and of their squares, over batches. */
async function gradientsBy(model: Model, options: GradientProbeOptions): Promise<Map<string, Sums>> {
  const { ort, data, seed = 1, session = {} } = options;
  const goal = goalOf(model, data.labels !== undefined, options);
  if (data.labels && goal.classes !== undefined) checkLabels(data.labels, goal.classes);
  const teacher =
    options.teacher && goal.taught.size > 0
      ? await openTeacher(ort, options.teacher, goal.taught, data.count, session)
      : undefined;
  try {
    const feeder = createFeeder({ ort, data, teacher, augment: [], seed });
    const { sums, batches } = await summed(model, goal.loss, options, (places, names) =>
      feeder.plain(places, names),
    );
    for (const { mean, square } of sums.values())
      for (const values of [mean, square]) scale(values, 1 / batches);
    return sums;
  } finally {
    await teacher?.release();
  }
}

/**
 * The diagonal of the Gauss-Newton matrix: for classes that are drawn from what the model makes of a sample, the mean
 * square of the gradient. Such gradients are zero in the mean, so that those of a batch's samples don't correlate, and
 * the square of their mean is the mean of their squares over the batch's size.
 */
async function curvatureOf(model: Model, options: GradientProbeOptions): Promise<Map<string, Float32Array>> {
  const { ort, data, seed = 1, session = {}, output, labelSmoothing } = options;
  const goal = goalOf(model, true, {
    ...(output !== undefined && { output }),
    ...(labelSmoothing !== undefined && { labelSmoothing }),
  });
  const scores = new Map([["scores", goal.scores as string]]);
  const self = await openTeacher(ort, model, scores, data.count, session);
  try {
    const unlabelled = { ...data, labels: undefined, read: data.read.bind(data) };
    const feeder = createFeeder({ ort, data: unlabelled, teacher: self, augment: [], seed });
    const chance = randomStream(seed, "classes");
    const { sums, batches, batch } = await summed(model, goal.loss, options, async (places, names) => {
      const fed = await feeder.plain(
        places,
        names.filter((name) => name !== "labels"),
      );
      const classes = drawn(fed.scores, chance.uniform);
      return { ...fed, labels: tensor(ort, "int64", classes, [classes.length]) };
    });
    return new Map(
      [...sums].map(([parameter, { square }]) => {
        scale(square, batch / batches);
        return [parameter, square];
      }),
    );
  } finally {
    await self.release();
  }
}

/** One class for each row of scores, by the probabilities that a softmax makes of them. */
function drawn(scores: Tensors[string] | undefined, uniform: () => number): BigInt64Array {
  const values = floatsOf(scores);
  const width = scores?.dims.at(-1) ?? 1;
  const classes = new BigInt64Array(values.length / width);
  for (let row = 0; row < classes.length; row++) {
    const own = values.subarray(row * width, (row + 1) * width);
    const most = own.reduce((a, b) => Math.max(a, b), -Infinity);
    const total = own.reduce((sum, score) => sum + Math.exp(score - most), 0);
    let left = uniform() * total;
    let at = 0;
    while (at < width - 1) {
      left -= Math.exp((own[at] as number) - most);
      if (left < 0) break;
      at++;
    }
    classes[row] = BigInt(at);
  }
  return classes;
}

/** Gradients of a loss and their squares, summed over batches of samples drawn by chance. */
async function summed(
  model: Model,
  loss: Loss,
  {
    ort,
    data,
    samples = 256,
    batch: asked = 16,
    seed = 1,
    session = {},
    signal,
    onProgress,
  }: GradientProbeOptions,
  feedsOf: Feeder["plain"],
): Promise<{ readonly sums: Map<string, Sums>; readonly batches: number; readonly batch: number }> {
  const batch = data.fixedBatch ?? Math.min(asked, data.count);
  const made = gradients(model, { loss });
  const running = await ort.InferenceSession.create(made.bytes, session);
  const places = split(data.count, Math.min(samples, data.count), seed).heldOut;
  const total = Math.max(1, Math.floor(places.length / batch));
  const sums = new Map<string, Sums>();
  try {
    for (let done = 0; done < total; done++) {
      signal?.throwIfAborted();
      const feeds = await feedsOf(places.subarray(done * batch, (done + 1) * batch), running.inputNames);
      const fed = Object.fromEntries(running.inputNames.map((name) => [name, feeds[name]])) as Tensors;
      const found = (await running.run(fed)) as Tensors;
      for (const [parameter, output] of made.gradients) {
        const gradient = floatsOf(found[output]);
        let sum = sums.get(parameter);
        if (!sum) {
          sum = { mean: new Float32Array(gradient.length), square: new Float32Array(gradient.length) };
          sums.set(parameter, sum);
        }
        const { mean, square } = sum;
        for (let i = 0; i < gradient.length; i++) {
          const g = gradient[i] as number;
          mean[i] = (mean[i] as number) + g;
          square[i] = (square[i] as number) + g * g;
        }
      }
      onProgress?.(done + 1, total);
    }
  } finally {
    await running.release();
  }
  return { sums, batches: total, batch };
}

function scale(values: Float32Array, by: number): void {
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * by;
}
