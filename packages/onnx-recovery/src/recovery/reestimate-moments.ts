import { keptBy } from "@prune/graph/advanced";
import type { Model } from "@prune/onnx";
import { norms } from "@prune/onnx/advanced";
import { type LayerReport, moments, recover } from "@prune/recovery";
import type { ValuesByName } from "@prune/runtime-ort";
import type { CutOnnxModel, RecoverModelOptions } from "./recover-options.js";
import { type NormReport, reestimateNorms } from "./reestimate-norms.js";
import { ortTwins } from "./twins.js";

/** What re-estimating the moments changed: of norms, and of layers that have none. */
export interface MomentsReport {
  readonly norms: readonly NormReport[];
  /** Layers without a BatchNormalization behind them, as after an exporter folded it into them. */
  readonly layers: readonly LayerReport[];
}

/**
 * Brings back the means and variances that layers had: BatchNormalizations get running statistics of what now reaches
 * them, and then the outputs of other layers are scaled and shifted to the moments that they had (REPAIR). Where a
 * layer's held-out error does not fall by that, it stays as it is.
 */
export async function reestimateMoments(
  pruned: CutOnnxModel,
  samples: readonly ValuesByName[],
  options: RecoverModelOptions,
): Promise<{ readonly model: Model; readonly report: MomentsReport }> {
  const found = await reestimateNorms(pruned, samples, options);
  const normalised = new Set(norms(found.model).map(({ input }) => input));
  const twins = await ortTwins(pruned.original, found.model, keptBy(pruned.cut), samples, options);
  const others = twins.layers.filter((layer) => !normalised.has(layer));
  // No rounds: moments are of what a layer gives, not of what passes a Relu behind it.
  const { model, layers } = await recover(
    { ...twins, layers: others },
    { ...options, methods: [moments()], rounds: 0 },
  );
  return { model, report: { norms: found.norms, layers } };
}
