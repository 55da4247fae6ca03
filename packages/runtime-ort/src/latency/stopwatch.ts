import type { Cut, SizesByName, Trace } from "@prune/graph";
import { type Model, noEdit, type OnnxBackend } from "@prune/onnx";
import type { Clock } from "../clock.js";
import { withEdited } from "../edited.js";
import { RuntimeError } from "../error.js";
import { findFeeds } from "../find-feeds.js";
import type { Source } from "../law/models.js";
import { measurePair, type Pace, quantile, timesOf } from "../measure.js";
import { type OrtRuntime, runtimeOf } from "../runtime.js";
import { createSession, type Session } from "../session.js";
import type { ValuesByName } from "../values.js";
import { attribute } from "./attribute.js";
import type { Kernel, Profiled } from "./profile.js";
import type { LatencyKey } from "./table.js";

/** How long a cut model takes, in milliseconds at the pace of the original's first timing. */
export interface Sample {
  /** By index of the original's node. */
  readonly nodes: ReadonlyMap<number, number>;
  /** Of a whole run, without a profiler beside it. */
  readonly whole: number;
}

/** Times cuts of one model. Tests pass one that computes. */
export interface CutStopwatch {
  /** What everything is timed on. */
  readonly key: LatencyKey;
  /** Times every operator of a cut; spends about `seconds` on running it. */
  sample(cut: Cut, trace: Trace, seconds: number): Promise<Sample>;
  /** Times a cut against the original, one run of each in turn, until the ratio is sure or time is up. */
  against(cut: Cut, trace: Trace, options?: AgainstOptions): Promise<Pace>;
  /** The same in milliseconds at the pace of the original's first timing, and half its 95 % interval as a share. */
  measure(cut: Cut, trace: Trace): Promise<{ readonly value: number; readonly noise: number }>;
  close(): Promise<void>;
}

/** When comparing two models' times may stop. */
export interface AgainstOptions {
  /** Noise that is low enough to stop. @default 0.003 */
  readonly noise?: number;
  /** Time to spend at most. @default 4 */
  readonly seconds?: number;
}

/** How the models are run that a stopwatch times. */
export interface StopwatchOptions {
  /** Threads inside one operator. @default 1 */
  readonly threads?: number | undefined;
  /** Sizes of open dims, by name. */
  readonly sizes?: SizesByName | undefined;
  /** What cuts are timed against, where the model lost whole blocks already. @default the model */
  readonly original?: Model | undefined;
  /** @default onnxruntime-node */
  readonly runtime?: OrtRuntime | undefined;
}

const warmup = 2;
const fewest = 5;
const most = 60;

