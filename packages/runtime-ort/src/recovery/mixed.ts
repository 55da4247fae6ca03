import type { Fit, Observed } from "@prune/recovery";
import { errorPass, type LayerRows, momentsPass } from "../statistics/passes.js";
import { powerOfRows } from "../statistics/row-power.js";
import { rowsGraph, sampledPlaces, sampledRows } from "../statistics/rows.js";
import { gather } from "../walk/gather.js";
import { fitsOf, joined } from "./fits.js";
import type { PlannedLayer } from "./layer-plan.js";
import { selection, throughChannels } from "./through-channels.js";
import type { TwinNets } from "./twins.js";

/** A convolution with a wide kernel: its dense input's channels from the pruned input's, at sampled places. */
export async function mixedLayer(nets: TwinNets, layer: PlannedLayer): Promise<Observed> {
  const { linear, whole, outputs, inputs = [], tail } = layer;
  const { dense, pruned, runner, batches, signal } = nets;
  const common = { heldOut: nets.heldOut, batches, runner, signal };
  const channels = await gather({
    ...common,
    taps: {
      input: { walk: pruned, tensor: linear.input },
      whole: { walk: dense, tensor: linear.input },
    },
    build(graph, fed) {
      const rows = rowsGraph(graph, linear);
      graph.output("x", rows.places(fed("input"), linear.inputs));
      graph.output("y", rows.places(fed("whole"), whole.inputs));
    },
    sample: (b, { input }) =>
      sampledPlaces(linear, input.dims, nets.wanted(b, linear.inputs + whole.inputs), nets.random(layer, b)),
  });
  const shared = { groups: 1, tail, runner, signal };
  const splits = await momentsPass({
    ...channels,
    ...shared,
    inputs: linear.inputs,
    targets: whole.inputs,
  });
  const width = joined(linear);
  const own = await gather({
    ...common,
    onlyHeldOut: true,
    taps: {
      input: { walk: pruned, tensor: linear.input },
      target: { walk: dense, tensor: linear.output },
    },
    build(graph, fed) {
      const rows = rowsGraph(graph, linear);
      graph.output("x", rows.input(fed("input")));
      graph.output("y", rows.output(fed("target"), outputs));
    },
    sample: (b, { input }) =>
      sampledRows(linear, input.dims, nets.wanted(b, width + outputs.length), nets.random(layer, b)),
  });
  const judged: LayerRows = { ...own, ...shared, inputs: width, targets: outputs.length };
  const power = powerOfRows(own.heldOut, outputs.length) || 1;
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
