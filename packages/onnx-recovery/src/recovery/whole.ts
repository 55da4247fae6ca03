import { emptySplits, type RowShape, type Split } from "@prune/recovery/advanced";
import type { Outputs } from "@prune/runtime-ort";
import { type Chunks, chunks } from "../statistics/chunks.js";
import { type LaidRows, laidRows, targetOf } from "../statistics/layout.js";
import { emitMoments } from "../statistics/moments-graph.js";
import { type LayerRows, momentsPass, widthOf } from "../statistics/passes.js";
import {
  readName,
  rowsGraph,
  type Sampled,
  type SampledReads,
  sampledReads,
  sampledRows,
} from "../statistics/rows.js";
import { addBatch } from "../statistics/splits.js";
import type { GraphBuilder } from "../walk/graph-builder.js";
import type { Study } from "../walk/study.js";
import { emitPicked } from "./alike.js";
import { joined } from "./fits.js";
import type { LayerReader, PlannedLayer } from "./layer-plan.js";
import { layerStudy, type TwinNets } from "./twin-nets.js";

export interface WholeLayer {
  readonly splits: readonly Split[];
  /** Those that rounds go over again, where a Relu follows or one layer reads this one. */
  readonly rows: LayerRows | undefined;
  /** Those of the layer that reads this one, where there is one: the same ones where that reads every place by itself. */
  readonly read?: LayerRows;
}

/** A layer from all its inputs. */
export async function wholeLayer(nets: TwinNets, layer: PlannedLayer): Promise<WholeLayer> {
  const shape = shapeOf(layer);
  // Products of a few rows are more numbers than the rows.
  const isFew = 2 * sampled(nets, layer, 0).count < shape.inputs / shape.groups;
  const isOnce = !layer.tail.clip && !layer.reader;
  if (isOnce && !isFew) return { splits: await appendedMoments(nets, layer), rows: undefined };
  const { rows, read } = await keptRows(nets, layer);
  return { splits: await momentsPass(rows), rows, ...(read && { read }) };
}

export const shapeOf = ({ linear, outputs }: PlannedLayer): RowShape => ({
  groups: linear.groups,
  inputs: joined(linear) * linear.groups,
  targets: outputs.length,
});

/** Positions of a batch that rows are taken from, this many at most. */
export function sampled(
  nets: TwinNets,
  layer: PlannedLayer,
  batch: number,
  most: number = Infinity,
): Sampled {
  const { linear, tail, reader } = layer;
  const { inputs, targets } = shapeOf(layer);
  const next = reader && !reader.places ? reader.layer.outputs.length : 0;
  const wanted = Math.min(most, nets.wanted(batch, inputs + (tail.residual ? 2 : 1) * targets + next));
  return sampledRows(linear, nets.dims.of(linear.input, batch), wanted, nets.random(layer, batch));
}

/** A study of a layer at such positions; `take` gets the number of rows of a batch. */
export function rowStudy(
  nets: TwinNets,
  layer: PlannedLayer,
  { build, take }: Pick<Study, "build"> & { take(outputs: Outputs, batch: number, count: number): void },
): Promise<void> {
  let count = 0;
  return layerStudy(nets, layer, {
    build,
    feeds(batch) {
      const drawn = sampled(nets, layer, batch);
      count = drawn.count;
      return drawn.feeds;
    },
    take: (outputs, batch) => take(outputs, batch, count),
  });
}

/** Rows side by side, groups together. */
export function emitRows(graph: GraphBuilder, nets: TwinNets, layer: PlannedLayer): LaidRows {
  const { linear } = layer;
  const input = graph.read(nets.pruned.nameOf(linear.input));
  return { x: rowsGraph(graph, linear).input(input), ...emitTargets(graph, nets, layer) };
}

/** Of those rows what the layer should give, and what the pruned net adds to that. */
function emitTargets(
  graph: GraphBuilder,
  { dense, pruned }: TwinNets,
  { linear, whole, outputs, rows: picked, tail: { residual } }: PlannedLayer,
  fed?: Parameters<typeof rowsGraph>[2],
): Pick<LaidRows, "y" | "rest"> {
  const rows = rowsGraph(graph, linear, fed);
  const target = emitPicked(graph, graph.read(dense.nameOf(residual?.sum ?? linear.output)), picked);
  return {
    y: rows.output(target, whole.outputs, outputs),
    rest: residual && rows.output(graph.read(pruned.nameOf(residual.other)), linear.outputs),
  };
}

