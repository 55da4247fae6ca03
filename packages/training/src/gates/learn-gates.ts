import { gradients } from "@prune/autodiff";
import type { Backend, Trace } from "@prune/graph";
import type { Parameter } from "@prune/graph/advanced";
import { dutyOf } from "@prune/importance-magnitude/advanced";
import type { Model } from "@prune/onnx";
import type { InferenceSession } from "onnxruntime-common";
import { epochOrder, split, type TrainingData } from "../data.js";
import { TrainingError } from "../errors.js";
import { createFeeder } from "../feeder.js";
import { type GoalOptions, goalOf } from "../goal.js";
import { floatsOf, numberOf, runHeld, type Tensors, type TrainingOrt, tensor } from "../runtime.js";
import { cosine } from "../schedule.js";
import { inFull } from "../stored.js";
import { openTeacher } from "../teacher.js";
import { gatesOf } from "./gates.js";
import { type Student, settle } from "./student.js";
import type { GateTrial, UnitScores } from "./trial.js";
import { costsOf } from "./unit-costs.js";

/** What gates are learned from, for how long, and how fast. */
export interface GateOptions extends GoalOptions {
  readonly backend: Pick<Backend<Model>, "trace" | "cut">;
  readonly ort: TrainingOrt;
  /** Samples; labels are not read unless a loss of one's own does. */
  readonly data: TrainingData;
  /** When to stop: the first of these that is reached. @default 300 steps */
  readonly steps?: number | undefined;
  /** Wall time; what a time ends is not the same twice. */
  readonly milliseconds?: number | undefined;
  /** @default 64, or what the model has fixed */
  readonly batch?: number;
  /** How far the worth of a unit moves in a step, in medians of all at the start, for a slope of the usual size. @default 0.2 */
  readonly rate?: number;
  /** Steps from one plan to the next. @default 2 */
  readonly every?: number;
  /** Share of the samples that is never learned from, and says which plan was best. @default 0.125 */
  readonly heldOut?: number;
  /** @default 1 */
  readonly seed?: number;
  readonly session?: InferenceSession.SessionOptions;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: GateProgress) => void;
  /** @default performance.now */
  readonly now?: () => number;
}

/** How far the learning of gates is, after a step. */
export interface GateProgress {
  readonly step: number;
  /** Share of the learning that is done, 0 to 1. */
  readonly done: number;
  /** Of the batch, with the gates as they were planned. */
  readonly loss: number;
  /** Of what is held out, where this step was followed by a look at it. */
  readonly heldOut?: number;
}

const momentum = 0.9;
/** Share of the learning in which the budget falls to what is asked for; a network that lost all at once has no slopes to learn from. */
const falling = 0.6;
/** Looks at what is held out. */
const looks = 20;

/**
 * Learns which units a network misses least, all weights frozen: every unit has a gate, the budget says how many are
 * open, and the slope of the loss by each gate moves what its unit is worth. Gates are open or shut and slopes pass
 * through that step as if it were not there (Bengio et al. 2013; for masks of frozen networks Ramanujan et al. 2020),
 * so that the network learned on is always one within the budget. The original teaches, and no labels are needed.
 * @returns what `plan` of @prune/pruner takes as `learn`: better scores than those it is given
 */
export function gateLearner(
  model: Model,
  trace: Trace,
  options: GateOptions,
): (scores: UnitScores, trial: GateTrial) => Promise<UnitScores> {
  checkGateOptions(options);
  return async (given, trial) => {
    const { scores, student } = settle(
      model,
      trace,
      given,
      (await trial.suggest(given)).plan,
      options.backend,
    );
    const learning = await openLearning(student, { ...options, teacher: options.teacher ?? model });
    try {
      return await learn(trace, scores, trial, learning, options);
    } finally {
      await learning.release();
    }
  };
}

/** What is meant by options that are left out. */
const usual = { rate: 0.2, every: 2, heldOut: 0.125 } as const;