/** Times cuts of a model in onnxruntime, on random inputs that it runs on. */
export async function stopwatch(
  model: Model,
  backend: Pick<OnnxBackend, "edit" | "hash">,
  { threads = 1, sizes: dims = {}, original: whole = model, runtime: given }: StopwatchOptions = {},
): Promise<CutStopwatch> {
  const runtime = await runtimeOf({ runtime: given });
  const open = (source: Source): Promise<Session> => createSession(source, { threads, runtime });
  const original = await withEdited(whole, noEdit, open, { runtime });
  const feeds = await findFeeds(original, { dims });
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, [...dims]]));
  const clock: Clock = threads === 1 ? "cpu" : "wall";
  let usual: number | undefined;
  const withCut = <T>(cut: Cut, trace: Trace, use: (source: Source) => Promise<T>): Promise<T> =>
    withEdited(model, backend.edit(model, trace, cut), use, { runtime });
  const against: CutStopwatch["against"] = async (cut, trace, { noise = 0.003, seconds = 4 } = {}) => {
    const session = await withCut(cut, trace, open);
    try {
      return await measurePair([original, session], feeds, { clock, noise, seconds });
    } finally {
      await session.release();
    }
  };
  return {
    key: { model: await backend.hash(model), ...(await placeOfTimes({ runtime })), threads, inputs },
    async sample(cut, trace, seconds) {
      const { plain, profile } = await withCut(cut, trace, async (source) => {
        const session = await open(source);
        const timed = await profiled(runtime, source, threads).catch(async (error: unknown) => {
          await session.release();
          throw error;
        });
        return { plain: session, profile: timed };
      });
      const sessions = [original, plain, profile.session];
      const { before, whole, ran, all } = await profiledRuns(
        sessions,
        feeds,
        seconds,
        clock,
        profile,
      ).finally(() => Promise.all([plain.release(), profile.close()]));
      usual ??= quantile(before, 0.5);
      const unit = usual;
      const paces = (times: readonly number[]): number[] =>
        times.map((time, i) => (time / (before[i] as number)) * unit);
      const times = all.map(({ ms }) => lowerMean(paces(ms.slice(-before.length))));
      const sum = times.reduce((a, b) => a + b, 0);
      // The profiler's clock goes on while another program has the core.
      const scale = Math.min(1, quantile(paces(ran), 0.5) / sum);
      const nodes = new Map<number, number>();
      attribute(all, trace.source.nodes).forEach((node, k) => {
        nodes.set(node, (nodes.get(node) ?? 0) + (times[k] as number) * scale);
      });
      return { nodes, whole: quantile(paces(whole), 0.5) };
    },
    against,
    async measure(cut, trace) {
      usual ??= quantile((await timesOf([original], feeds, { clock, seconds: 1 }))[0] ?? [], 0.5);
      if (cut.isEmpty && whole === model) return { value: usual, noise: 0 };
      const { ratio, noise } = await against(cut, trace);
      return { value: usual * ratio, noise };
    },
    close: () => original.release(),
  };
}

/** A machine without files has no profiler to read. */
async function profiled(runtime: OrtRuntime, source: Source, threads: number): Promise<Profiled> {
  if (!runtime.host.profiled)
    throw new RuntimeError("no-profile", { reason: "this runtime can't write files here" });
  return runtime.host.profiled(runtime, source, threads);
}

/** Run times of the original, of a cut model without and with a profiler, and what the profiler saw. */
async function profiledRuns(
  sessions: readonly Session[],
  feeds: ValuesByName,
  seconds: number,
  clock: Clock,
  { kernels }: Profiled,
): Promise<Record<"before" | "whole" | "ran", number[]> & { readonly all: readonly Kernel[] }> {
  const runs = await runsIn(seconds, sessions, feeds, clock);
  const [before = [], whole = [], ran = []] = await timesOf(sessions, feeds, { clock, runs, warmup });
  return { before, whole, ran, all: await kernels() };
}

/** The mean of the faster half: finer than the profiler's microseconds, and what disturbs a run only slows it down. */
function lowerMean(times: readonly number[]): number {
  const half = [...times].sort((a, b) => a - b).slice(0, Math.ceil(times.length / 2));
  return half.reduce((sum, time) => sum + time, 0) / half.length;
}

/** How many runs of each session fit into some seconds. */
async function runsIn(
  seconds: number,
  sessions: readonly Session[],
  feeds: ValuesByName,
  clock: Clock,
): Promise<number> {
  const started = performance.now();
  await timesOf(sessions, feeds, { clock, runs: 1, warmup: 1 });
  const round = (performance.now() - started) / 2;
  return Math.round(Math.min(most, Math.max(fewest, (seconds * 1000) / round)));
}

/** Where times are measured: the processors, and the runtime with its version. */
async function placeOfTimes(options: {
  readonly runtime?: OrtRuntime | undefined;
}): Promise<Pick<LatencyKey, "machine" | "runtime">> {
  const runtime = await runtimeOf(options);
  const { versions } = (await runtime.load()).env;
  return {
    machine: runtime.host.machine?.() ?? "unknown",
    runtime: `onnxruntime ${versions.node ?? versions.web ?? versions.common}`,
  };
}
