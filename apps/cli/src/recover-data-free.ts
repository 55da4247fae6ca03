import { keptBy } from "@prune/graph";
import type { Model } from "@prune/onnx";
import { verdict } from "@prune/recovery";
import {
  compareOn,
  compensateMeans,
  type Judgement,
  judgementOf,
  type MergeReport,
  mergeChannels,
  syntheticSamples,
} from "@prune/runtime-ort";
import { type Cutting, inFileOf, prunedOf, type Recovery, recoverChecked } from "./recover-file.js";
import type { Drawn } from "./samples.js";
import { percent } from "./terminal/numbers.js";

/** Ways to win accuracy back that need no data. */
export type DataFree = "synthetic" | "merge" | "means";

export const dataFreeWays: readonly DataFree[] = ["synthetic", "merge", "means"];

/** What was done without data; `judged` where samples were given to judge it by. */
export interface DataFreeReport {
  readonly method: DataFree;
  /** Divergence of made-up inputs from the statistics of the model's BatchNormalizations; null where it has none. */
  readonly divergence?: { readonly plain: number; readonly shaped: number } | null;
  readonly layers?: readonly MergeReport[];
  /** Of `merge` and `means`: whether there was anything that they could change. */
  readonly changed?: boolean;
  readonly judged?: {
    readonly samples: number;
    readonly before: Judgement;
    readonly after: Judgement;
    /** `kept`: the cut alone is nearer to the original. */
    readonly result: "applied" | "kept";
  };
}

interface How {
  readonly method: DataFree;
  readonly seed: number;
  /** Samples that judge, where there are any. */
  readonly samples: Drawn | undefined;
  readonly onProgress: (doing: string) => void;
}

/** Made-up inputs to refit on. */
const count = 512;

export interface DataFreeRecovered {
  readonly model: Model;
  readonly dataFree: DataFreeReport;
  /** Told on made-up inputs. */
  readonly recovery?: Recovery;
}

/** Wins back what weights and BatchNormalizations tell, without data; dropped where samples say that it is worse. */
export async function recoverDataFree(
  cutting: Cutting,
  { method, seed, samples, onProgress }: How,
): Promise<DataFreeRecovered> {
  onProgress("recovering without data");
  const pruned = prunedOf(cutting);
  const { original, smaller, cut } = pruned;
  if (method === "synthetic") {
    const made = await syntheticSamples(original, { seed, count });
    const { model, recovery } = await recoverChecked(pruned, made.samples, { seed, onProgress });
    return { model, recovery, dataFree: { method, divergence: made.divergence ?? null } };
  }
  const merged = method === "merge" ? mergeChannels(pruned) : undefined;
  const model = merged?.model ?? compensateMeans(original, smaller, keptBy(cut));
  const changed = merged ? merged.layers.some((layer) => layer.merged > 0) : model !== smaller;
  const told = { method, ...(merged && { layers: merged.layers }), changed };
  if (!samples || !changed) return { model: inFileOf(original, changed ? model : smaller), dataFree: told };
  onProgress("judging");
  const compared = compareOn(original, samples.batches);
  const [cutAlone, changedOne] = [await compared(smaller), await compared(model)];
  const isBetter = verdict(cutAlone, changedOne).result === "better";
  const [before, after] = [judgementOf(cutAlone), judgementOf(changedOne)];
  return {
    model: inFileOf(original, isBetter ? model : smaller),
    dataFree: {
      ...told,
      judged: { samples: samples.count, before, after, result: isBetter ? "applied" : "kept" },
    },
  };
}

const nothing = {
  merge: "nothing merged: no channel that left is near one that stays, where only layers read both",
  means: "no means won back: no BatchNormalization tells what channels that left were on average",
};

/** What was done, and that no data was seen. */
export function dataFreeText({ method, layers, divergence, changed, judged }: DataFreeReport): string {
  const shaped = divergence
    ? `shaped by BatchNormalizations: divergence ${divergence.plain.toFixed(2)} -> ${divergence.shaped.toFixed(2)}`
    : "plain noise, as the model has no BatchNormalization";
  if (method === "synthetic")
    return `no data: refitted on made-up inputs (${shaped}); all that follows of recovery is told on such inputs`;
  if (!changed) return `${nothing[method]}, so the cut alone is written`;
  const sum = (of: "merged" | "removed"): number => (layers ?? []).reduce((all, layer) => all + layer[of], 0);
  const done =
    method === "means"
      ? "means that BatchNormalizations tell of what left were added to biases"
      : `channels merged into others: ${sum("merged")}; just left: ${sum("removed")}; layers: ${layers?.length ?? 0}`;
  if (!judged) return `no data: ${done}`;
  const { before, after, samples, result } = judged;
  const agree = `agreement ${percent(before.agreement.value)} -> ${percent(after.agreement.value)} on ${samples} samples`;
  return result === "applied"
    ? `without fitting to data: ${done}; ${agree}`
    : `without fitting to data: ${done}, which ${samples} samples say is further from the original, so the cut alone is written`;
}
