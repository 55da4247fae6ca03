import { type Model, readModel } from "@prune/onnx";
import { inputsOf, type OrtRuntime, type ValuesByName } from "@prune/runtime-ort";
import { type LivingOf, leftOf } from "@prune/runtime-ort/advanced";
import type { Lesson, TrainedModel } from "../format.js";
import type { Job } from "../progress.js";
import { openData } from "../samples/draw-samples.js";
import type { Store } from "../store/store.js";
import { inFileOf } from "./recover.js";
import { sessionOptions } from "./session-options.js";
import { someOf } from "./some-of.js";

interface Training {
  readonly runtime: OrtRuntime;
  readonly store: Store;
  readonly job: Job;
  /** What the student takes of its teacher's inputs. @default all */
  readonly living?: LivingOf | undefined;
}

/** Trains a model on samples of a store; the packages that do it are loaded only now. */
export async function trained(
  { student, teacher, samples: files, how, seed, threads, checkpoint }: Lesson<Model>,
  { runtime, store, job, living }: Training,
): Promise<TrainedModel<Model>> {
  const training = await import("@prune/training");
  const { adamW, sgd } = await import("@prune/autodiff");
  const all = await openData(store, files, inputsOf((living && teacher ? teacher : student).graph));
  const data = someOf(all, files.most ?? all.count, seed);
  const { optimiser, weightDecay, schedule, warmUp, augment, milliseconds, epochs, steps, clip, patience } =
    how;
  const falls = training[schedule]();
  const changes = {
    flip: training.flip,
    crop: training.crop,
    cutout: training.cutout,
    mixup: training.mixup,
  };
  const made = await training.train(student, {
    ort: await runtime.load(),
    data,
    teacher,
    ...(living && { fed: (feeds) => leftOf(feeds as ValuesByName, living) as typeof feeds }),
    optimiser: optimiser === "sgd" ? sgd({ momentum: 0.9, weightDecay }) : adamW({ weightDecay }),
    rate: how.rate,
    schedule: warmUp > 0 ? training.warmUp(warmUp, falls) : falls,
    batch: how.batch,
    labelSmoothing: how.labelSmoothing,
    temperature: how.temperature,
    hardShare: how.hardShare,
    heldOut: how.heldOut,
    augment: augment.map((name) => changes[name]()),
    seed,
    ...(milliseconds !== undefined && { milliseconds }),
    ...(epochs !== undefined && { epochs }),
    ...(steps !== undefined && { steps }),
    ...(clip !== undefined && { clip }),
    ...(patience !== undefined && { patience }),
    ...(checkpoint && { checkpoint }),
    ...(job.signal && { signal: job.signal }),
    session: sessionOptions(runtime, threads),
    onProgress: ({ step, of, done, loss, point }) => {
      const held = point && `, held out ${point.loss.toFixed(4)}${share(point.accuracy)}`;
      job.report({
        step: "train",
        done: Math.round(1000 * done),
        total: 1000,
        detail: `step ${step}${of === undefined ? "" : ` of ${of}`}, loss ${loss.toFixed(4)}${held ?? ""}`,
      });
    },
  });
  const { bytes, parameters, ...rest } = made;
  return {
    model: inFileOf(student, readModel(bytes)),
    training: {
      samples: data.count,
      from: !teacher ? "labels" : data.labels && how.hardShare > 0 ? "both" : "teacher",
      settings: how,
      seed,
      ...rest,
      parameters: parameters.length,
    },
  };
}

const share = (accuracy: number | undefined): string =>
  accuracy === undefined ? "" : `, ${(100 * accuracy).toFixed(1)} %`;
