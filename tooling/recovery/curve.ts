import { macsOf } from "@prune/graph";
import { keptBy } from "@prune/graph/advanced";
import { collectStatistics, reconstructionLosses, recoverModel } from "@prune/onnx-recovery";
import { compensateMeans, refitSymmetric } from "@prune/onnx-recovery/advanced";
import { chooser } from "@prune/pruner";
import { agreement } from "@prune/recovery";
import { openCifar } from "./cifar.js";

/** Accuracies in % of the test images at one share of the multiply-accumulates. */
export interface Row {
  readonly macs: number;
  readonly parameters: number;
  readonly cut: number;
  /** Means of what is gone in the biases, from BatchNormalization alone. */
  readonly means: number;
  readonly symmetric: number;
  readonly recovered: number;
  /** Of the recovered accuracy. */
  readonly standardError: number;
  readonly agreement: number;
  readonly seconds: number;
}

export interface Table {
  readonly name: string;
  readonly dense: number;
  /** Processor time of choosing, once for all rows. */
  readonly choosing: number;
  readonly rows: readonly Row[];
}

/** Cuts a CIFAR-10 model to shares of its work; only training images without labels take part in it. */
export async function curveOf(name: string, shares: readonly number[], seed: number): Promise<Table> {
  const { backend, model, trace, samples, images, dense, answers, accuracy } = await openCifar(name, seed);
  const score = async (net: typeof model): Promise<number> => accuracy(await answers(net));
  const whole = backend.cost(model, trace);
  const begun = process.cpuUsage();
  const statistics = await collectStatistics(model, samples);
  const choice = await chooser(
    backend,
    model,
    trace,
    await reconstructionLosses(backend, model, trace, samples),
  );
  const choosing = seconds(begun);
  const rows: Row[] = [];
  for (const share of shares) {
    const cut = trace.cut(choice.plan(share));
    const kept = keptBy(cut);
    const smaller = backend.cut(model, trace, cut);
    const after = backend.cost(model, trace, cut);
    const started = process.cpuUsage();
    const recovered = await recoverModel({ original: model, smaller, cut }, samples, { seed });
    const taken = seconds(started);
    const last = await answers(recovered.model);
    const right = accuracy(last);
    rows.push({
      macs: macsOf(after) / macsOf(whole),
      parameters: after.parameters / whole.parameters,
      cut: await score(smaller),
      means: await score(compensateMeans(model, smaller, kept)),
      symmetric: await score(refitSymmetric(statistics, smaller, kept)),
      recovered: right,
      standardError: Math.sqrt((right * (100 - right)) / images),
      agreement: 100 * agreement(dense, last).top1,
      seconds: taken,
    });
    console.log(name, JSON.stringify(rows.at(-1)));
  }
  return { name, dense: accuracy(dense), choosing, rows };
}

const seconds = (from: NodeJS.CpuUsage): number => process.cpuUsage(from).user / 1e6;
