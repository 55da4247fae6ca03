import type { Importance, Trace } from "@prune/graph";
import { magnitude } from "@prune/importance-magnitude";
import { plan } from "@prune/pruner";
import { fromArtifacts, type GraphModel, graphModel, layersModel, toArtifacts } from "@prune/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { distance, type Given, layerFeeds, outputsOf, runGraph } from "./runtime.js";

export interface Checked {
  /** max |cut - masked| / max |masked|. */
  readonly law: number;
  /** How far the mask is from the original. */
  readonly moved: number;
  readonly removed: number;
  readonly cut: GraphModel;
  readonly trace: Trace;
}

/** Prunes a GraphModel by half and compares the cut with the masked original. */
export async function checkLaw(
  model: GraphModel,
  {
    ratio = 0.5,
    importance = magnitude() as Importance,
    batch = 1,
    given = {} as Given,
    norms = "live" as "live" | "masked",
  } = {},
): Promise<Checked> {
  const backend = graphModel({ norms });
  const trace = backend.trace(model);
  const { chosen } = await plan(model, { backend, importance, ratio, heads: ratio, trace });
  const cut = fromArtifacts(toArtifacts(backend.cut(model, trace, chosen.cut)));
  const masked = await runGraph(backend.mask(model, trace, chosen.cut), 1, batch, given);
  const law = distance(await runGraph(cut, 1, batch, given), masked);
  const moved = distance(masked, await runGraph(model, 1, batch, given));
  return { law, moved, removed: chosen.plan.units.length, cut, trace };
}

export interface CheckedLayers {
  readonly law: number;
  readonly moved: number;
  readonly removed: number;
  readonly cut: LayersModel;
  readonly trace: Trace;
}

/** The same for a LayersModel. */
export async function checkLayersLaw(
  model: LayersModel,
  { ratio = 0.5, below = 0, backend = layersModel() } = {},
): Promise<CheckedLayers> {
  const trace = backend.trace(model);
  const { chosen } = await plan(model, { backend, importance: magnitude(), ratio, trace });
  const cut = backend.cut(model, trace, chosen.cut);
  const masked = backend.mask(model, trace, chosen.cut);
  const feeds = layerFeeds(model, { below });
  const small = outputsOf(cut.predict(feeds) as tf.Tensor | tf.Tensor[]);
  const want = outputsOf(masked.predict(feeds));
  const original = outputsOf(model.predict(feeds) as tf.Tensor | tf.Tensor[]);
  tf.dispose(feeds);
  return {
    law: distance(small, want),
    moved: distance(want, original),
    removed: chosen.plan.units.length,
    cut,
    trace,
  };
}
