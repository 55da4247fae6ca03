import { type Linear, linears, type Model } from "@prune/onnx";
import { addMoments, emptyMoments, type Moments } from "@prune/recovery";
import { random } from "../random.js";
import { type Outputs, runTensors, tensorsOf } from "../run.js";
import { createSession, type Session, type SessionOptions } from "../session.js";
import type { ValuesByName } from "../values.js";
import { joined } from "./fits.js";
import { type GraphBuilder, graphBuilder } from "./graph-builder.js";
import { emitMoments, momentsFrom } from "./moments-graph.js";
import { walkNet } from "./net-walk.js";
import { rowsOf, sampledRows } from "./rows.js";

/** What samples say of the inputs of one linear layer. */
export interface LayerStatistics {
  readonly linear: Linear;
  /** Of the inputs as the window sees them, zeros of the padding included; per group. Not of layers with too many. */
  readonly moments: readonly Moments[] | undefined;
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
  /** Layers with more inputs times kernel than this have no moments; 0 leaves moments out. @default 1200 */
  readonly maxInputs?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Runs samples through a model and gathers statistics of every linear layer's inputs, by the layer's output. */
export async function collectStatistics(
  model: Model,
  samples: readonly ValuesByName[],
  options: CollectOptions = {},
): Promise<ReadonlyMap<string, LayerStatistics>> {
  const { rows = 16384, seed = 0, maxInputs = 1200, onProgress, signal } = options;
  const walk = walkNet(model, samples, options);
  const layers = linears(model);
  const found = new Map<string, LayerStatistics>();
  for (const linear of layers) {
    const wanted = joined(linear) <= maxInputs;
    await walk.reach([linear.input, linear.output], signal);
    const moments = wanted
      ? Array.from({ length: linear.groups }, () => emptyMoments(joined(linear), 0))
      : undefined;
    const sums = channelSums(linear.inputs);
    const sessions = new Map<string, Session>();
    const positions = samples.reduce((n, _, b) => n + positionsOf(walk.at(b, linear.output).dims, linear), 0);
    try {
      for (let b = 0; b < samples.length; b++) {
        signal?.throwIfAborted();
        const input = walk.at(b, linear.input);
        const extent = { input: input.dims, output: walk.at(b, linear.output).dims };
        const sampled = sampledRows(linear, extent, rows / positions, random(seed, `${linear.output} ${b}`));
        const key = `${sampled.pads}`;
        const session =
          sessions.get(key) ?? (await opened(linear, input.dims.length, sampled.pads, wanted, options));
        sessions.set(key, session);
        const feeds = wanted ? { ...sampled.feeds, input } : { input };
        const outputs = await runTensors(session, await tensorsOf(session, feeds));
        if (moments)
          momentsFrom(outputs, sampled.count, linear.groups).forEach((batch, g) => {
            addMoments(moments[g] as Moments, batch);
          });
        addChannels(sums, outputs, input.size / linear.inputs);
      }
    } finally {
      for (const session of sessions.values()) await session.release();
    }
    walk.release([linear.input, linear.output]);
    found.set(linear.output, { linear, moments, channels: sums });
    onProgress?.(found.size, layers.length);
  }
  return found;
}

const names = ["mean", "magnitude", "square", "inactive"] as const;

async function opened(
  linear: Linear,
  rank: number,
  pads: readonly number[],
  moments: boolean,
  options: SessionOptions,
): Promise<Session> {
  const graph = graphBuilder();
  graph.input("input", "float32");
  if (moments) {
    graph.input("mean", "float32");
    emitMoments(graph, rowsOf(graph, linear, pads).input("input"), undefined, linear.groups);
  }
  emitChannels(graph, linear, rank);
  return createSession(graph.toBytes(), options);
}

function emitChannels(graph: GraphBuilder, { window }: Linear, rank: number): void {
  const { emit } = graph;
  const dims = Array.from({ length: rank }, (_, d) => d);
  const axes = dims.filter((d) => d !== (window ? 1 : rank - 1));
  const mean = (tensor: string): string => emit("ReduceMean", [tensor], { axes, keepdims: 0 });
  graph.output("channel mean", mean("input"));
  graph.output("channel magnitude", mean(emit("Abs", ["input"])));
  graph.output("channel square", mean(emit("Mul", ["input", "input"])));
  const active = emit("Cast", [emit("Greater", ["input", graph.floats([0], [])])], { to: 1 });
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

function positionsOf(dims: readonly number[], { window }: Linear): number {
  return (window ? [dims[0] as number, ...dims.slice(2)] : dims.slice(0, -1)).reduce((a, b) => a * b, 1);
}
