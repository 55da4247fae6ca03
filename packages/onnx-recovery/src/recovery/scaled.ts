import { byOutput, emptySplits, type Observed } from "@prune/recovery/advanced";
import { applied, byGroup, laidRows, together } from "../statistics/layout.js";
import { emitMoments } from "../statistics/moments-graph.js";
import { addBatch } from "../statistics/splits.js";
import { fitsOf } from "./fits.js";
import type { PlannedLayer } from "./layer-plan.js";
import type { TwinNets } from "./twin-nets.js";
import { emitRows, rowStudy, shapeOf } from "./whole.js";

/** A layer with very many inputs: each of its outputs from what it gives now. */
export async function scaledLayer(nets: TwinNets, layer: PlannedLayer): Promise<Observed> {
  const { linear } = layer;
  const old = fitsOf(linear);
  const q = linear.outputs;
  const splits = emptySplits({ groups: q, inputs: q, targets: q });
  await rowStudy(nets, layer, {
    build(graph) {
      const rows = emitRows(graph, nets, layer);
      const { x } = laidRows(graph, shapeOf(layer), rows);
      const given = together(graph, applied(graph, x, old), linear.groups, q);
      const [from, to] = [byGroup(graph, given, q, 1), byGroup(graph, rows.y, q, 1)];
      emitMoments(graph, from, to, { groups: q, inputs: 1 });
    },
    take: (outputs, batch, count) => addBatch(splits, outputs, count, nets.heldOut(batch)),
  });
  return byOutput(old, splits);
}
