import { RuntimeError } from "./error.js";
import { type Outputs, runTensors, tensorsOf } from "./run.js";
import type { Session } from "./session.js";
import type { ValuesByName } from "./values.js";

export interface MeasureOptions {
  /** Runs of each session; without it, as many as fill `seconds`, between 10 and 2000. */
  readonly runs?: number;
  /** Runs before the clock counts. @default 3 */
  readonly warmup?: number;
  /** Time to spend on each session. @default 1 */
  readonly seconds?: number;
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

/**
 * Times sessions on the same feeds, one run of each in turn (A B, B A, A B...), so that whatever else the machine
 * does meets them all alike.
 */
export async function measure(
  sessions: readonly Session[],
  feeds: ValuesByName,
  { runs, warmup = 3, seconds = 1 }: MeasureOptions = {},
): Promise<Latency[]> {
  if (sessions.length === 0) throw new RuntimeError("no-sessions", {});
  const clocks: Clock[] = [];
  for (const session of sessions)
    clocks.push({ session, tensors: await tensorsOf(session, feeds), times: [] });
  for (let index = 0; index < warmup; index++) for (const clock of clocks) await time(clock);

  const enough = (done: number): boolean => {
    if (runs !== undefined) return done >= runs;
    if (done < fewest || done >= most) return done >= most;
    return clocks.every(({ times }) => times.reduce((sum, ms) => sum + ms, 0) >= seconds * 1000);
  };
  for (let done = 0; !enough(done); done++) {
    const turn = done % 2 === 0 ? clocks : [...clocks].reverse();
    for (const clock of turn) clock.times.push(await time(clock));
  }
  return clocks.map(({ times }) => latencyOf(times));
}

interface Clock {
  readonly session: Session;
  readonly tensors: Outputs;
  readonly times: number[];
}

async function time({ session, tensors }: Clock): Promise<number> {
  const start = performance.now();
  await runTensors(session, tensors);
  return performance.now() - start;
}

/** Median and spread of run times. */
export function latencyOf(times: readonly number[]): Latency {
  const sorted = [...times].sort((left, right) => left - right);
  return {
    runs: sorted.length,
    median: quantile(sorted, 0.5),
    p10: quantile(sorted, 0.1),
    p90: quantile(sorted, 0.9),
  };
}

function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}
