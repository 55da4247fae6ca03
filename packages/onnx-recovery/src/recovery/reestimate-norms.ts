import { type Kept, keptBy } from "@prune/graph/advanced";
import type { Model } from "@prune/onnx";
import { type Norm, type NormRefit, norms, refitModel } from "@prune/onnx/advanced";
import {
  addNormMoments,
  emptyNormMoments,
  isHeldOut,
  type NormMoments,
  reestimate,
  type Seconds,
  type Skipped,
  startStopwatch,
} from "@prune/recovery/advanced";
import type { ValuesByName } from "@prune/runtime-ort";
import { OnnxRecoveryError } from "../error.js";
import { checkSamples } from "../samples/check-samples.js";
import { forBoth } from "../samples/shrunk.js";
import { type Both, walkBoth } from "../walk/both-nets.js";
import { type Dims, dimsOf } from "../walk/dims.js";
import type { GraphBuilder } from "../walk/graph-builder.js";
import type { NetWalk } from "../walk/net-walk.js";
import { runnerOf } from "../walk/runner.js";
import { type Running, study } from "../walk/study.js";
import type { CutOnnxModel } from "./recover-options.js";
import type { TwinsOptions } from "./twins.js";

/** What became of one BatchNormalization. Errors are of its held-out outputs, relative to their variance in the original. */
export interface NormReport {
  readonly layer: string;
  readonly before: number;
  readonly after: number;
  readonly result: "refitted" | "kept";
}

/** Where models run while statistics are re-estimated, and who hears of the progress. */
export type ReestimateOptions = Pick<
  TwinsOptions,
  "living" | "threads" | "optimise" | "runtime" | "held" | "stopwatch" | "signal"
> & {
  readonly onProgress?: (done: number, total: number, layer: string) => void;
};

/** The model with the running statistics that `reestimateNorms` found, and what they changed. */
export interface ReestimatedModel {
  readonly model: Model;
  readonly norms: readonly NormReport[];
  readonly skipped: readonly Skipped[];
  readonly seconds: Seconds;
}

/** Batches to take statistics of, and to judge them by. */
const least = 2;

/**
 * Recomputes the running mean and variance of every BatchNormalization, in order, from what samples make of the cut
 * model; weights stay. Statistics that take a layer's held-out outputs further from the original's are not applied.
 * For models whose BatchNormalization was not folded into weights. A least-squares refit before it leaves little to do;
 * after it, layers in front of a normalisation must not be refitted, as their targets are what the original's took.
 */
export async function reestimateNorms(
  { original, smaller, cut }: CutOnnxModel,
  samples: readonly ValuesByName[],
  options: ReestimateOptions = {},
): Promise<ReestimatedModel> {
  if (samples.length < least) throw new OnnxRecoveryError("samples-few", { batches: samples.length, least });
  checkSamples(original, samples);
  const { held, stopwatch = startStopwatch(), signal, onProgress } = options;
  const both = forBoth(samples, options.living);
  const runner = runnerOf(options, stopwatch);
  const { pairs, skipped } = pairsOf(original, smaller, keptBy(cut));
  const inputs = pairs.map(({ norm }) => norm.input);
  const outputs = pairs.map(({ norm }) => norm.output);
  const nets: Nets = {
    ...walkBoth({ dense: original, pruned: smaller }, both, {
      wanted: { dense: outputs, pruned: inputs },
      held,
      runner,
    }),
    dims: await dimsOf(smaller, inputs, both.pruned, runner),
    runner,
    batches: samples.length,
    signal,
  };
  const refits: NormRefit[] = [];
  const reports: NormReport[] = [];
  for (const pair of pairs) {
    signal?.throwIfAborted();
    const { norm } = pair;
    const { train, heldOut } = await observe(pair, nets);
    const state = { ...norm, mean: norm.mean.values, variance: norm.variance.values };
    const found = reestimate(norm.output, train, heldOut, state);
    if (found.better) {
      const refit = {
        norm,
        mean: Float32Array.from(found.mean),
        variance: Float32Array.from(found.variance),
      };
      refits.push(refit);
      nets.pruned.refit(refit);
    }
    const after = found.better ? found.after : found.before;
    reports.push({
      layer: norm.output,
      before: found.before,
      after,
      result: found.better ? "refitted" : "kept",
    });
    onProgress?.(reports.length, pairs.length, norm.output);
  }
  const model = refits.length > 0 ? refitModel(smaller, refits) : smaller;
  return { model, norms: reports, skipped, seconds: stopwatch.seconds() };
}

