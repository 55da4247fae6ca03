import type { Importance } from "@prune/graph";
import type { Opened } from "../format.js";
import { type AskedPrune, asking } from "../options/asked.js";
import type { Job } from "../progress.js";
import type { StoredSamples } from "../samples/draw-samples.js";
import type { Store } from "../store/store.js";
import type { CurvesFile } from "./curves-file.js";
import { type Metric, measureCurves, metricOf } from "./measure.js";

export interface CurvesAsked {
  readonly importance: Importance;
  readonly samples: StoredSamples;
  readonly seed: number;
  readonly metric?: Metric | undefined;
  readonly ratios?: readonly number[] | undefined;
  readonly ignore?: readonly string[] | undefined;
}

/** Samples that are drawn if options don't say: each runs once for every point. */
export const samplesForCurves = 256;

/** How the answers suffer when units of one layer leave, layer by layer. */
export async function curvesOf<Model>(
  given: Opened<Model>,
  { importance, samples: files, seed, metric, ratios, ignore }: CurvesAsked,
  store: Store,
  job: Job,
): Promise<CurvesFile> {
  const asked: AskedPrune = asking({ importance, seed, samples: { most: samplesForCurves, ...files } });
  const { samples, probe } = await given.prepare(asked, store, job);
  if (!samples) throw new Error("samples were asked for");
  const opened = given.countedOn(samples);
  const { path, model, backend, trace } = opened;
  const curves = await measureCurves({ opened, importance, probe, samples }, { metric, ratios, ignore }, job);
  return {
    format: "prune-sensitivity/1",
    model: path,
    sha256: await backend.hash(model),
    criterion: importance.name,
    metric: metricOf(metric, samples),
    samples: samples.count,
    seed,
    cost: backend.cost(model, trace),
    curves,
  };
}
