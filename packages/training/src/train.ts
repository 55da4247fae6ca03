import { sgd, trainingStep } from "@prune/autodiff";
import { parametersOf } from "@prune/autodiff/advanced";
import type { Model } from "@prune/onnx";
import { crc32 } from "@prune/samples/advanced";
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
 */
export async function train(model: Model, options: TrainOptions): Promise<Trained> {
  const { ort, data, session = {}, seed = 1, augment = [] } = options;
  checkOptions(options);
  const goal = goalOf(model, data.labels !== undefined, options);
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
      firstBad: async (feeds) => (await firstBad(ort, step, feeds, stepper.held(), session)) ?? step.loss,
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

function checkOptions({
  epochs,
  steps,
  milliseconds,
  rate = 0.01,
  heldOut = 0.1,
  batch = 1,
}: TrainOptions): void {
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
