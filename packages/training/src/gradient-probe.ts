import { gradients, type Loss } from "@prune/autodiff";
import type { Model } from "@prune/onnx";
import type { InferenceSession } from "onnxruntime-common";
import { checkLabels, split, type TrainingData } from "./data.js";
import { createFeeder } from "./feeder.js";
import { type GoalOptions, goalOf } from "./goal.js";
import { floatsOf, type Ort, type Tensors } from "./runtime.js";
import { openTeacher } from "./teacher.js";

export interface GradientProbeOptions extends GoalOptions {
  readonly ort: Ort;
  readonly data: TrainingData;
  readonly loss?: Loss;
  /** Samples to look at, drawn by chance. @default 256 */
  readonly samples?: number;
  /** Samples to one gradient; Fisher's information is meant for one, and is the cruder the more. @default 16 */
  readonly batch?: number;
  /** @default 1 */
  readonly seed?: number;
  readonly session?: InferenceSession.SessionOptions;
}

/** Gradients of a loss over batches of samples: what `taylor` and `fisher` of @prune/importance-gradient read. */
export interface WithGradients {
  gradients(tensor: string): { readonly mean: Float32Array; readonly square: Float32Array } | undefined;
}

/** A backend's probe of a model with the gradients of its stored tensors. */
export async function gradientProbe<P extends object>(
  model: Model,
  probe: P,
  options: GradientProbeOptions,
): Promise<P & WithGradients> {
  const { ort, data, samples = 256, seed = 1, session = {} } = options;
  const goal = goalOf(model, data.labels !== undefined, options);
  if (data.labels && goal.classes !== undefined) checkLabels(data.labels, goal.classes);
  const batch = data.fixedBatch ?? Math.min(options.batch ?? 16, data.count);
  const made = gradients(model, { loss: goal.loss });
  const teacher =
    options.teacher && goal.taught.size > 0
      ? await openTeacher(ort, options.teacher, goal.taught, data.count, session)
      : undefined;
  const running = await ort.InferenceSession.create(made.bytes, session);
  const feeder = createFeeder({ ort, data, teacher, augment: [], seed });
  const places = split(data.count, Math.min(samples, data.count), seed).heldOut;
  const sums = new Map<string, { mean: Float32Array; square: Float32Array }>();
  let count = 0;
  try {
    for (let from = 0; from + batch <= places.length || from === 0; from += batch, count++) {
      const feeds = await feeder.plain(places.subarray(from, from + batch), running.inputNames);
      const fed = Object.fromEntries(running.inputNames.map((name) => [name, feeds[name]])) as Tensors;
      const found = (await running.run(fed)) as Tensors;
      for (const [parameter, output] of made.gradients) {
        const gradient = floatsOf(found[output]);
        const sum = sums.get(parameter) ?? {
          mean: new Float32Array(gradient.length),
          square: new Float32Array(gradient.length),
        };
        sums.set(parameter, sum);
        gradient.forEach((g, i) => {
          sum.mean[i] = (sum.mean[i] as number) + g;
          sum.square[i] = (sum.square[i] as number) + g * g;
        });
      }
    }
  } finally {
    await running.release();
    await teacher?.release();
  }
  for (const { mean, square } of sums.values())
    for (const values of [mean, square])
      values.forEach((sum, i) => {
        values[i] = sum / count;
      });
  return { ...probe, gradients: (tensor) => sums.get(tensor) };
}
