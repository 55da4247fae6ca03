import type { Fit } from "@prune/recovery";
import { emptySplits, type Observed } from "@prune/recovery/advanced";
import type { Chunk } from "../statistics/chunks.js";
import { chunks } from "../statistics/chunks.js";
import { emitMoments } from "../statistics/moments-graph.js";
import { errorPass, type LayerRows } from "../statistics/passes.js";
import { rowsGraph, sampledPlaces } from "../statistics/rows.js";
import { addBatch } from "../statistics/splits.js";
import { fitsOf } from "./fits.js";
import type { PlannedLayer } from "./layer-plan.js";
import { selection, throughChannels } from "./through-channels.js";
import { layerStudy, type TwinNets } from "./twin-nets.js";
import { emitRows, sampled, shapeOf } from "./whole.js";

/**
 * A convolution with a wide kernel: its dense input's channels from the pruned input's, at sampled places; judged by
 * rows of the layer itself, which only held-out batches need.
 */
export async function mixedLayer(nets: TwinNets, layer: PlannedLayer): Promise<Observed> {
  const { linear, whole, outputs, inputs = [], tail } = layer;
  const splits = emptySplits({ groups: 1, inputs: linear.inputs, targets: whole.inputs });
  const own = chunks();
  const counts = { places: 0, rows: 0 };
  await layerStudy(nets, layer, {
    build(graph) {
      const rows = rowsGraph(graph, linear);
      const x = rows.places(graph.read(nets.pruned.nameOf(linear.input)), linear.inputs);
      const y = rows.places(graph.read(nets.dense.nameOf(linear.input)), whole.inputs);
      emitMoments(graph, x, y, { groups: 1, inputs: linear.inputs });
      const judged = emitRows(graph, nets, layer);
      graph.output("x", judged.x);
      graph.output("y", judged.y);
    },
    feeds(batch) {
      const wanted = nets.wanted(batch, linear.inputs + whole.inputs);
      const dims = nets.dims.of(linear.input, batch);
      const places = sampledPlaces(linear, dims, wanted, nets.random(layer, batch));
      const rows = sampled(nets, layer, batch, nets.heldOut(batch) ? undefined : 1);
      counts.places = places.count;
      counts.rows = rows.count;
      return { ...places.feeds, ...rows.feeds };
    },
    take({ x, y, ...moments }, batch) {
      addBatch(splits, moments, counts.places, nets.heldOut(batch));
      if (nets.heldOut(batch)) own.add({ x: x!, y: y! }, counts.rows);
    },
  });
  const { runner, signal } = nets;
  const judged: LayerRows = { ...shapeOf(layer), train: [], heldOut: own.all(), tail, runner, signal };
  const power = powerOfRows(judged.heldOut, outputs.length) || 1;
  const old = fitsOf(linear);
  const layerOf = ([fit]: readonly Fit[]): Fit[] => [throughChannels(whole, outputs, fit as Fit)];
  return {
    splits,
    fits: [selection(inputs, whole.inputs)],
    clips: false,
    mixed: {
      how: "by channel",
      layerOf,
      error: async (fits) => (await errorPass(judged, fits ? layerOf(fits) : old)) / power,
    },
  };
}

/** Variance of the targets "y", summed over them. */
function powerOfRows(chunks: readonly Chunk[], targets: number): number {
  const sums = new Float64Array(targets);
  const squares = new Float64Array(targets);
  let count = 0;
  for (const { count: rows, feeds } of chunks) {
    const data = feeds.y?.data as Float32Array;
    for (let k = 0; k < data.length; k++) {
      const value = data[k] as number;
      sums[k % targets]! += value;
      squares[k % targets]! += value * value;
    }
    count += rows;
  }
  if (count === 0) return 0;
  return squares.reduce((all, square, o) => all + square / count - ((sums[o] as number) / count) ** 2, 0);
}
