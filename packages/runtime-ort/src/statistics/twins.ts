import { type Linear, linears, type Model, type Refit, refitModel } from "@prune/onnx";
import type { Clipped, Fit, Observed, Split, Twins } from "@prune/recovery";
import { random } from "../random.js";
import type { SessionOptions } from "../session.js";
import type { ValuesByName } from "../values.js";
import { fitsOf, joined } from "./fits.js";
import { type NetWalk, walkNet } from "./net-walk.js";
import { clippedPass, momentsPass, type Pass } from "./passes.js";
import { type Sampled, sampledRows } from "./rows.js";
import { type Tail, tailOf } from "./tail.js";

export interface TwinsOptions extends SessionOptions {
  /** Rows that a layer is fitted to, about. @default 16384 */
  readonly rows?: number;
  /** Positions are drawn with it. @default 0 */
  readonly seed?: number;
  /** Layers with more inputs times kernel than this stay as they are. @default 1200 */
  readonly maxInputs?: number;
  /** Match the sum that a layer adds to, not what it adds. @default true */
  readonly residual?: boolean;
  readonly signal?: AbortSignal;
}

/** The positions of a dense tensor's dim (from the end where negative) that the pruned one still has, if known. */
export type Kept = (tensor: string, dim: number) => readonly number[] | undefined;

/** One batch in this many is held out. */
const heldOutEvery = 8;

/** A dense ONNX model and one cut from it, run side by side on batches of samples. */
export function ortTwins(
  dense: Model,
  pruned: Model,
  kept: Kept,
  samples: readonly ValuesByName[],
  options: TwinsOptions = {},
): Twins<Model> {
  const { rows = 16384, seed = 0, maxInputs = 1200, residual = true, signal } = options;
  const both = { dense: walkNet(dense, samples, options), pruned: walkNet(pruned, samples, options) };
  let model = pruned;
  const denseLinears = new Map(linears(dense).map((linear) => [linear.output, linear]));
  const outputsKept = ({ output, window }: Linear): readonly number[] | undefined =>
    kept(output, window ? 1 : -1);
  const layers = linears(pruned).filter(
    (linear) =>
      denseLinears.has(linear.output) &&
      joined(linear) <= maxInputs &&
      outputsKept(linear)?.length === linear.outputs,
  );
  const unfit = new Set(linears(pruned).map(({ output }) => output));
  /** Layers whose sum has another shape than they have. */
  const plain = new Set<string>();
  let current: Current | undefined;

  const open = async (layer: string): Promise<Current> => {
    if (current?.layer === layer) return current;
    if (current) throw new RangeError(`layer "${current.layer}" has not been accepted`);
    const linear = linears(model).find(({ output }) => output === layer) as Linear;
    const tail = tailOf(model, linear);
    const other = residual && !plain.has(layer) ? tail.residual?.other : undefined;
    const added = other !== undefined && !dependsOn(model, other, unfit) ? tail.residual : undefined;
    const target = added ? added.sum : layer;
    const taps = { dense: [target], pruned: added ? [linear.input, added.other] : [linear.input] };
    await both.dense.reach(taps.dense, signal);
    await both.pruned.reach(taps.pruned, signal);
    if (added && !fits(both.dense.at(0, added.sum).dims, both.pruned.at(0, added.other).dims, linear)) {
      both.dense.release(taps.dense);
      both.pruned.release(taps.pruned);
      plain.add(layer);
      return open(layer);
    }
    const total = samples.reduce((sum, _, b) => sum + positionsIn(both.dense, b, target, linear), 0);
    const sampled = samples.map((_, b) =>
      sampledRows(
        linear,
        { input: both.pruned.at(b, linear.input).dims, output: both.dense.at(b, target).dims },
        rows / total,
        random(seed, `${layer} ${b}`),
      ),
    );
    current = {
      layer,
      linear,
      tail: { ...tail, residual: added },
      relu: tail.relu && (tail.residual === undefined || added !== undefined),
      target,
      kept: outputsKept(linear) as readonly number[],
      taps,
      sampled,
    };
    return current;
  };

  const passOf = ({ linear, tail, target, kept, sampled }: Current): Pass => ({
    linear,
    tail,
    kept,
    batches: sampled.map((rows, b) => ({
      rows,
      heldOut: isHeldOut(b, samples.length),
      input: both.pruned.at(b, linear.input),
      target: both.dense.at(b, target),
      ...(tail.residual ? { other: both.pruned.at(b, tail.residual.other) } : {}),
    })),
    options,
    signal,
  });

  return {
    layers: layers.map(({ output }) => output),
    skipped: [],
    async observe(layer): Promise<Observed> {
      const now = await open(layer);
      const splits: readonly Split[] = await momentsPass(passOf(now));
      now.splits = splits;
      return { splits, fits: fitsOf(now.linear), clips: now.relu };
    },
    async clipped(layer, fits): Promise<Clipped> {
      const now = await open(layer);
      return clippedPass(passOf(now), fits, now.splits ?? []);
    },
    async accept(layer, fits: readonly Fit[] | undefined) {
      const { linear, taps } = await open(layer);
      if (fits) {
        const refit: Refit = { linear, ...joinFits(fits) };
        model = refitModel(model, [refit]);
        both.pruned.replace(model);
      }
      unfit.delete(layer);
      both.dense.release(taps.dense);
      both.pruned.release(taps.pruned);
      current = undefined;
    },
    model: () => model,
  };
}

interface Current {
  readonly layer: string;
  readonly linear: Linear;
  readonly tail: Tail;
  readonly relu: boolean;
  /** The dense tensor that the layer is fitted to. */
  readonly target: string;
  readonly kept: readonly number[];
  readonly taps: { readonly dense: readonly string[]; readonly pruned: readonly string[] };
  readonly sampled: readonly Sampled[];
  splits?: readonly Split[];
}

function joinFits(fits: readonly Fit[]): { readonly weights: Float32Array; readonly bias: Float32Array } {
  const concat = (key: "weights" | "bias"): Float32Array =>
    Float32Array.from(fits.flatMap((fit) => Array.from(fit[key])));
  return { weights: concat("weights"), bias: concat("bias") };
}

/** Whether a sum and what is added to the layer have the shape of the layer's own output, channels aside. */
function fits(sum: readonly number[], other: readonly number[], { window, outputs }: Linear): boolean {
  const channel = window ? 1 : sum.length - 1;
  return sum.length === other.length && other.every((size, d) => size === (d === channel ? outputs : sum[d]));
}

const isHeldOut = (batch: number, batches: number): boolean =>
  batches === 1
    ? false
    : batches < heldOutEvery
      ? batch === batches - 1
      : batch % heldOutEvery === heldOutEvery - 1;

function positionsIn(walk: NetWalk, batch: number, tensor: string, { window }: Linear): number {
  const { dims } = walk.at(batch, tensor);
  const spatial = window ? dims.slice(2) : dims.slice(1, -1);
  return (dims[0] as number) * spatial.reduce((a, b) => a * b, 1);
}

/** Whether a tensor follows from any of some others. */
function dependsOn({ graph }: Model, tensor: string, others: ReadonlySet<string>): boolean {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const seen = new Set<string>();
  const stack = [tensor];
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    if (others.has(name)) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    stack.push(...(producers.get(name)?.inputs ?? []));
  }
  return false;
}
