import { byOutput, type Observed } from "@prune/recovery";
import { type LayerRows, momentsPass, throughFits } from "../statistics/passes.js";
import { fitsOf } from "./fits.js";
import type { PlannedLayer } from "./layer-plan.js";

/** A layer with very many inputs: each of its outputs from what it gives now. */
export async function scaledLayer({ linear }: PlannedLayer, rows: LayerRows): Promise<Observed> {
  const old = fitsOf(linear);
  const q = linear.outputs;
  const given = await throughFits(rows, old);
  return byOutput(old, await momentsPass({ ...given, groups: q, inputs: q, targets: q }));
}
