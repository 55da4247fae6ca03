import type { Importance, Trace } from "@prune/graph";
import { magnitude } from "@prune/importance-magnitude";
import { plan } from "@prune/pruner";
import { fromArtifacts, type GraphModel, graphModel, toArtifacts } from "@prune/tfjs";
import { distance, runGraph } from "./runtime.js";

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
  { ratio = 0.5, importance = magnitude() as Importance, batch = 1 } = {},
): Promise<Checked> {
  const backend = graphModel();
  const trace = backend.trace(model);
  const { chosen } = await plan(model, { backend, importance, ratio, heads: ratio, trace });
  const cut = fromArtifacts(toArtifacts(backend.cut(model, trace, chosen.cut)));
  const masked = await runGraph(backend.mask(model, trace, chosen.cut), 1, batch);
  const law = distance(await runGraph(cut, 1, batch), masked);
  const moved = distance(masked, await runGraph(model, 1, batch));
  return { law, moved, removed: chosen.plan.units.length, cut, trace };
}
