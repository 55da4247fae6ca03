import type { Cut, Importance, Probe } from "@prune/graph";
import { type SensitivityCurve, sensitivity } from "@prune/pruner";
import { scoreFamilies } from "@prune/pruner/advanced";
import { badOption } from "../errors.js";
import type { Opened } from "../format.js";
import type { Job } from "../progress.js";
import type { Drawn } from "../samples/draw-samples.js";

/** How far answers are from the original's: what `judgeOn` finds, and the accuracy that is lost. */
export const metrics = ["kl", "error", "accuracy"] as const;
/** What sensitivity is measured by. */
export type Metric = (typeof metrics)[number];

export interface CurvesOptions {
  /** @default "kl" where there are labels, else "error" */
  readonly metric?: Metric | undefined;
  readonly ratios?: readonly number[] | undefined;
  readonly ignore?: readonly string[] | undefined;
}

export interface Subject<Model> {
  readonly opened: Opened<Model>;
  readonly importance: Importance;
  /** What the criterion sees, where that is more than weights. */
  readonly probe?: ((cut: Cut) => Promise<Probe>) | undefined;
  readonly samples: Drawn;
}

export const metricOf = (metric: Metric | undefined, { labels }: Drawn): Metric =>
  metric ?? (labels ? "kl" : "error");

/** Curves of a model on samples: it runs with the units masked, a few shares of each axis alone. */
export async function measureCurves<Model>(
  { opened, importance, probe, samples }: Subject<Model>,
  { metric: asked, ratios, ignore }: CurvesOptions,
  job: Job,
): Promise<SensitivityCurve[]> {
  const { model, backend, trace } = opened;
  const metric = metricOf(asked, samples);
  if (metric === "accuracy" && !samples.labels) throw badOption("metric: accuracy", "it needs {labels}");
  const { judge: open, masked } = opened;
  if (!open || !masked) throw badOption("allocation", "it needs an ONNX model");
  const seen = await (probe?.(trace.cut({ units: [], atoms: [] })) ?? backend.probe(model, trace));
  const scores = await scoreFamilies(importance, seen);
  await job.begin("original");
  const labels = metric === "accuracy" ? samples.labels : undefined;
  const beside = await open.call(opened, { batches: samples.batches, labels }, job);
  return sensitivity(trace, scores, {
    cost: (cut) => backend.cost(model, trace, cut),
    async measure(cut) {
      const judged = await beside.of(masked.call(opened, cut));
      return metric === "accuracy" ? -(judged.change?.value ?? 0) : judged[metric];
    },
    concurrency: Math.min(4, processors()),
    ...(ratios && { ratios }),
    ...(ignore && { ignore }),
    onProgress: (done, total) => job.report({ step: "sensitivity", done, total }),
  });
}

/** Browsers describe the processors as Node does from version 21 on. */
const processors = (): number =>
  (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator?.hardwareConcurrency ?? 2;
