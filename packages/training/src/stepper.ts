import type { TrainingStep } from "@prune/autodiff";
import { countName, rateName } from "@prune/autodiff/advanced";
import { readModel } from "@prune/onnx";
import type { InferenceSession, Tensor } from "onnxruntime-common";
import { partOf } from "./part-of.js";
import { floatsOf, numberOf, runHeld, type Tensors, type TrainingOrt, tensor } from "./runtime.js";
import { inFull } from "./stored.js";

/** Weights and states, stepped by a session. */
export interface Stepper {
  /** One step; what is held moves on. */
  step(
    feeds: Tensors,
    rate: number,
    count: number,
  ): Promise<{ readonly loss: number; readonly norm: number }>;
  /** Outputs of the forward pass with the weights as they are. */
  look(feeds: Tensors): Promise<Tensors>;
  /** Weights and states by input: views that the next step but one overwrites. */
  held(): ReadonlyMap<string, Float32Array>;
  put(tensors: ReadonlyMap<string, Float32Array>): void;
  /** Undoes the last step. */
  back(): void;
  /** Inputs that are fed besides what is held. */
  readonly inputs: readonly string[];
  /** Inputs of the forward pass, likewise. */
  readonly lookInputs: readonly string[];
  release(): Promise<void>;
}

export interface StepperOptions {
  readonly session: InferenceSession.SessionOptions;
  /** Outputs of `look` besides the loss. */
  readonly outputs: readonly string[];
  /** What is added to gradients, by parameter, from the weights as they are. */
  readonly added?: (weights: ReadonlyMap<string, Float32Array>) => ReadonlyMap<string, Float32Array>;
}

export async function openStepper(
  ort: TrainingOrt,
  step: TrainingStep,
  { session: options, outputs, added }: StepperOptions,
): Promise<Stepper> {
  const { carried, weights, loss } = step;
  const forward = partOf(readModel(step.bytes), [loss, ...outputs]);
  const stepping = await ort.InferenceSession.create(step.bytes, options);
  const looking = await ort.InferenceSession.create(forward, options);
  const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  // Two sets take turns: the runtime reads one while it writes the other.
  const fresh = (): Map<string, Tensor> =>
    new Map(
      carried.map(({ input, shape }) => [
        input,
        tensor(ort, "float32", new Float32Array(sizeOf(shape)), shape),
      ]),
    );
  let [current, next] = [fresh(), fresh()];
  for (const { input, kind, parameter } of carried)
    if (kind === "weight") floatsOf(current.get(input)).set(inFull(weights.get(parameter) as never));
  const names = new Set(carried.map(({ input }) => input));
  const fixed = new Set([...names, rateName, countName, ...step.added.values()]);
  const scalar = (value: number): Tensor => tensor(ort, "float32", Float32Array.of(value), []);
  const weightsNow = (): ReadonlyMap<string, Float32Array> =>
    new Map(
      carried.flatMap(({ input, kind, parameter }) =>
        kind === "weight" ? [[parameter, floatsOf(current.get(input))] as const] : [],
      ),
    );
  const run = (
    session: InferenceSession,
    feeds: Tensors,
    fetches: Record<string, Tensor | null>,
    count: number,
  ): Promise<Tensors> => runHeld(session, feeds, (name) => current.get(name), fetches, count);
  /** Whether the runtime writes into tensors that it is given for outputs; known after the first step. */
  let writesInto: boolean | undefined;
  const steppedOn = async (given: Tensors, count: number): Promise<Tensors> => {
    const fetches: Record<string, Tensor | null> = { [loss]: null, [step.norm]: null };
    for (const { input, output } of carried)
      fetches[output] = writesInto === false ? null : (next.get(input) as Tensor);
    if (writesInto === undefined) for (const value of next.values()) floatsOf(value).fill(Number.NaN);
    const made = await run(stepping, given, fetches, count);
    if (writesInto === undefined) {
      // onnxruntime-web gives back the tensors that it was given without what it computed.
      writesInto = !carried.some(
        ({ output }) => made[output] === fetches[output] && floatsOf(made[output]).every(Number.isNaN),
      );
      if (!writesInto) return steppedOn(given, count);
    }
    return made;
  };
  return {
    inputs: stepping.inputNames.filter((name) => !fixed.has(name)),
    lookInputs: looking.inputNames.filter((name) => !names.has(name)),
    async step(feeds, rate, count) {
      const extra: Tensors = {};
      if (added) {
        const gradients = added(weightsNow());
        for (const [parameter, input] of step.added) {
          const { shape } = carried.find((each) => each.parameter === parameter) as (typeof carried)[number];
          extra[input] = tensor(
            ort,
            "float32",
            gradients.get(parameter) ?? new Float32Array(sizeOf(shape)),
            shape,
          );
        }
      }
      const given = { ...feeds, ...extra, [rateName]: scalar(rate), [countName]: scalar(count) };
      const made = await steppedOn(given, count);
      const moved = new Map(carried.map(({ input, output }) => [input, made[output] as Tensor]));
      [current, next] = [moved, current];
      return { loss: numberOf(made[loss]), norm: numberOf(made[step.norm]) };
    },
    look: (feeds) =>
      run(looking, feeds, Object.fromEntries([loss, ...outputs].map((name) => [name, null])), 0),
    held: () => new Map([...current].map(([input, value]) => [input, floatsOf(value)])),
    put(tensors) {
      for (const [input, data] of tensors) if (current.has(input)) floatsOf(current.get(input)).set(data);
    },
    back() {
      [current, next] = [next, current];
    },
    async release() {
      await stepping.release();
      await looking.release();
    },
  };
}
