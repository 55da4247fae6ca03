import { availableParallelism } from "node:os";
import type { Cut, Importance, Trace } from "@prune/graph";
import { type Model, modelToBytes, type OnnxBackend, readModel } from "@prune/onnx";
import { type SensitivityCurve, scoreFamilies, sensitivity } from "@prune/pruner";
import { judgeOn } from "@prune/runtime-ort";
import type { activationProbes } from "../activations.js";
import { CliError } from "../errors.js";
import type { Drawn } from "../samples.js";

/** How far answers are from the original's: what `judgeOn` finds, and the accuracy that is lost. */
export const metrics = ["kl", "error", "accuracy"] as const;
export type Metric = (typeof metrics)[number];

export interface CurvesOptions {
  /** @default "kl" where there are labels, else "error" */
  readonly metric?: Metric | undefined;
  readonly ratios?: readonly number[] | undefined;
  readonly ignore?: readonly string[] | undefined;
  readonly onProgress: (doing: string) => void;
}

export interface Subject {
  readonly model: Model;
  readonly backend: OnnxBackend;
  readonly trace: Trace;
  readonly importance: Importance;
  /** What the criterion sees, where that is more than weights. */
  readonly probe?: ReturnType<typeof activationProbes> | undefined;
  readonly samples: Drawn;
}

export const metricOf = (metric: Metric | undefined, { labels }: Drawn): Metric =>
  metric ?? (labels ? "kl" : "error");

/** Curves of a model on samples: it runs with the units masked, a few shares of each axis alone. */
export async function measureCurves(
  { model, backend, trace, importance, probe, samples }: Subject,
  { metric: asked, ratios, ignore, onProgress }: CurvesOptions,
): Promise<SensitivityCurve[]> {
  const metric = metricOf(asked, samples);
  if (metric === "accuracy" && !samples.labels)
    throw new CliError("bad-option", { option: "--metric accuracy", why: "it needs --labels" });
  const seen = await (probe?.(trace.cut({ units: [], atoms: [] })) ?? backend.probe(model, trace));
  const scores = await scoreFamilies(importance, seen);
  onProgress("running the original");
  const judge = await judgeOn(model, samples.batches, metric === "accuracy" ? samples.labels : undefined);
  const masked = (cut: Cut): Model =>
    readModel(
      modelToBytes(model, backend.mask(model, trace, cut)),
      model.external && { external: model.external },
    );
  return sensitivity(trace, scores, {
    cost: (cut) => backend.cost(model, trace, cut),
    async measure(cut) {
      const judged = await judge(masked(cut));
      return metric === "accuracy" ? -(judged.change?.value ?? 0) : judged[metric];
    },
    concurrency: Math.min(4, availableParallelism()),
    ...(ratios && { ratios }),
    ...(ignore && { ignore }),
    onProgress: (done, total) => onProgress(`measuring sensitivity: ${done} of ${total} points`),
  });
}