interface Pair {
  readonly norm: Norm;
  /** Channels of the original that are left. */
  readonly kept: readonly number[];
}

function pairsOf(
  original: Model,
  smaller: Model,
  kept: Kept,
): { readonly pairs: readonly Pair[]; readonly skipped: readonly Skipped[] } {
  const before = new Set(norms(original).map(({ output }) => output));
  const known = norms(smaller);
  const found = new Set(known.map(({ node }) => node.index));
  const skipped: Skipped[] = smaller.graph.nodes
    .filter(({ op, domain, index }) => op === "BatchNormalization" && domain === "" && !found.has(index))
    .map(({ outputs }) => ({
      layer: outputs[0] ?? "",
      reason: "its statistics are not stored, or it is training",
    }));
  const pairs = known.flatMap((norm): Pair[] => {
    const channels = kept(norm.output, 1);
    if (before.has(norm.output) && channels?.length === norm.channels) return [{ norm, kept: channels }];
    skipped.push({ layer: norm.output, reason: "which of the original's channels are left is not known" });
    return [];
  });
  return { pairs, skipped };
}

interface Nets extends Running, Both<NetWalk> {
  readonly dims: Dims;
}

/** Means over all positions of all batches. */
async function observe(
  { norm, kept }: Pair,
  nets: Nets,
): Promise<{ readonly train: NormMoments; readonly heldOut: NormMoments }> {
  const sums = { train: emptyNormMoments(norm.channels), heldOut: emptyNormMoments(norm.channels) };
  const { dense, pruned, dims, batches } = nets;
  await study(
    [await pruned.to([norm.input]), await dense.to([norm.output])],
    {
      build(graph) {
        const axes = dims.of(norm.input, 0).flatMap((_, d) => (d === 1 ? [] : [d]));
        const [x, y] = [graph.read(pruned.nameOf(norm.input)), graph.read(dense.nameOf(norm.output))];
        emitMeans(graph, { x, y, kept, axes });
      },
      feeds: () => ({}),
      take(outputs, b) {
        const of = (name: string): Float64Array => outputs[`mean ${name}`]?.data as Float64Array;
        const batch = { x: of("x"), y: of("y"), xx: of("xx"), xy: of("xy"), yy: of("yy") };
        const count = dims.of(norm.input, b).reduce((a, size) => a * size, 1) / norm.channels;
        addNormMoments(isHeldOut(b, batches) ? sums.heldOut : sums.train, batch, count);
      },
    },
    nets,
  );
  return sums;
}

const float64 = 11;

interface Sides {
  readonly x: string;
  readonly y: string;
  readonly kept: readonly number[];
  readonly axes: readonly number[];
}

function emitMeans(graph: GraphBuilder, { x, y, kept, axes }: Sides): void {
  const { emit, integers } = graph;
  const precise = (tensor: string): string => emit("Cast", [tensor], { to: float64 });
  const a = precise(x);
  const b = precise(emit("Gather", [y, integers(kept)], { axis: 1 }));
  const mean = (name: string, tensor: string): void => graph.output(`mean ${name}`, graph.mean(tensor, axes));
  mean("x", a);
  mean("y", b);
  mean("xx", emit("Mul", [a, a]));
  mean("xy", emit("Mul", [a, b]));
  mean("yy", emit("Mul", [b, b]));
}