async function appendedMoments(nets: TwinNets, layer: PlannedLayer): Promise<readonly Split[]> {
  const shape = shapeOf(layer);
  const splits = emptySplits(shape);
  await rowStudy(nets, layer, {
    build(graph) {
      const laid = laidRows(graph, shape, emitRows(graph, nets, layer));
      emitMoments(graph, laid.x, targetOf(graph, layer.tail, shape.groups, laid), widthOf(shape));
    },
    take: (outputs, batch, count) => addBatch(splits, outputs, count, nets.heldOut(batch)),
  });
  return splits;
}

/** Rows of the layer, and those of the layer that reads it. */
async function keptRows(
  nets: TwinNets,
  layer: PlannedLayer,
): Promise<{ readonly rows: LayerRows; readonly read?: LayerRows }> {
  const { linear, tail } = layer;
  const reader = layer.reader && isDetermined(nets, layer, layer.reader) ? layer.reader : undefined;
  const [own, behind] = [halves(), halves()];
  let drawn: Sampled = { feeds: {}, count: 0 };
  let reads: SampledReads | undefined;
  await layerStudy(nets, layer, {
    build(graph) {
      const { x, y, rest } = emitRows(graph, nets, layer);
      graph.output("x", x);
      graph.output("y", y);
      if (rest) graph.output("rest", rest);
      if (!reader) return;
      const fed = (name: string): string => graph.fed(reader.places ? readName(name) : name, "int64");
      graph.output(
        "next",
        targetOf(graph, reader.layer.tail, 1, emitTargets(graph, nets, reader.layer, fed)),
      );
      if (!reader.places) return;
      const looked = rowsGraph(graph, linear, fed).input(graph.read(nets.pruned.nameOf(linear.input)));
      const width = reader.places * shapeOf(layer).inputs;
      graph.output("looked", graph.emit("Reshape", [looked, graph.integers([-1, width])]));
    },
    feeds(batch) {
      drawn = sampled(nets, layer, batch);
      reads = reader?.places ? sampledBehind(nets, layer, reader, batch) : undefined;
      return { ...drawn.feeds, ...reads?.feeds };
    },
    take({ looked, next, ...outputs }, batch) {
      const half = nets.heldOut(batch) ? "heldOut" : "train";
      own[half].add({ ...outputs, ...(next && !reads && { next }) }, drawn.count);
      if (reads) behind[half].add({ x: looked!, next: next!, inside: reads.inside }, reads.count);
    },
  });
  const { runner, signal } = nets;
  const of = ({ train, heldOut }: ReturnType<typeof halves>): LayerRows => ({
    ...{ ...shapeOf(layer), tail, runner, signal },
    ...{ train: train.all(), heldOut: heldOut.all() },
  });
  const rows = of(own);
  return { rows, ...(reader && { read: reader.places ? of(behind) : rows }) };
}

const halves = (): Record<"train" | "heldOut", Chunks> => ({ train: chunks(), heldOut: chunks() });

/** Whether what a window sees is fewer numbers than half of the rows that it can be refitted to. */
function isDetermined(nets: TwinNets, layer: PlannedLayer, reader: LayerReader): boolean {
  if (!reader.places) return true;
  return nets.batches * sampledBehind(nets, layer, reader, 0).count >= 2 * joined(reader.layer.linear);
}

/** Positions of a batch that the rows of a reading convolution are taken from. */
function sampledBehind(
  nets: TwinNets,
  layer: PlannedLayer,
  { layer: next, places = 1 }: LayerReader,
  batch: number,
): SampledReads {
  const { linear } = layer;
  const width = places * shapeOf(layer).inputs + (next.tail.residual ? 2 : 1) * next.outputs.length;
  const random = nets.random(layer, batch, " behind");
  return sampledReads(
    linear,
    next.linear,
    nets.dims.of(linear.input, batch),
    nets.wanted(batch, width),
    random,
  );
}
