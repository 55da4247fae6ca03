import type { Kept } from "@prune/graph/advanced";
import type { Model } from "@prune/onnx";
import { type Linear, type Refit, refitModel } from "@prune/onnx/advanced";
import type { Fit } from "@prune/recovery";
import {
  isHeldOut,
  type OpenTwins,
  type ReadBy,
  rowShare,
  type Sight,
  type Split,
  type Stopwatch,
  startStopwatch,
  twinsOf,
  withoutResidual,
} from "@prune/recovery/advanced";
import type { SessionOptions, ValuesByName } from "@prune/runtime-ort";
import type { LivingOf } from "@prune/runtime-ort/advanced";
import { randomStream } from "@prune/samples";
import { countOf } from "../samples/count.js";
import { forBoth } from "../samples/shrunk.js";
import { clippedPass, type LayerRows } from "../statistics/passes.js";
import { givenPass, pullPass } from "../statistics/reader-passes.js";
import { type Both, walkBoth } from "../walk/both-nets.js";
import { dimsOf } from "../walk/dims.js";
import { runnerOf } from "../walk/runner.js";
import { type Study, study } from "../walk/study.js";
import { addsAlike, rowsOf, type SidesDims } from "./alike.js";
import { fitsOf, refitOf } from "./fits.js";
import { type LayerReader, type PlannedLayer, planOf } from "./layer-plan.js";
import { mixedLayer } from "./mixed.js";
import { withReaders } from "./reader.js";
import { scaledLayer } from "./scaled.js";
import { type TwinNets, tapsOf } from "./twin-nets.js";
import { wholeLayer } from "./whole.js";

/** How the two models of a recovery run, and how closely their layers are looked at. */
export interface TwinsOptions extends SessionOptions {
  /**
   * What the cut leaves of inputs and outputs whose shapes follow from it (caches): the smaller model is fed that of the
   * samples, and compared with that of the original's outputs. @default all of them
   */
  readonly living?: LivingOf | undefined;
  /** Rows that a layer is fitted to, about; fewer where they would take more than 256 MB. @default 16384 */
  readonly rows?: number;
  /** Positions are drawn with it. @default 0 */
  readonly seed?: number;
  /** Layers with more inputs times kernel than this are fitted by channel, or scaled. @default 2400 */
  readonly maxInputs?: number;
  /** Match the sum that a layer adds to, not what it adds. @default true */
  readonly residual?: boolean;
  /** Show what alone reads a layer, so that the layer can be led by it: more rows, of all that its window sees. @default true */
  readonly lead?: boolean;
  /**
   * Bytes of activations that are held between layers; with fewer, more is run again, in stretches that the runtime
   * rewrites otherwise: results differ by rounding, about 1e-6. @default 1 GiB
   */
  readonly held?: number;
  readonly stopwatch?: Stopwatch;
  readonly signal?: AbortSignal | undefined;
}

/** Tensors that both nets have, by the names that they have in what runs. */
export type Names = Both<(tensor: string) => string>;

export interface OrtTwins extends OpenTwins<Model> {
  /**
   * Runs both nets to some tensors of the next stretch, the pruned one with other weights of the layer that was
   * observed last, and the first `batches` with nodes appended.
   */
  peek(
    tensors: readonly string[],
    layer: string,
    fits: readonly Fit[],
    seen: { readonly batches: number; study(names: Names): Study },
  ): Promise<void>;
}

/**
 * A dense ONNX model and one cut from it, run side by side on batches of samples. Layers are observed once, in order.
 */
