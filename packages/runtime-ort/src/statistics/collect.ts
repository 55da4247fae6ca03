import { type Linear, linearLayers, type Model } from "@prune/onnx";
import { type Moments, startStopwatch } from "@prune/recovery";
import { random } from "@prune/samples";
import { joined } from "../recovery/fits.js";
import type { Outputs } from "../run.js";
import type { Session, SessionOptions } from "../session.js";
import type { ElementType, ValuesByName } from "../values.js";
import { type GraphBuilder, graphBuilder } from "../walk/graph-builder.js";
import { walkNet } from "../walk/net-walk.js";
import { runnerOf } from "../walk/runner.js";
import { chunks } from "./chunks.js";
import { inputMoments } from "./passes.js";
import { rowsGraph, sampledPlaces, sampledRows } from "./rows.js";

/** What samples say of the inputs of one linear layer. */
export interface LayerStatistics {
  readonly linear: Linear;
  /** Of its inputs, per group; not of layers with too many. */
  readonly moments: readonly Moments[] | undefined;
  /** The moments are of channels at any place, not of channels times kernel as the window sees them. */
  readonly byChannel: boolean;
  /** By channel, over all positions. */
  readonly channels: ChannelStatistics;
}

export interface ChannelStatistics {
  readonly count: number;
  readonly mean: Float64Array;
  /** Mean of the magnitude. */
  readonly magnitude: Float64Array;
  readonly square: Float64Array;
  /** Share of values that are 0 or less. */
  readonly inactive: Float64Array;
}

export interface CollectOptions extends SessionOptions {
  /** Rows for the moments of a layer, about. @default 16384 */
  readonly rows?: number;
  /** @default 0 */
  readonly seed?: number;
  /** Layers with more inputs times kernel than this have moments by channel; 0 leaves moments out. @default 1200 */
  readonly maxInputs?: number;
  /** Bytes of activations that are held between layers; with fewer, more is run again. @default 1 GiB */
  readonly held?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Runs samples through a model and gathers statistics of every linear layer's inputs, by the layer's output. */
export async function collectStatistics(
  model: Model,
  samples: readonly ValuesByName[],
  options: CollectOptions = {},
): Promise<ReadonlyMap<string, LayerStatistics>> {
  const { rows = 16384, seed = 0, maxInputs = 1200, held = 2 ** 30, onProgress, signal } = options;
  const runner = runnerOf(options, startStopwatch());
  const layers = linearLayers(model);
  const walk = walkNet(model, samples, { held, wanted: layers.map(({ input }) => input), runner });
  const sizes = samples.map((feeds) => Object.values(feeds)[0]?.dims[0] ?? 1);
  const total = sizes.reduce((a, b) => a + b, 0);
  const found = new Map<string, LayerStatistics>();
  for (const linear of layers) {
    const byChannel = joined(linear) > maxInputs && linear.window !== undefined;
    const width = byChannel ? linear.inputs / linear.groups : joined(linear);
    const wanted = width <= maxInputs;
    const sampled = byChannel ? sampledPlaces : sampledRows;
    const kept = chunks();
    const sums = channelSums(linear.inputs);
    const leg = await walk.to([linear.input]);
    let session: Session | undefined;
    try {
      for (let b = 0; b < samples.length; b++) {
        signal?.throwIfAborted();
        const input = (await leg.run(b)).get(linear.input)!;
        session ??= await runner.open(graphOf(linear, input.type, input.dims.length, wanted, byChannel));
        const share = (rows * (sizes[b] as number)) / total;
        const { feeds, count } = sampled(linear, input.dims, share, random(seed, `${linear.output} ${b}`));
        const all: ValuesByName = { ...feeds, input };
        const fed = session.inputNames.map((name) => [name, all[name]!] as const);
        const { x, ...outputs } = await runner.run(session, Object.fromEntries(fed));
        if (x) kept.add({ x }, count);
        addChannels(sums, outputs, input.size / linear.inputs);
      }
    } finally {
      await session?.release();
      await leg.close();
    }
    const { groups } = linear;
    const moments = wanted
      ? await inputMoments({ train: kept.all(), heldOut: [], groups, inputs: groups * width, runner, signal })
      : undefined;
    walk.forget(linear.input);
    found.set(linear.output, { linear, moments, byChannel, channels: sums });
    onProgress?.(found.size, layers.length);
  }
  return found;
}

const names = ["mean", "magnitude", "square", "inactive"] as const;

function graphOf(
  linear: Linear,
  type: ElementType,
  rank: number,
  moments: boolean,
  byChannel: boolean,
): Uint8Array {
  const graph = graphBuilder();
  const input = graph.floatsFed("input", type);
  if (moments) {
    const rows = rowsGraph(graph, linear);
    graph.output("x", byChannel ? rows.places(input, linear.inputs) : rows.input(input));
  }
  emitChannels(graph, linear, input, rank);
  return graph.toBytes();
}

function emitChannels(graph: GraphBuilder, { window }: Linear, input: string, rank: number): void {
  const { emit } = graph;
  const dims = Array.from({ length: rank }, (_, d) => d);
  const axes = dims.filter((d) => d !== (window ? 1 : rank - 1));
  const mean = (tensor: string): string => emit("ReduceMean", [tensor], { axes, keepdims: 0 });
  graph.output("channel mean", mean(input));
  graph.output("channel magnitude", mean(emit("Abs", [input])));
  graph.output("channel square", mean(emit("Mul", [input, input])));
  const active = emit("Cast", [emit("Greater", [input, graph.floats([0], [])])], { to: 1 });
  graph.output("channel inactive", mean(emit("Sub", [graph.floats([1], []), active])));
}

type Sums = { -readonly [K in keyof ChannelStatistics]: ChannelStatistics[K] };

const channelSums = (n: number): Sums => ({
  count: 0,
  mean: new Float64Array(n),
  magnitude: new Float64Array(n),
  square: new Float64Array(n),
  inactive: new Float64Array(n),
});

function addChannels(sums: Sums, outputs: Outputs, count: number): void {
  sums.count += count;
  const weight = count / sums.count;
  for (const name of names) {
    const into = sums[name];
    const batch = outputs[`channel ${name}`]?.data as Float32Array;
    for (let c = 0; c < into.length; c++) into[c]! += weight * ((batch[c] as number) - (into[c] as number));
  }
}
