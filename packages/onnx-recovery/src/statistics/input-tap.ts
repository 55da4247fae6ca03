import type { Linear } from "@prune/onnx/advanced";
import { addMoments, emptyMoments, type Moments } from "@prune/recovery";
import type { Outputs, ValuesByName } from "@prune/runtime-ort";
import type { Random } from "@prune/samples";
import { joined } from "../recovery/fits.js";
import type { GraphBuilder } from "../walk/graph-builder.js";
import { type CountedChannels, channelSums } from "./channels.js";
import { byGroup } from "./layout.js";
import { emitMoments, momentsFrom } from "./moments-graph.js";
import { rowsGraph, sampledPlaces, sampledRows } from "./rows.js";

/** What samples say of a tensor as linear layers read it. */
export interface InputStatistics {
  /** Per group; not of layers with too many inputs. */
  readonly moments: readonly Moments[] | undefined;
  /** The moments are of channels at any place, not of channels times kernel as the window sees them. */
  readonly byChannel: boolean;
  /** By channel, over all positions. */
  readonly channels: CountedChannels;
}

/** Nodes that gather such statistics, and what they give, added up. */
export interface InputTap {
  readonly statistics: InputStatistics;
  build(graph: GraphBuilder, rank: number): void;
  /** Draws about `wanted` positions of a batch with these dims. */
  feeds(dims: readonly number[], wanted: number, random: Random): ValuesByName;
  take(outputs: Outputs): void;
}

/** Layers with the same tap read the same tensor in the same way. */
export const readingOf = ({ input, inputs, groups, window }: Linear): string =>
  JSON.stringify([input, inputs, groups, window]);

/** @param key stands before the names of what belongs to it. */
export function inputTap(linear: Linear, maxInputs: number, key: string): InputTap {
  const { groups, inputs } = linear;
  const byChannel = joined(linear) > maxInputs && linear.window !== undefined;
  const width = byChannel ? inputs / groups : joined(linear);
  const moments =
    width <= maxInputs ? Array.from({ length: groups }, () => emptyMoments(width, 0)) : undefined;
  const channels = channelSums(linear, key);
  let count = 0;
  return {
    statistics: { moments, byChannel, channels: channels.sums },
    build(graph, rank) {
      const input = graph.read(linear.input);
      channels.build(graph, input, rank);
      if (!moments) return;
      const rows = rowsGraph(graph, linear, (name) => graph.fed(key + name, "int64"));
      const x = byChannel ? rows.places(input, inputs) : rows.input(input);
      emitMoments(graph, byGroup(graph, x, groups, width), undefined, { groups, inputs: width, key });
    },
    feeds(dims, wanted, random) {
      if (!moments) return {};
      const drawn = (byChannel ? sampledPlaces : sampledRows)(linear, dims, wanted, random);
      count = drawn.count;
      return Object.fromEntries(Object.entries(drawn.feeds).map(([name, values]) => [key + name, values]));
    },
    take(outputs) {
      channels.take(outputs);
      if (!moments) return;
      for (const [g, batch] of momentsFrom(outputs, count, groups, key).entries())
        addMoments(moments[g] as Moments, batch);
    },
  };
}
