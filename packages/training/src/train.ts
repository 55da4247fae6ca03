import { sgd, trainingStep } from "@prune/autodiff";
import { parametersOf } from "@prune/autodiff/advanced";
import { anyText, checkTaken, type Taken } from "@prune/graph/advanced";
import type { Model } from "@prune/onnx";
import { crc32 } from "@prune/samples/advanced";
import { crop, cutout, flip, mixup } from "./augmentation.js";
import { checkLabels, epochOrder, split } from "./data.js";
import { TrainingError } from "./errors.js";
import { createFeeder } from "./feeder.js";
import { firstBad } from "./first-bad.js";
import { goalOf } from "./goal.js";
import { look } from "./held-out.js";
import { loop } from "./loop.js";
import type { Trained, TrainOptions } from "./options.js";
import { openStepper } from "./stepper.js";
import { withWeights } from "./stored.js";
import { openTeacher } from "./teacher.js";

/**
 * Trains a model on samples by their labels, by a teacher, or both. What it gives is the best step on what is held out;
 * the model as it came counts as one. Norms keep their running statistics.
 * @throws {GraphError} "unknown-option"; {TrainingError}
 */
export async function train(model: Model, options: TrainOptions): Promise<Trained> {
  const { ort, data, session = {}, seed = 1, augment = [] } = options;
  checkOptions(options);
  const goal = goalOf(model, data.labels !== undefined, options);
  if ((goal.readsLabels || options.loss) && augment.some(({ blends }) => blends))
    throw new TrainingError("bad-option", {
      option: "augment",
      value: "a list with a change that blends images, as `mixup()` does",
      want: "without one where labels or a loss of one's own are learned: only a teacher knows what a blend is (`hardShare: 0`)",
    });
  if (data.labels && goal.classes !== undefined) checkLabels(data.labels, goal.classes);
  const batch = data.fixedBatch ?? Math.min(options.batch ?? 128, data.count);
  const heldOut = Math.floor(data.count * (options.heldOut ?? 0.1));
  const places = split(data.count, heldOut, seed);
  if (places.train.length < batch)
    throw new TrainingError("too-few", { samples: data.count, batch, heldOut });

  const outputs = goal.scores === undefined ? [] : [goal.scores];
  const step = trainingStep(model, {
    loss: goal.loss,
    optimiser: options.optimiser ?? sgd({ momentum: 0.9, weightDecay: 5e-4 }),
    outputs,
    ...(options.clip !== undefined && { clip: options.clip }),
    ...(options.parameters && { parameters: options.parameters }),
    ...(options.penalty && { added: options.parameters ?? [...parametersOf(model).keys()] }),
  });
  const stepper = await openStepper(ort, step, {
    session,
    outputs,
    ...(options.penalty && { added: options.penalty }),
  });
  const teacher =
    options.teacher && goal.taught.size > 0
      ? await openTeacher(ort, options.teacher, goal.taught, data.count, session)
      : undefined;
  const feeder = createFeeder({ ort, data, teacher, fed: options.fed, augment, seed });
  const seen = places.heldOut.length > 0 ? places.heldOut : places.train.slice(0, 512);
  const judged = {
    stepper,
    feeder,
    places: seen,
    batch,
    isOpen: data.fixedBatch === undefined,
    loss: step.loss,
    scores: goal.scores,
    labels: data.labels,
  };
  try {
    const made = await loop(options, {
      run: JSON.stringify([
        seed,
        batch,
        heldOut,
        data.count,
        options.rate,
        options.steps,
        options.epochs,
        // Loss, optimiser and all that has numbers in the step.
        crc32(step.bytes),
      ]),
      perEpoch: Math.floor(places.train.length / batch),
      stepper,
      parameters: [...step.weights.keys()],
      look: () => look(judged),
      feeds(at, perEpoch) {
        const order = epochOrder(places.train, seed, Math.floor(at / perEpoch));
        const own = order.subarray((at % perEpoch) * batch, ((at % perEpoch) + 1) * batch);
        return feeder.changed(own, stepper.inputs, at);
      },
      firstBad: async (feeds) =>
        (await firstBad(ort, model, step, feeds, stepper.held(), session)) ?? step.loss,
    });
    const { weights, ...rest } = made;
    return {
      bytes: withWeights(model, step.weights, weights),
      ...rest,
      parameters: [...step.weights.keys()],
      stops: step.stops,
    };
  } finally {
    await stepper.release();
    await teacher?.release();
  }
}

/** What a training takes. */
const taken: Taken<TrainOptions> = {
  ...{ teacher: [], loss: anyText, output: anyText, hardShare: [], labelSmoothing: [], temperature: [] },
  ...{
    features: anyText,
    featureShare: [],
    ort: anyText,
    data: anyText,
    fed: [],
    optimiser: anyText,
    rate: [],
  },
  ...{ schedule: anyText, batch: [], epochs: [], steps: [], milliseconds: [], heldOut: [], every: [] },
  ...{ patience: [], augment: anyText, clip: [], parameters: anyText, penalty: [], seed: [], signal: [] },
  ...{ onProgress: [], checkpoint: anyText, session: anyText, now: [] },
};

function checkOptions(options: TrainOptions): void {
  checkTaken("train", options, taken);
  const { epochs, steps, milliseconds, rate = 0.01, heldOut = 0.1, batch = 1 } = options;
  checkParts(options);
  if (epochs === undefined && steps === undefined && milliseconds === undefined)
    throw new TrainingError("no-end", {});
  const positive = { epochs, steps, milliseconds, rate, batch };
  for (const [option, value] of Object.entries(positive))
    if (value !== undefined && !(value > 0))
      throw new TrainingError("bad-option", { option, value: String(value), want: "above 0" });
  if (!(heldOut >= 0 && heldOut < 1))
    throw new TrainingError("bad-option", {
      option: "heldOut",
      value: String(heldOut),
      want: "at least 0 and below 1",
    });
}

/** Refuses names where a schedule, an optimiser or changes to images are meant, and makers of these that weren't called. */
function checkParts({ schedule, optimiser, augment = [] }: TrainOptions): void {
  const refuse = (option: string, given: unknown, want: string): never => {
    const value = typeof given === "string" ? `"${given}"` : typeof given;
    throw new TrainingError("bad-option", { option, value, want });
  };
  if (schedule !== undefined && (typeof schedule !== "function" || typeof schedule(0) !== "number"))
    refuse(
      "schedule",
      schedule,
      "a schedule, such as `cosine()`, `constant()`, `steps()` or `warmUp(0.1, cosine())`",
    );
  if (optimiser !== undefined && typeof optimiser?.step !== "function")
    refuse("optimiser", optimiser, "an optimiser, such as `sgd()` or `adamW()` of @prune/autodiff");
  const changes = "a list of changes, such as `flip()`, `crop()`, `cutout()` and `mixup()`";
  if (!Array.isArray(augment)) refuse("augment", augment, changes);
  const makers: readonly unknown[] = [flip, crop, cutout, mixup];
  for (const change of augment) {
    if (typeof change !== "function") refuse("augment", change, changes);
    // Called with images, a maker changes none of them.
    if (makers.includes(change)) refuse("augment", change, `${changes}, each called`);
  }
}
