import type { Kept } from "@prune/graph";
import { keptBy } from "@prune/graph";
import { type Model, type Norm, type NormRefit, norms, refitModel } from "@prune/onnx";
import {
  addNormMoments,
  emptyNormMoments,
  isHeldOut,
  type NormMoments,
  reestimate,
  type Seconds,
  type Skipped,
  startStopwatch,
} from "@prune/recovery";
import { RuntimeError } from "../error.js";
import { checkSamples } from "../samples/check-samples.js";
import type { Session } from "../session.js";
import type { ValuesByName } from "../values.js";
import { graphBuilder } from "../walk/graph-builder.js";
import { type NetWalk, walkNet } from "../walk/net-walk.js";
import { type Runner, runnerOf } from "../walk/runner.js";
import type { Pruned } from "./recover-model.js";
import type { TwinsOptions } from "./twins.js";

/** What became of one BatchNormalization. Errors are of its held-out outputs, relative to their variance in the original. */
export interface NormReport {
  readonly layer: string;
  readonly before: number;
  readonly after: number;
  readonly result: "refitted" | "kept";
}

export type ReestimateOptions = Pick<
  TwinsOptions,
  "threads" | "optimise" | "held" | "stopwatch" | "signal"
> & {
  readonly onProgress?: (done: number, total: number, layer: string) => void;
};

export interface ReestimatedModel {
  readonly model: Model;
  readonly norms: readonly NormReport[];
  readonly skipped: readonly Skipped[];
  readonly seconds: Seconds;
}

/** Batches to take statistics of, and to judge them by. */
const least = 2;

/**
 * Writes the running mean and variance of every BatchNormalization anew, in order, from what samples make of the cut
 * model; weights stay. Statistics that take a layer's held-out outputs further from the original's are not applied.
 * For models whose BatchNormalization was not folded into weights. A least-squares refit before it leaves little to do;
 * after it, layers in front of a normalisation must not be refitted, as their targets are what the original's took.
 */
export async function reestimateNorms(
  { original, smaller, cut }: Pruned,
  samples: readonly ValuesByName[],
  options: ReestimateOptions = {},
): Promise<ReestimatedModel> {
  if (samples.length < least) throw new RuntimeError("samples-few", { batches: samples.length, least });
  checkSamples(original, samples);
  const { held = 2 ** 30, stopwatch = startStopwatch(), signal, onProgress } = options;
  const runner = runnerOf(options, stopwatch);
  const { pairs, skipped } = pairsOf(original, smaller, keptBy(cut));
  const walk = (model: Model, wanted: readonly string[]): NetWalk =>
    walkNet(model, samples, { held: held / 2, wanted, runner });
  const dense = walk(
    original,
    pairs.map(({ norm }) => norm.output),
  );
  const pruned = walk(
    smaller,
    pairs.map(({ norm }) => norm.input),
  );
  const refits: NormRefit[] = [];
  const reports: NormReport[] = [];
  for (const pair of pairs) {
    signal?.throwIfAborted();
    const { norm } = pair;
    const { train, heldOut } = await observe(pair, {
      dense,
      pruned,
      runner,
      batches: samples.length,
      signal,
    });
    const state = { ...norm, mean: norm.mean.values, variance: norm.variance.values };
    const found = reestimate(norm.output, train, heldOut, state);
    if (found.better) {
      const refit = {
        norm,
        mean: Float32Array.from(found.mean),
        variance: Float32Array.from(found.variance),
      };
      refits.push(refit);
      pruned.refit(refit);
    }
    dense.forget(norm.output);
    pruned.forget(norm.input);
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

interface Nets {
  readonly dense: NetWalk;
  readonly pruned: NetWalk;
  readonly runner: Runner;
  readonly batches: number;
  readonly signal: AbortSignal | undefined;
}

/** Means over all positions of all batches. */
async function observe(
  { norm, kept }: Pair,
  { dense, pruned, runner, batches, signal }: Nets,
): Promise<{ readonly train: NormMoments; readonly heldOut: NormMoments }> {
  const sums = { train: emptyNormMoments(norm.channels), heldOut: emptyNormMoments(norm.channels) };
  const legs = [await pruned.to([norm.input]), await dense.to([norm.output])] as const;
  let session: Session | undefined;
  try {
    for (let b = 0; b < batches; b++) {
      signal?.throwIfAborted();
      const x = (await legs[0].run(b)).get(norm.input)!;
      const y = (await legs[1].run(b)).get(norm.output)!;
      session ??= await runner.open(meansGraph(x, y, kept));
      const outputs = await runner.run(session, { x, y });
      const of = (name: string): Float64Array => outputs[`mean ${name}`]?.data as Float64Array;
      const batch = { x: of("x"), y: of("y"), xx: of("xx"), xy: of("xy"), yy: of("yy") };
      addNormMoments(isHeldOut(b, batches) ? sums.heldOut : sums.train, batch, x.size / norm.channels);
    }
  } finally {
    await session?.release();
    for (const leg of legs) await leg.close();
  }
  return sums;
}

const float64 = 11;

type Fed = Awaited<ReturnType<Runner["run"]>>[string];

function meansGraph(x: Fed, y: Fed, kept: readonly number[]): Uint8Array {
  const graph = graphBuilder();
  const { emit, integers } = graph;
  const axes = x.dims.map((_, d) => d).filter((d) => d !== 1);
  const precise = (tensor: string): string => emit("Cast", [tensor], { to: float64 });
  const a = precise(graph.floatsFed("x", x.type));
  const b = precise(emit("Gather", [graph.floatsFed("y", y.type), integers(kept)], { axis: 1 }));
  const mean = (name: string, tensor: string): void =>
    graph.output(`mean ${name}`, emit("ReduceMean", [tensor], { axes, keepdims: 0 }));
  mean("x", a);
  mean("y", b);
  mean("xx", emit("Mul", [a, a]));
  mean("xy", emit("Mul", [a, b]));
  mean("yy", emit("Mul", [b, b]));
  return graph.toBytes();
}