export async function ortTwins(
  dense: Model,
  pruned: Model,
  kept: Kept,
  samples: readonly ValuesByName[],
  options: TwinsOptions = {},
): Promise<OrtTwins> {
  const { rows = 16384, seed = 0, maxInputs = 2400, residual = true, lead = true, held, signal } = options;
  const both = forBoth(samples, options.living);
  const runner = runnerOf(options, options.stopwatch ?? startStopwatch());
  const plan = planOf(dense, pruned, kept, maxInputs);
  const sums = plan.layers.flatMap(({ tail }) => tail.residual ?? []);
  const [inputs, outputs] = (["input", "output"] as const).map((end) =>
    plan.layers.map(({ linear }) => linear[end]),
  ) as [string[], string[]];
  const dims: SidesDims = {
    dense: await dimsOf(dense, [...outputs, ...sums.map(({ sum }) => sum)], both.dense, runner),
    pruned: await dimsOf(
      pruned,
      [...inputs, ...outputs, ...sums.map(({ other }) => other)],
      both.pruned,
      runner,
    ),
  };
  const skipped = [...plan.skipped];
  const found = plan.layers.flatMap((layer): PlannedLayer[] => {
    const skip = (reason: string): [] => {
      skipped.push({ layer: layer.linear.output, reason });
      return [];
    };
    if (dims.pruned.vary(layer.linear.input))
      return skip("the shape of its input follows from the samples' values");
    const rows = rowsOf(layer, dims, kept);
    if (!rows) return skip("which of the original's rows are left is not known");
    const adds = residual && rows.length === 0 && addsAlike(layer, dims);
    return [{ ...layer, rows, tail: adds ? layer.tail : withoutResidual(layer.tail) }];
  });
  const planned = lead ? withReaders(pruned, found) : found;
  const byName = new Map(planned.map((layer) => [layer.linear.output, layer]));
  const taps = planned.map(tapsOf);
  const wanted = { dense: taps.flatMap((tap) => tap.dense), pruned: taps.flatMap((tap) => tap.pruned) };
  const sizes = samples.map((feeds) => countOf([feeds]));
  const share = rowShare(rows, sizes);
  const nets: TwinNets = {
    ...walkBoth({ dense, pruned }, both, { wanted, held, runner }),
    dims: dims.pruned,
    runner,
    batches: samples.length,
    signal,
    wanted: share,
    heldOut: (b) => isHeldOut(b, samples.length),
    random: ({ linear }, b, use = "") => randomStream(seed, `${linear.output} ${b}${use}`),
  };
  const refits: Refit[] = [];
  const twins = twinsOf<Model, PlannedLayer, Sight>({
    plan: { layers: planned, skipped },
    nameOf: ({ linear }) => linear.output,
    look: (layer) => sightOf(nets, layer),
    assign({ linear }, fits) {
      const refit = refitOf(linear, fits);
      refits.push(refit);
      nets.pruned.refit(refit);
    },
    model: () => (refits.length > 0 ? refitModel(pruned, refits) : pruned),
  });
  return {
    ...twins,
    async peek(tensors, layer, fits, { batches, study: appended }) {
      const refit = refitOf((byName.get(layer) as PlannedLayer).linear, fits);
      const pieces = [await nets.pruned.peek(tensors, [refit]), await nets.dense.peek(tensors, [])];
      const names = { dense: nets.dense.nameOf, pruned: nets.pruned.nameOf };
      await study(pieces, appended(names), { runner, batches, signal });
    },
  };
}

/** Runs both nets to a layer. */
async function sightOf(nets: TwinNets, layer: PlannedLayer): Promise<Sight> {
  if (layer.kind === "mixed") return { observed: await mixedLayer(nets, layer) };
  if (layer.kind === "scaled") return { observed: await scaledLayer(nets, layer) };
  const { splits, rows, read } = await wholeLayer(nets, layer);
  const { linear, tail, reader } = layer;
  return {
    observed: { splits, fits: fitsOf(linear), clips: tail.clip !== undefined },
    ...(rows && { clipped: (fits) => clippedPass(rows, fits, splits) }),
    ...(read && reader && { readBy: () => readBy(linear, reader, read, splits) }),
  };
}

function readBy(
  linear: Linear,
  { layer, between, places }: LayerReader,
  rows: LayerRows,
  splits: readonly Split[],
): ReadBy {
  const [first] = fitsOf(layer.linear);
  const plane = linear.window?.kernel.length ?? 0;
  const read = { rows, places, plane, between, given: layer.outputs.length };
  return {
    reader: first as Fit,
    given: (fits, only) => givenPass(read, fits, only),
    pull: (fits, next) => pullPass(read, fits, next, splits),
  };
}
