import type { Kept } from "@prune/graph";
import { type Model, type Refit, refitModel } from "@prune/onnx";
import { type Fit, isHeldOut, rowShare, type Stopwatch, startStopwatch, type Twins } from "@prune/recovery";
import type { SessionOptions, ValuesByName } from "@prune/runtime-ort";
import { random } from "@prune/samples";
import { countOf } from "../samples/count.js";
import { clippedPass } from "../statistics/passes.js";
import { givenPass, pullPass } from "../statistics/reader-passes.js";
import { type Both, walkBoth } from "../walk/both-nets.js";
import { dimsOf } from "../walk/dims.js";
import { runnerOf } from "../walk/runner.js";
import { type Study, study } from "../walk/study.js";
import { addsAlike, rowsOf, type SidesDims } from "./alike.js";
import { fitsOf, joinFits } from "./fits.js";
import { type PlannedLayer, planLayers, withoutResidual } from "./layer-plan.js";
import { mixedLayer } from "./mixed.js";
import { withReaders } from "./reader.js";
import { scaledLayer } from "./scaled.js";
import { type TwinNets, tapsOf } from "./twin-nets.js";
import { type WholeLayer, wholeLayer } from "./whole.js";

export interface TwinsOptions extends SessionOptions {
  /** Rows that a layer is fitted to, about; fewer where they would take more than 256 MB. @default 16384 */
  readonly rows?: number;
  /** Positions are drawn with it. @default 0 */
  readonly seed?: number;
  /** Layers with more inputs times kernel than this are fitted by channel, or scaled. @default 2400 */
  readonly maxInputs?: number;
  /** Match the sum that a layer adds to, not what it adds. @default true */
  readonly residual?: boolean;
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

export interface OrtTwins extends Twins<Model> {
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
  const { rows = 16384, seed = 0, maxInputs = 2400, residual = true, held, signal } = options;
  const runner = runnerOf(options, options.stopwatch ?? startStopwatch());
  const plan = planLayers(dense, pruned, kept, maxInputs);
  const sums = plan.layers.flatMap(({ tail }) => tail.residual ?? []);
  const [inputs, outputs] = (["input", "output"] as const).map((end) =>
    plan.layers.map(({ linear }) => linear[end]),
  ) as [string[], string[]];
  const dims: SidesDims = {
    dense: await dimsOf(dense, [...outputs, ...sums.map(({ sum }) => sum)], samples, runner),
    pruned: await dimsOf(pruned, [...inputs, ...outputs, ...sums.map(({ other }) => other)], samples, runner),
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
  const planned = withReaders(pruned, found);
  const byName = new Map(planned.map((layer) => [layer.linear.output, layer]));
  const taps = planned.map(tapsOf);
  const wanted = { dense: taps.flatMap((tap) => tap.dense), pruned: taps.flatMap((tap) => tap.pruned) };
  const sizes = samples.map((feeds) => countOf([feeds]));
  const share = rowShare(rows, sizes);
  const nets: TwinNets = {
    ...walkBoth({ dense, pruned }, samples, { wanted, held, runner }),
    dims: dims.pruned,
    runner,
    batches: samples.length,
    signal,
    wanted: share,
    heldOut: (b) => isHeldOut(b, samples.length),
    random: ({ linear }, b) => random(seed, `${linear.output} ${b}`),
  };
  const refits: Refit[] = [];
  let current: ({ readonly layer: string } & WholeLayer) | undefined;
  return {
    layers: planned.map(({ linear }) => linear.output),
    skipped,
    async observe(name) {
      const layer = byName.get(name) as PlannedLayer;
      if (layer.kind === "mixed") return mixedLayer(nets, layer);
      if (layer.kind === "scaled") return scaledLayer(nets, layer);
      current = { layer: name, ...(await wholeLayer(nets, layer)) };
      return { splits: current.splits, fits: fitsOf(layer.linear), clips: layer.tail.relu };
    },
    async clipped(layer, fits) {
      if (current?.layer !== layer || !current.rows)
        throw new RangeError(`layer "${layer}" is not the one observed last`);
      return clippedPass(current.rows, fits, current.splits);
    },
    readBy(name) {
      const { reader, linear } = byName.get(name) as PlannedLayer;
      if (!reader || current?.layer !== name || !current.rows) return undefined;
      const { rows, splits } = current;
      const [first] = fitsOf(reader.layer.linear);
      const plane = linear.window?.kernel.length ?? 0;
      const read = { rows, plane, between: reader.between, given: reader.layer.outputs.length };
      return {
        reader: first as Fit,
        given: (fits, only) => givenPass(read, fits, only),
        pull: (fits, next) => pullPass(read, fits, next, splits),
      };
    },
    async peek(tensors, layer, fits, { batches, study: appended }) {
      const refit = { linear: (byName.get(layer) as PlannedLayer).linear, ...joinFits(fits) };
      const pieces = [await nets.pruned.peek(tensors, [refit]), await nets.dense.peek(tensors, [])];
      const names = { dense: nets.dense.nameOf, pruned: nets.pruned.nameOf };
      await study(pieces, appended(names), { runner, batches, signal });
    },
    async accept(name, fits: readonly Fit[] | undefined) {
      const layer = byName.get(name) as PlannedLayer;
      if (fits) {
        const refit = { linear: layer.linear, ...joinFits(fits) };
        refits.push(refit);
        nets.pruned.refit(refit);
      }
      current = undefined;
    },
    model: () => (refits.length > 0 ? refitModel(pruned, refits) : pruned),
  };
}
