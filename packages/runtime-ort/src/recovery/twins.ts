import type { Kept } from "@prune/graph";
import { type Model, type Refit, refitModel } from "@prune/onnx";
import {
  type Fit,
  isHeldOut,
  type Observed,
  type Split,
  type Stopwatch,
  startStopwatch,
  type Twins,
} from "@prune/recovery";
import { random } from "@prune/samples";
import type { SessionOptions } from "../session.js";
import { clippedPass, type LayerRows, momentsPass } from "../statistics/passes.js";
import { rowsGraph, sampledRows } from "../statistics/rows.js";
import type { ValuesByName } from "../values.js";
import { gather, type Tap } from "../walk/gather.js";
import { type NetWalk, walkNet } from "../walk/net-walk.js";
import { probeShapes } from "../walk/probe-shapes.js";
import { type Runner, runnerOf } from "../walk/runner.js";
import { fitsOf, joined } from "./fits.js";
import { type PlannedLayer, planLayers, withoutResidual } from "./layer-plan.js";
import { mixedLayer } from "./mixed.js";
import { scaledLayer } from "./scaled.js";

export interface TwinsOptions extends SessionOptions {
  /** Rows that a layer is fitted to, about; fewer where they would take more than 256 MB. @default 16384 */
  readonly rows?: number;
  /** Positions are drawn with it. @default 0 */
  readonly seed?: number;
  /** Layers with more inputs times kernel than this are fitted by channel, or scaled. @default 2400 */
  readonly maxInputs?: number;
  /** Match the sum that a layer adds to, not what it adds. @default true */
  readonly residual?: boolean;
  /** Bytes of activations that are held between layers; with fewer, more is run again. @default 1 GiB */
  readonly held?: number;
  readonly stopwatch?: Stopwatch;
  readonly signal?: AbortSignal | undefined;
}

/** What looking at a layer of the twins takes. */
export interface TwinNets {
  readonly dense: NetWalk;
  readonly pruned: NetWalk;
  readonly runner: Runner;
  readonly batches: number;
  readonly signal: AbortSignal | undefined;
  /** Rows of a batch, if a layer's rows have this many numbers each. */
  wanted(batch: number, width: number): number;
  heldOut(batch: number): boolean;
  random(layer: PlannedLayer, batch: number): ReturnType<typeof random>;
}

const mostBytes = 2 ** 28;