function checkGateOptions(options: GateOptions): void {
  const { data, batch, rate = usual.rate, every = usual.every, heldOut = usual.heldOut, steps } = options;
  const held = Math.ceil(data.count * heldOut);
  const refuse = (option: string, value: number, want: string): never => {
    throw new TrainingError("bad-option", { option, value: String(value), want });
  };
  if (!(rate > 0)) refuse("rate", rate, "a number above 0");
  if (!(every >= 1)) refuse("every", every, "a whole number from 1");
  if (!(heldOut > 0 && heldOut < 1)) refuse("heldOut", heldOut, "a share above 0 and below 1");
  if (steps !== undefined && !(steps >= 1)) refuse("steps", steps, "a whole number from 1");
  const least = data.fixedBatch ?? Math.min(batch ?? 1, data.count);
  if (data.count - held < least || held < (data.fixedBatch ?? 1))
    throw new TrainingError("too-few", { samples: data.count, batch: least, heldOut: held });
}

interface Learning {
  /** Units with a gate. */
  readonly units: readonly number[];
  /** Shuts the gates of these units, and opens all others. */
  shut(units: ReadonlySet<number>): void;
  /** The loss of a batch and its slopes by the gates of all units. */
  step(places: Int32Array, slopes: Float64Array, count: number): Promise<number>;
  /** The loss of samples, in batches. */
  look(places: Int32Array): Promise<number>;
  readonly batch: number;
  release(): Promise<void>;
}

async function openLearning(
  { model, trace, unitsOf }: Student,
  options: GateOptions & { readonly teacher: Model },
): Promise<Learning> {
  const { ort, data, seed = 1, session = {} } = options;
  const goal = goalOf(model, false, { temperature: 1, ...options });
  const made = gradients(model, { loss: goal.loss, weights: "inputs" });
  const isWeight = (parameter: Parameter): boolean =>
    made.gradients.has(parameter.tensor) && !parameter.derived && dutyOf(trace, parameter) === undefined;
  const gates = gatesOf(trace, unitsOf, isWeight);
  const running = await ort.InferenceSession.create(made.bytes, session);
  const teacher =
    goal.taught.size > 0
      ? await openTeacher(ort, options.teacher, goal.taught, data.count, session)
      : undefined;
  const feeder = createFeeder({ ort, data, teacher, augment: [], seed });
  const values = new Map([...made.weights].map(([name, weight]) => [name, inFull(weight)]));
  const shapeOf = (name: string): readonly number[] => made.weights.get(name)?.shape ?? [];
  const weights: Tensors = {};
  for (const [name, data] of values) weights[name] = tensor(ort, "float32", data, shapeOf(name));
  const outputOf = (name: string): string => made.gradients.get(name) as string;
  const run = async (places: Int32Array, outputs: readonly string[], count: number): Promise<Tensors> => {
    const feeds = await feeder.plain(places, running.inputNames);
    const fetches = Object.fromEntries(outputs.map((name) => [name, null]));
    return runHeld(running, feeds, (name) => weights[name], fetches, count);
  };
  const batch = data.fixedBatch ?? Math.min(options.batch ?? 64, data.count);
  return {
    units: gates.units,
    batch,
    shut(units) {
      for (const name of gates.tensors)
        weights[name] = tensor(
          ort,
          "float32",
          gates.masked(name, values.get(name) as Float32Array, (unit) => !units.has(unit)),
          shapeOf(name),
        );
    },
    async step(places, slopes, count) {
      const found = await run(places, [made.loss, ...gates.tensors.map(outputOf)], count);
      slopes.fill(0);
      for (const name of gates.tensors)
        gates.addSlopes(name, values.get(name) as Float32Array, floatsOf(found[outputOf(name)]), slopes);
      return numberOf(found[made.loss]);
    },
    async look(places) {
      let sum = 0;
      let seen = 0;
      for (let at = 0; at < places.length; at += batch) {
        const own = places.subarray(at, at + batch);
        if (data.fixedBatch !== undefined && own.length < batch) break;
        sum += own.length * numberOf((await run(own, [made.loss], 0))[made.loss]);
        seen += own.length;
      }
      return sum / seen;
    },
    async release() {
      await running.release();
      await teacher?.release();
    },
  };
}

