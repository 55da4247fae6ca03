import { type CurvePoint, fromBytes, type Snapshot, toBytes } from "./checkpoint.js";
import { TrainingError } from "./errors.js";
import type { Ending, Trained, TrainOptions } from "./options.js";
import type { Tensors } from "./runtime.js";
import { cosine } from "./schedule.js";
import type { Stepper } from "./stepper.js";

/** What the loop turns. */
export interface Turned {
  /** What the run was asked to do. */
  readonly run: string;
  readonly perEpoch: number;
  readonly stepper: Stepper;
  readonly parameters: readonly string[];
  look(): Promise<Pick<CurvePoint, "loss" | "accuracy">>;
  feeds(step: number, perEpoch: number): Promise<Tensors>;
  firstBad(feeds: Tensors): Promise<string>;
}

type Looped = Pick<Trained, "curve" | "best" | "steps" | "milliseconds" | "ended"> & {
  readonly weights: ReadonlyMap<string, Float32Array>;
};

const bestPrefix = "best/";

/** Step after step, from where the checkpoint was, until something ends it. */
export async function loop(options: TrainOptions, turned: Turned): Promise<Looped> {
  const { stepper, perEpoch, run } = turned;
  const { now = () => performance.now(), milliseconds, patience, signal, checkpoint } = options;
  const last = Math.min(options.steps ?? Infinity, (options.epochs ?? Infinity) * perEpoch);
  const every = options.every ?? perEpoch;
  const started = now();
  const saved = await checkpoint?.read();
  const state = saved && resumed(fromBytes(saved), run);
  const before = state?.milliseconds ?? 0;
  const elapsed = (): number => before + now() - started;
  const weightsNow = (): Map<string, Float32Array> => {
    const held = stepper.held();
    return new Map(turned.parameters.map((name) => [name, (held.get(name) as Float32Array).slice()]));
  };
  const pointAt = async (step: number, trainLoss: number | undefined): Promise<CurvePoint> => ({
    step,
    milliseconds: elapsed(),
    trainLoss,
    ...(await turned.look()),
  });
  const doneAt = (step: number): number =>
    Math.min(
      1,
      Math.max(
        last === Infinity ? 0 : step / last,
        milliseconds === undefined ? 0 : elapsed() / milliseconds,
      ),
    );

  if (state) stepper.put(state.tensors);
  let at = state?.step ?? 0;
  let since = state?.since ?? ([0, 0] as const);
  let curve: readonly CurvePoint[] = state?.curve ?? [await pointAt(0, undefined)];
  let best: CurvePoint = state
    ? ({ ...state.best, milliseconds: 0, trainLoss: undefined } as CurvePoint)
    : (curve[0] as CurvePoint);
  let weights = state ? bestOf(state) : weightsNow();
  let looks = curve.filter(({ step }) => step > best.step).length;
  let ended: Ending = { why: "done" };

  const judge = async (): Promise<CurvePoint> => {
    const point = await pointAt(at, since[1] === 0 ? undefined : since[0] / since[1]);
    curve = [...curve, point];
    since = [0, 0];
    looks++;
    if (isBetter(point, best)) {
      best = point;
      weights = weightsNow();
      looks = 0;
    }
    return point;
  };
  const save = async (): Promise<void> => {
    const tensors = new Map(stepper.held());
    for (const [name, values] of weights) tensors.set(`${bestPrefix}${name}`, values);
    const { step, loss, accuracy } = best;
    await checkpoint?.write(
      toBytes({
        run,
        step: at,
        milliseconds: elapsed(),
        curve,
        best: { step, loss, accuracy },
        since,
        tensors,
      }),
    );
  };
  const report = (loss: number, rate: number, point?: CurvePoint): void => {
    const of = last === Infinity ? undefined : last;
    options.onProgress?.({
      step: at,
      of,
      done: doneAt(at),
      loss,
      rate,
      milliseconds: elapsed(),
      ...(point && { point }),
    });
  };

  if (!state) report(curve[0]?.loss as number, 0, curve[0]);
  while (at < last) {
    if (signal?.aborted) ended = { why: "aborted" };
    else if (milliseconds !== undefined && elapsed() >= milliseconds) ended = { why: "time" };
    else if (patience !== undefined && looks >= patience) ended = { why: "patience" };
    if (ended.why !== "done") break;
    const rate = (options.rate ?? 0.01) * (options.schedule ?? cosine())(doneAt(at));
    const feeds = await turned.feeds(at, perEpoch);
    const { loss, norm } = await stepper.step(feeds, rate, at + 1);
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
      stepper.back();
      ended = { why: "not-finite", tensor: await turned.firstBad(feeds), step: at + 1 };
      break;
    }
    at++;
    since = [since[0] + loss, since[1] + 1];
    const isLook = at % every === 0 || at === last;
    const point = isLook ? await judge() : undefined;
    if (isLook) await save();
    report(loss, rate, point);
  }
  if (since[1] > 0 && ended.why !== "not-finite") {
    if (ended.why === "aborted") await save();
    await judge();
  }
  const { step, loss, accuracy } = best;
  return { weights, curve, best: { step, loss, accuracy }, steps: at, milliseconds: elapsed(), ended };
}

/** By accuracy where there is one, and by loss where that is the same. */
function isBetter(point: CurvePoint, best: CurvePoint): boolean {
  if (!Number.isFinite(point.loss)) return false;
  if (point.accuracy !== undefined && best.accuracy !== undefined && point.accuracy !== best.accuracy)
    return point.accuracy > best.accuracy;
  return point.loss < best.loss || !Number.isFinite(best.loss);
}

function resumed(snapshot: Snapshot, run: string): Snapshot {
  if (snapshot.run !== run)
    throw new TrainingError("other-checkpoint", {
      what: "model, loss, optimiser, seed, number of samples, rate or length",
    });
  return snapshot;
}

const bestOf = ({ tensors }: Snapshot): Map<string, Float32Array> =>
  new Map(
    [...tensors].flatMap(([name, values]) =>
      name.startsWith(bestPrefix) ? [[name.slice(bestPrefix.length), values.slice()] as const] : [],
    ),
  );