/** A dense ONNX model and one cut from it, run side by side on batches of samples. */
export function ortTwins(
  dense: Model,
  pruned: Model,
  kept: Kept,
  samples: readonly ValuesByName[],
  options: TwinsOptions = {},
): Twins<Model> {
  const { rows = 16384, seed = 0, maxInputs = 2400, residual = true, held = 2 ** 30, signal } = options;
  const runner = runnerOf(options, options.stopwatch ?? startStopwatch());
  const plan = planLayers(dense, pruned, kept, maxInputs);
  const planned = residual
    ? plan.layers
    : plan.layers.map((layer) => ({ ...layer, tail: withoutResidual(layer.tail) }));
  const byName = new Map(planned.map((layer) => [layer.linear.output, layer]));
  const tapsOf = (layer: PlannedLayer): { readonly dense: string[]; readonly pruned: string[] } => ({
    dense: [
      layer.tail.residual?.sum ?? layer.linear.output,
      ...(layer.kind === "mixed" ? [layer.linear.output, layer.linear.input] : []),
    ],
    pruned: [layer.linear.input, ...(layer.tail.residual ? [layer.tail.residual.other] : [])],
  });
  const walk = (model: Model, side: "dense" | "pruned"): NetWalk =>
    walkNet(model, samples, {
      held: held / 2,
      wanted: planned.flatMap((layer) => tapsOf(layer)[side]),
      runner,
    });
  const sizes = samples.map((feeds) => Object.values(feeds)[0]?.dims[0] ?? 1);
  const total = sizes.reduce((a, b) => a + b, 0);
  const nets: TwinNets = {
    dense: walk(dense, "dense"),
    pruned: walk(pruned, "pruned"),
    runner,
    batches: samples.length,
    signal,
    wanted: (b, width) => (Math.min(rows, mostBytes / (4 * width)) * (sizes[b] as number)) / total,
    heldOut: (b) => isHeldOut(b, samples.length),
    random: ({ linear }, b) => random(seed, `${linear.output} ${b}`),
  };
  const refits: Refit[] = [];
  let isMatching: ((layer: PlannedLayer) => boolean) | undefined;
  let current:
    | { readonly layer: string; readonly rows: LayerRows; readonly splits: readonly Split[] }
    | undefined;

  /** Whether a sum and what is added to a layer have the shape of the layer's own output, channels aside. */
  const probe = async (): Promise<(layer: PlannedLayer) => boolean> => {
    const sums = planned.flatMap(({ tail }) => tail.residual ?? []);
    const [first = {}] = samples;
    const [before, after] = [
      await probeShapes(
        dense,
        sums.map(({ sum }) => sum),
        first,
        runner,
      ),
      await probeShapes(
        pruned,
        sums.map(({ other }) => other),
        first,
        runner,
      ),
    ];
    return ({ tail: { residual: added }, linear }) => {
      if (!added) return true;
      const [sum = [], other = []] = [before.get(added.sum), after.get(added.other)];
      const channel = linear.window ? 1 : sum.length - 1;
      return (
        sum.length === other.length &&
        other.every((size, d) => size === (d === channel ? linear.outputs : sum[d]))
      );
    };
  };

  const observe = async (name: string): Promise<Observed> => {
    isMatching ??= await probe();
    const given = byName.get(name) as PlannedLayer;
    const layer = isMatching(given) ? given : { ...given, tail: withoutResidual(given.tail) };
    if (layer.kind === "mixed") return mixedLayer(nets, layer);
    const found = await layerRows(nets, layer);
    if (layer.kind === "scaled") return scaledLayer(layer, found);
    const splits = await momentsPass(found);
    current = { layer: name, rows: found, splits };
    return { splits, fits: fitsOf(layer.linear), clips: layer.tail.relu };
  };

  return {
    layers: planned.map(({ linear }) => linear.output),
    skipped: plan.skipped,
    observe,
    async clipped(layer, fits) {
      if (current?.layer !== layer) throw new RangeError(`layer "${layer}" is not the one observed last`);
      return clippedPass(current.rows, fits, current.splits);
    },
    async accept(name, fits: readonly Fit[] | undefined) {
      const layer = byName.get(name) as PlannedLayer;
      if (fits) {
        const refit = { linear: layer.linear, ...joinFits(fits) };
        refits.push(refit);
        nets.pruned.refit(refit);
      }
      const taps = tapsOf(layer);
      for (const tensor of taps.dense) nets.dense.forget(tensor);
      for (const tensor of taps.pruned) nets.pruned.forget(tensor);
      current = undefined;
    },
    model: () => (refits.length > 0 ? refitModel(pruned, refits) : pruned),
  };
}

/** Rows of a layer's inputs in the pruned net and of what it should give. */
async function layerRows(nets: TwinNets, layer: PlannedLayer): Promise<LayerRows> {
  const { linear, outputs, tail } = layer;
  const { dense, pruned, runner, batches, signal } = nets;
  const width = joined(linear) * linear.groups;
  const added = tail.residual;
  const targets = outputs.length;
  const taps: Record<string, Tap> = {
    input: { walk: pruned, tensor: linear.input },
    target: { walk: dense, tensor: added?.sum ?? linear.output },
  };
  if (added) taps.other = { walk: pruned, tensor: added.other };
  const found = await gather({
    taps,
    build(graph, fed) {
      const rows = rowsGraph(graph, linear);
      graph.output("x", rows.input(fed("input")));
      graph.output("y", rows.output(fed("target"), outputs));
      if (added) graph.output("rest", rows.output(fed("other")));
    },
    sample: (b, { input }) =>
      sampledRows(
        linear,
        input!.dims,
        nets.wanted(b, width + (added ? 2 : 1) * targets),
        nets.random(layer, b),
      ),
    heldOut: nets.heldOut,
    batches,
    runner,
    signal,
  });
  return { ...found, groups: linear.groups, inputs: width, targets, tail, runner, signal };
}

function joinFits(fits: readonly Fit[]): { readonly weights: Float32Array; readonly bias: Float32Array } {
  const concat = (key: "weights" | "bias"): Float32Array => {
    const out = new Float32Array(fits.reduce((sum, fit) => sum + fit[key].length, 0));
    let at = 0;
    for (const fit of fits) {
      out.set(fit[key], at);
      at += fit[key].length;
    }
    return out;
  };
  return { weights: concat("weights"), bias: concat("bias") };
}
