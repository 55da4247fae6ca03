import {
  accuracyOn,
  createSession,
  findFeeds,
  inputsOf,
  type Latency,
  measure,
  type OrtRuntime,
  type Source,
} from "@prune/runtime-ort";
import type { Evaluated } from "../evaluate.js";
import type { BenchHow, EvaluateHow } from "../format.js";
import type { Job } from "../progress.js";
import type { Bench } from "../reports/bench.js";
import { openData, type SampleFiles } from "../samples/draw-samples.js";
import type { Store } from "../store/store.js";

/** What a runtime opens: the file itself where it can, else its bytes. */
export const sourceAt = async (path: string, store: Store, runtime: OrtRuntime): Promise<Source> =>
  (runtime.host.openModel && store.locate?.(path)) ?? store.read(path);

/** Accuracy of an ONNX model. */
export async function evaluated(
  source: Source,
  files: SampleFiles,
  { batch }: EvaluateHow,
  { store, runtime, job }: { readonly store: Store; readonly runtime: OrtRuntime; readonly job: Job },
): Promise<Evaluated> {
  const session = await createSession(source, { runtime });
  const onProgress = (done: number, total: number): void => job.report({ step: "evaluate", done, total });
  try {
    const samples = await openData(store, files, inputsOf(session));
    return { ...(await accuracyOn(session, samples, { batch, onProgress })), samples };
  } finally {
    await session.release();
  }
}

/** Times two ONNX models on the same random input, one run of each in turn. */
export async function benched(
  sources: readonly [Source, Source],
  { seconds, threads }: BenchHow,
  runtime: OrtRuntime,
): Promise<Bench> {
  const open = (source: Source) => createSession(source, { threads, runtime });
  const sessions = [await open(sources[0]), await open(sources[1])] as const;
  const feeds = await findFeeds(sessions[0]);
  const [before, after] = (await measure(sessions, feeds, { seconds })) as [Latency, Latency];
  await Promise.all(sessions.map((session) => session.release()));
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
  return { model: before, out: after, speedup: before.median / after.median, inputs };
}
