import { keptBy } from "@prune/graph/advanced";
import type { Model } from "@prune/onnx";
import { mergeChannels, syntheticSamples } from "@prune/onnx-recovery";
import { compareOn, compensateMeans } from "@prune/onnx-recovery/advanced";
import { verdict } from "@prune/recovery";
import { judgementOf } from "@prune/recovery/advanced";
import type { DataFreeRecovered, Smaller } from "../format.js";
import type { DataFree } from "../reports/data-free-report.js";
import type { Drawn } from "../samples/draw-samples.js";
import { inFileOf, type Recovering, recoverChecked } from "./recover.js";

interface How {
  readonly method: DataFree;
  readonly seed: number;
  /** Samples that judge, where there are any. */
  readonly samples?: Drawn | undefined;
}

/** Made-up inputs to refit on. */
const count = 512;

/** Wins back what weights and BatchNormalizations allow, without data; dropped where samples say that it is worse. */
export async function recoverDataFree(
  pruned: Smaller<Model>,
  { method, seed, samples }: How,
  by: Recovering,
): Promise<DataFreeRecovered<Model>> {
  const { runtime, job, living } = by;
  const { original, smaller, cut } = pruned;
  if (method === "synthetic") {
    const made = await syntheticSamples(original, { seed, count, runtime });
    const { model, recovery } = await recoverChecked(pruned, made.samples, { methods: {}, seed }, by);
    return { model, recovery, dataFree: { method, divergence: made.divergence ?? null } };
  }
  const merged = method === "merge" ? mergeChannels(pruned) : undefined;
  const model = merged?.model ?? compensateMeans(original, smaller, keptBy(cut));
  const changed = merged ? merged.layers.some((layer) => layer.merged > 0) : model !== smaller;
  const done = { method, ...(merged && { layers: merged.layers }), changed };
  if (!samples || !changed) return { model: inFileOf(original, changed ? model : smaller), dataFree: done };
  await job.begin("judge");
  const compared = compareOn(original, samples.batches, { runtime, ...(living && { living }) });
  const [cutAlone, changedOne] = [await compared(smaller), await compared(model)];
  const isBetter = verdict(cutAlone, changedOne).result === "better";
  const [before, after] = [judgementOf(cutAlone), judgementOf(changedOne)];
  return {
    model: inFileOf(original, isBetter ? model : smaller),
    dataFree: {
      ...done,
      judged: { samples: samples.count, before, after, result: isBetter ? "applied" : "kept" },
    },
  };
}
