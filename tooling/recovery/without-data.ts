import { macsOf } from "@prune/graph";
import { keptBy } from "@prune/graph/advanced";
import { magnitude } from "@prune/importance-magnitude";
import type { Model } from "@prune/onnx";
import { mergeChannels, recoverModel, syntheticSamples } from "@prune/onnx-recovery";
import { compensateMeans } from "@prune/onnx-recovery/advanced";
import { plan } from "@prune/pruner";
import { openCifar } from "./cifar.js";

/** Accuracies in % of the test images of a network that is pruned and mended without any data. */
export interface WithoutData {
  readonly macs: number;
  readonly cut: number;
  readonly means: number;
  readonly merged: number;
  readonly synthetic: number;
}

export interface WithoutDataTable {
  readonly name: string;
  readonly dense: number;
  readonly rows: readonly WithoutData[];
}

/** Chooses by the norm of the weights, and wins back what weights and BatchNormalizations allow. */
export async function withoutData(
  name: string,
  shares: readonly number[],
  seed: number,
): Promise<WithoutDataTable> {
  const { backend, model, trace: plain, dense, answers, accuracy } = await openCifar(name, seed);
  const score = async (net: Model): Promise<number> => accuracy(await answers(net));
  const { samples } = await syntheticSamples(model, { seed });
  const whole = macsOf(backend.cost(model, plain));
  const rows: WithoutData[] = [];
  for (const share of shares) {
    const options = { backend, importance: magnitude({ p: 2 }), trace: plain, target: { macs: share } };
    const { chosen, trace } = await plan(model, options);
    const { cut } = chosen;
    const smaller = backend.cut(model, trace, cut);
    const pruned = { original: model, smaller, cut };
    rows.push({
      macs: macsOf(backend.cost(model, trace, cut)) / whole,
      cut: await score(smaller),
      means: await score(compensateMeans(model, smaller, keptBy(cut))),
      merged: await score(mergeChannels(pruned).model),
      synthetic: await score((await recoverModel(pruned, samples, { seed })).model),
    });
    console.log(name, JSON.stringify(rows.at(-1)));
  }
  return { name, dense: accuracy(dense), rows };
}
