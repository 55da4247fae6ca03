import { checkWord } from "@prune/graph/advanced";
import { type Clock, clocks, timed } from "./clock.js";
import { RuntimeError } from "./error.js";
import { runTensors, tensorsOf } from "./run.js";
import type { Session } from "./session.js";
import type { ValuesByName } from "./values.js";

/** How long and how often sessions are timed, and by which clock. */
export interface MeasureOptions {
  /** Runs of each session; without it, as many as fill `seconds`, between 10 and 2000. */
  readonly runs?: number;
  /** Runs before the clock counts. @default 3 */
  readonly warmup?: number;
  /** Time to spend on each session. @default 1 */
  readonly seconds?: number;
  /** @default "wall" */
  readonly clock?: Clock;
}

/** Milliseconds per run. */
export interface Latency {
  readonly runs: number;
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
}

const fewest = 10;
const most = 2000;
/** Pairs of runs of models that are slow: of these a run differs little from another. */
const fewestSlow = 3;
/** Milliseconds that the fewest pairs may take: a model is slow where they would take longer. */
const patience = 10_000;
/** More say little more of a ratio. */
const mostPairs = 500;

/**
 * Times sessions on the same feeds, one run of each in turn (A B, B A, A B...), so that whatever else the machine
 * does affects all of them equally.
 */
export async function measure(
  sessions: readonly Session[],
  feeds: ValuesByName,
  options: MeasureOptions = {},
): Promise<Latency[]> {
  return (await timesOf(sessions, feeds, options)).map(latencyOf);
}

/** Run times of sessions, one run of each in turn. */
export async function timesOf(
  sessions: readonly Session[],
  feeds: ValuesByName,
  { runs, warmup = 3, seconds = 1, clock = "wall" }: MeasureOptions,
): Promise<number[][]> {
  if (sessions.length === 0) throw new RuntimeError("no-sessions", {});
  const each = await Promise.all(sessions.map((session) => runOf(session, feeds)));
  return timesInTurn(each, { ...(runs !== undefined && { runs }), warmup, seconds, clock });
}

/** A run of a session, whose feeds are handed over once. */
async function runOf(session: Session, feeds: ValuesByName): Promise<() => Promise<unknown>> {
  const tensors = await tensorsOf(session, feeds);
  return () => runTensors(session, tensors);
}

/** Times anything that runs, such as models in another runtime, one run of each in turn. */
export const measureInTurn = async (
  runs: readonly (() => Promise<unknown>)[],
  options: MeasureOptions = {},
): Promise<Latency[]> => (await timesInTurn(runs, options)).map(latencyOf);

async function timesInTurn(
  each: readonly (() => Promise<unknown>)[],
  { runs, warmup = 3, seconds = 1, clock = "wall" }: MeasureOptions,
): Promise<number[][]> {
  checkWord("measure", "clock", clock, clocks);
  const watches = each.map((run): Watch => ({ run, times: [] }));
  const time = ({ run }: Watch): Promise<number> => timed(run, clock);
  for (let index = 0; index < warmup; index++) for (const watch of watches) await time(watch);

  const enough = (done: number): boolean => {
    if (runs !== undefined) return done >= runs;
    if (done < fewest || done >= most) return done >= most;
    return watches.every(({ times }) => times.reduce((sum, ms) => sum + ms, 0) >= seconds * 1000);
  };
  for (let done = 0; !enough(done); done++) {
    const turn = done % 2 === 0 ? watches : [...watches].reverse();
    for (const watch of turn) watch.times.push(await time(watch));
  }
  return watches.map(({ times }) => times);
}

/** Two sessions timed one run of each in turn. */
export interface Pace {
  readonly before: Latency;
  readonly after: Latency;
  /** Time of the second / time of the first: the median over pairs of runs. */
  readonly ratio: number;
  /** Half the width of the ratio's 95 % interval, as a share of it: a smaller difference says nothing. */
  readonly noise: number;
}

/** When `measurePair` may stop, and which clock it reads. */
export interface PairOptions {
  /** Noise that is low enough to stop. @default 0.003 */
  readonly noise?: number;
  /** Time to spend at most. @default 4 */
  readonly seconds?: number;
  /** @default "wall" */
  readonly clock?: Clock;
}

/**
 * Times two sessions against each other on the same feeds until their ratio is sure or time is up. What slows both of a
 * pair leaves their ratio alone. Ten pairs at least, of models that run for seconds three, and one more to warm up.
 */
export async function measurePair(
  [first, second]: readonly [Session, Session],
  feeds: ValuesByName,
  options: PairOptions = {},
): Promise<Pace> {
  return measurePairInTurn([await runOf(first, feeds), await runOf(second, feeds)], options);
}

/** The same of anything that runs, such as models in another runtime. */
export async function measurePairInTurn(
  pair: readonly [() => Promise<unknown>, () => Promise<unknown>],
  { noise = 0.003, seconds = 4, clock = "wall" }: PairOptions = {},
): Promise<Pace> {
  const started = performance.now();
  const before: number[] = [];
  const after: number[] = [];
  await timesInTurn(pair, { clock, runs: 1, warmup: 0 });
  const inTime = Math.floor(patience / (performance.now() - started));
  const runs = Math.max(fewestSlow, Math.min(fewest, inTime));
  for (;;) {
    const warmup = before.length === 0 && runs === fewest ? 2 : 0;
    const [first = [], second = []] = await timesInTurn(pair, { clock, runs, warmup });
    before.push(...first);
    after.push(...second);
    const pace = paceOf(before, after);
    const isSure = before.length >= 3 * fewest && pace.noise <= noise;
    if (isSure || before.length >= mostPairs || performance.now() - started >= seconds * 1000) return pace;
  }
}

/** The pace of paired run times: the median of their ratios, and by the order statistics around it how sure it is. */
export function paceOf(before: readonly number[], after: readonly number[]): Pace {
  const ratios = after.map((time, i) => time / (before[i] as number));
  const ratio = quantile(ratios, 0.5);
  const reach = Math.min(0.5, 0.98 / Math.sqrt(ratios.length));
  const noise = (quantile(ratios, 0.5 + reach) - quantile(ratios, 0.5 - reach)) / 2 / ratio;
  return { before: latencyOf(before), after: latencyOf(after), ratio, noise };
}

interface Watch {
  run(): Promise<unknown>;
  readonly times: number[];
}

/** Median and spread of run times. */
function latencyOf(times: readonly number[]): Latency {
  return {
    runs: times.length,
    median: quantile(times, 0.5),
    p10: quantile(times, 0.1),
    p90: quantile(times, 0.9),
  };
}

/** The value that a share of all lie below, interpolated. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}