async function learn(
  trace: Trace,
  start: UnitScores,
  { suggest, price }: GateTrial,
  learning: Learning,
  options: GateOptions,
): Promise<UnitScores> {
  const { data, rate = usual.rate, every = usual.every, heldOut = usual.heldOut, seed = 1 } = options;
  const { signal, onProgress } = options;
  const { now = () => performance.now(), milliseconds } = options;
  const last = options.steps ?? (milliseconds === undefined ? 300 : Infinity);
  const began = now();
  const worth = worthOf(trace, start, learning.units);
  const costs = costsOf(trace, [...start.keys()], price);
  const { train, heldOut: held } = split(data.count, Math.ceil(data.count * heldOut), seed);
  const falls = cosine();
  const slopes = new Float64Array(trace.units.count);
  const speed = new Float64Array(trace.units.count);
  const priorities = (): UnitScores => {
    const found = new Map<number, Float32Array>();
    for (const [id, scores] of start) {
      const { units } = trace.families[id] as Trace["families"][number];
      const cost = costs.of(id);
      found.set(
        id,
        scores.map((score, i) =>
          Number.isFinite(score) ? (worth.get(units[i] as number) ?? 0) / cost : score,
        ),
      );
    }
    return found;
  };
  /** What is asked for of the budget by then: fast at first, like the schedule of Zhu and Gupta 2018. */
  const partAt = (done: number): number => 1 - (1 - Math.min(1, done / falling)) ** 3;
  const replan = async (done: number): Promise<UnitScores> => {
    const scores = priorities();
    const { plan, cut } = await suggest(scores, partAt(done));
    learning.shut(new Set(plan.units));
    costs.follow(plan, cut);
    return scores;
  };

  let planned = await replan(1);
  let best = { scores: planned, loss: await learning.look(held) };
  planned = await replan(0);
  let order = epochOrder(train, seed, 0);
  let [at, epoch, largest, looked] = [0, 0, 0, 0];
  for (let step = 1, done = 0; done < 1; step++) {
    signal?.throwIfAborted();
    if (at + learning.batch > order.length) [order, at] = [epochOrder(train, seed, ++epoch), 0];
    const loss = await learning.step(order.subarray(at, at + learning.batch), slopes, step);
    at += learning.batch;
    if (!Number.isFinite(loss)) throw new TrainingError("not-finite", { step });
    const passed = milliseconds === undefined ? 0 : (now() - began) / milliseconds;
    done = Math.min(1, Math.max(step / last, passed));
    let squares = 0;
    for (const unit of learning.units) {
      speed[unit] = momentum * (speed[unit] as number) + (1 - momentum) * (slopes[unit] as number);
      squares += (slopes[unit] as number) ** 2;
    }
    largest = Math.max(largest, Math.sqrt(squares / learning.units.length));
    const pace = (rate * falls(done)) / (largest || 1);
    for (const unit of learning.units)
      worth.set(unit, (worth.get(unit) as number) - pace * (speed[unit] as number));
    if (step % every === 0 || done === 1) planned = await replan(done);
    const isLook = Math.floor(done * looks) > looked;
    looked = Math.floor(done * looks);
    const seen = isLook ? await learning.look(held) : undefined;
    if (seen !== undefined && partAt(done) === 1 && seen < best.loss) best = { scores: planned, loss: seen };
    onProgress?.({ step, done, loss, ...(seen !== undefined && { heldOut: seen }) });
  }
  return best.scores;
}

/** What units are worth at the start, by unit: their scores, in medians of all. */
function worthOf(trace: Trace, start: UnitScores, units: readonly number[]): Map<number, number> {
  const all = [...start.values()].flatMap((scores) => Array.from(scores).filter(Number.isFinite));
  const middle = Float64Array.from(all).sort()[all.length >> 1] ?? 0;
  const has = new Set(units);
  const worth = new Map<number, number>();
  for (const [id, scores] of start)
    trace.families[id]?.units.forEach((unit, i) => {
      if (has.has(unit)) worth.set(unit, (scores[i] as number) / (Math.abs(middle) || 1));
    });
  return worth;
}
