import { macsOf } from "@prune/graph";
import { taylor } from "@prune/importance-gradient";
import { prune } from "@prune/pruner";
import { recover } from "@prune/recovery";
import { layersModel, tfjsGradientProbe } from "@prune/tfjs";
import { openTfjsModel } from "@prune/tfjs/node";
import { tfjsTwins } from "@prune/tfjs/recovery";
import { registerTrainingKernels } from "@prune/tfjs/wasm";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { accuracyOf, toneFrames } from "./tones.js";

/** Accuracies in %, the share of the multiply-accumulates that is left, and seconds of processor time. */
export interface HalvedCrepe {
  readonly macs: number;
  readonly dense: number;
  readonly cut: number;
  readonly recovered: number;
  readonly seconds: number;
}

/**
 * CREPE at half of its multiply-accumulates: chosen by Taylor scores of 128 tones with their pitch, refitted on 1,024
 * without.
 * @param path its folder or model.json
 */
export async function halveCrepe(path: string): Promise<HalvedCrepe> {
  tf.env().set("PROD", true);
  await tf.setBackend("wasm");
  registerTrainingKernels();
  const [fit, test] = [toneFrames(1024, 1), toneFrames(500, 2)];
  const model = (await openTfjsModel(path)) as LayersModel;
  const begun = process.cpuUsage();
  const plain = layersModel();
  const trace = plain.trace(model);
  const labelled = [0, 1, 2, 3].map((i) => ({
    xs: tf.slice(fit.xs, i * 32, 32),
    ys: tf.slice(fit.ys, i * 32, 32),
  }));
  const loss = (labels: tf.Tensor, predictions: tf.Tensor): tf.Tensor =>
    tf.losses.logLoss(labels, predictions);
  const probe = await tfjsGradientProbe(model, trace, { batches: labelled, loss });
  const backend = { ...plain, probe: () => probe };
  const {
    model: cut,
    plan,
    report,
  } = await prune(model, {
    backend,
    trace,
    importance: taylor(),
    target: { macs: 0.5 },
  });
  const batches = Array.from({ length: 16 }, (_, i) => ({ xs: tf.slice(fit.xs, i * 64, 64) }));
  const twins = await tfjsTwins(model, cut, trace.cut(plan), batches, { maxInputs: 1500 });
  const { model: recovered } = await recover(twins);
  const share = (of: LayersModel): number => 100 * accuracyOf(of, test);
  return {
    macs: macsOf(report.after) / macsOf(report.before),
    dense: share(model),
    cut: share(cut),
    recovered: share(recovered),
    seconds: process.cpuUsage(begun).user / 1e6,
  };
}
