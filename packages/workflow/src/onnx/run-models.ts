import type { SizesByName } from "@prune/graph";
import { openName } from "@prune/graph/advanced";
import {
  createSession,
  findFeeds,
  inputsOf,
  type Latency,
  measure,
  type OrtRuntime,
  type Session,
} from "@prune/runtime-ort";
import { accuracyOn, perplexityOn, type Source } from "@prune/runtime-ort/advanced";
import { badOption } from "../errors.js";
import type { Evaluated } from "../evaluate.js";
import type { BenchHow, EvaluateHow } from "../format.js";
import type { Job } from "../progress.js";
import type { Bench } from "../reports/bench.js";
import { openData, type StoredSamples } from "../samples/draw-samples.js";
import type { Store } from "../store/store.js";
import { readFrom, sourceOf } from "./open-onnx.js";

/** What a runtime opens: the file itself where it can, else its bytes, with its weights files' in them. */
export const sourceAt = async (path: string, store: Store, runtime: OrtRuntime): Promise<Source> =>
  (runtime.host.openModel && store.locate?.(path)) ?? sourceOf(await readFrom(path, store));

/** Accuracy of an ONNX model, or its perplexity where the samples are text. */
export async function evaluated(
  source: Source,
  files: StoredSamples,
  { batch }: EvaluateHow,
  { store, runtime, job }: { readonly store: Store; readonly runtime: OrtRuntime; readonly job: Job },
): Promise<Evaluated> {
  const session = await createSession(source, { runtime });
  const onProgress = (done: number, total: number): void => job.report({ step: "evaluate", done, total });
  try {
    const samples = await openData(store, files, inputsOf(session));
    const found = samples.text
      ? await perplexityOn(session, samples, { onProgress })
      : await accuracyOn(session, samples, { batch, onProgress });
    return { ...found, samples };
  } finally {
    await session.release();
  }
}

/** Refuses sizes of what a model doesn't leave open. */
function checkNames(sizes: SizesByName, session: Session): void {
  const names = new Set(
    inputsOf(session).flatMap(({ name, shape }) =>
      (shape ?? []).map((_, place) => openName({ name, shape, isFloat: true }, place)),
    ),
  );
  for (const name of Object.keys(sizes))
    if (!names.has(name)) throw badOption(`size ${name}`, "the model leaves no size of that name open");
}

/** Times two ONNX models on the same random input, one run of each in turn. */
export async function benched(
  sources: readonly [Source, Source],
  { seconds, threads, sizes = {} }: BenchHow,
  runtime: OrtRuntime,
): Promise<Bench> {
  const open = (source: Source) => createSession(source, { threads, runtime });
  const sessions = [await open(sources[0]), await open(sources[1])] as const;
  checkNames(sizes, sessions[0]);
  const feeds = await findFeeds(sessions[0], { dims: sizes });
  const [before, after] = (await measure(sessions, feeds, { seconds })) as [Latency, Latency];
  await Promise.all(sessions.map((session) => session.release()));
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
  return { model: before, out: after, speedup: before.median / after.median, inputs };
}
