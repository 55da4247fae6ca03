import { type Cut, keptBy } from "@prune/graph";
import { type Fit, isHeldOut, type Skipped, type Twins } from "@prune/recovery";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Samples } from "../activations/activation-probe.js";
import { layersLinears } from "../activations/layers-linears.js";
import { type LinearCall, sizesOf } from "../activations/linear.js";
import { TfjsError } from "../errors.js";
import { type LiveLayer, live } from "../layers-model/live.js";
import { type LayerNode, setting, weightInput, weightName } from "../layers-model/node.js";
import { rebuild } from "../layers-model/rebuild.js";
import { layerRules } from "../layers-model/rules/rules.js";
import { type LayersModelSource, layersModelSource } from "../layers-model/source.js";
import { type BatchRows, batchRows, type Draw } from "./layer-rows.js";
import { clippedMoments, momentsOf, type Rows } from "./row-moments.js";

export interface LayersTwinsOptions {
  /** Rows that a layer is fitted to, about. @default 16384 */
  readonly rows?: number;
  /** Positions are drawn with it. @default 0 */
  readonly seed?: number;
  /** Layers with more inputs times places of the kernel than this stay as they are. @default 1200 */
  readonly maxInputs?: number;
}

/** A layer of both nets. */
interface Pair {
  readonly small: LinearCall;
  readonly whole: LinearCall;
  /** Outputs of the original's layer that are left. */
  readonly kept: readonly number[];
  readonly node: LayerNode;
}

/**
 * A LayersModel and one cut from it side by side, for `recover` of `@prune/recovery`: TensorFlow.js runs the samples and
 * computes the statistics. The cut model stays as it is; the result is another, with a bias wherever a dense layer or a
 * convolution had none. For each layer both nets run again from their inputs.
 * @throws {TfjsError} "few-batches" where no batch is left to judge by.
 */
export function layersTwins(
  original: LayersModel,
  smaller: LayersModel,
  cut: Cut,
  batches: readonly Samples[],
  { rows = 16384, seed = 0, maxInputs = 1200 }: LayersTwinsOptions = {},
): Twins<LayersModel> {
  if (batches.length < 2) throw new TfjsError("few-batches", { batches: batches.length });
  const dense = layersModelSource(live(original), layerRules);
  const copy = withBiases(smaller);
  const pruned = layersModelSource(live(copy), layerRules);
  const { pairs, skipped } = pairsOf(dense, pruned, keptBy(cut), maxInputs);
  const byName = new Map(pairs.map((pair) => [pair.small.layer, pair]));
  let current: { readonly layer: string; readonly rows: Rows } | undefined;

  const release = (): void => {
    for (const { x, y } of current?.rows ?? []) tf.dispose([x, y]);
    current = undefined;
  };

  const gather = ({ small, whole, kept }: Pair): Rows => {
    const denseMap = mapOf(dense, whole, kept);
    const draw = drawer(seed);
    const found: (BatchRows & { readonly heldOut: boolean })[] = [];
    batches.forEach(({ xs }, b) => {
      const sides = [
        { source: pruned, call: small },
        { source: dense, call: whole },
      ] as const;
      const some = batchRows([xs].flat(), ...sides, denseMap, rows / batches.length, draw);
      found.push({ ...some, heldOut: isHeldOut(b, batches.length) });
    });
    tf.dispose([denseMap.weights, denseMap.bias]);
    return found;
  };

  return {
    layers: pairs.map(({ small }) => small.layer),
    skipped,
    async observe(layer) {
      release();
      const pair = byName.get(layer) as Pair;
      current = { layer, rows: gather(pair) };
      const clips = setting<unknown>(pair.node, "activation", "linear") === "relu";
      return { splits: [momentsOf(current.rows)], fits: [fitOf(pruned, pair)], clips };
    },
    async clipped(layer, [fit]) {
      if (current?.layer !== layer) throw new RangeError(`layer "${layer}" is not the one observed last`);
      return clippedMoments(current.rows, fit as Fit);
    },
    async accept(layer, fits) {
      if (fits) assign(pruned, byName.get(layer) as Pair, fits[0] as Fit);
      release();
    },
    model: () => copy,
  };
}

/** A copy whose dense layers and convolutions all have a bias. */
function withBiases(model: LayersModel): LayersModel {
  const { lowered, ...source } = layersModelSource(live(model), layerRules);
  const linear = new Set(layersLinears({ lowered, ...source }).map(({ layer }) => layer));
  const edits = new Map<LiveLayer, Record<string, unknown>>();
  for (const node of lowered.nodes)
    if (linear.has(node.outputs[0] as string) && weightInput(node, "bias") === undefined)
      edits.set(node.layer, { useBias: true });
  return rebuild(live(model), edits, () => undefined) as unknown as LayersModel;
}

function pairsOf(
  dense: LayersModelSource,
  pruned: LayersModelSource,
  kept: ReturnType<typeof keptBy>,
  maxInputs: number,
): { readonly pairs: readonly Pair[]; readonly skipped: readonly Skipped[] } {
  const twins = new Map(layersLinears(dense).map((call) => [call.layer, call]));
  const calls = new Map(layersLinears(pruned).map((call) => [call.layer, call]));
  const uses = new Map<string, number>();
  for (const { weight } of calls.values()) uses.set(weight, (uses.get(weight) ?? 0) + 1);
  const skipped: Skipped[] = [];
  const pairs = pruned.nodes.flatMap((node): Pair[] => {
    const layer = node.outputs[0] as string;
    const skip = (reason: string): [] => {
      skipped.push({ layer, reason });
      return [];
    };
    const small = calls.get(layer);
    const hasKernel = node.inputs.some((_, i) => /kernel$/.test(weightName(node, i) ?? ""));
    if (!small) return hasKernel ? skip(`${node.op} is not refitted`) : [];
    const { places, inputs, outputs } = sizesOf(small);
    if ((uses.get(small.weight) ?? 0) > 1) return skip("several calls share its weights");
    if (places * inputs > maxInputs)
      return skip(`it has ${places * inputs} inputs, and ${maxInputs} are the most`);
    const whole = twins.get(layer);
    const left = kept(layer, small.channelsFirst ? 1 : -1);
    if (!whole || left?.length !== outputs)
      return skip("which of the original's outputs are left is not known");
    return [{ small, whole, kept: left, node }];
  });
  return { pairs, skipped };
}

const valuesOf = ({ lowered }: LayersModelSource, name: string): Float32Array =>
  Float32Array.from(lowered.variables.get(name)?.read().dataSync() ?? []);

function biasOf(source: LayersModelSource, layer: string): string | undefined {
  const node = source.nodes.find(({ outputs }) => outputs[0] === layer);
  return node?.inputs[weightInput(node, "bias") ?? -1];
}

/** The original's kernel and bias for the outputs that are left. */
function mapOf(
  source: LayersModelSource,
  call: LinearCall,
  kept: readonly number[],
): { readonly weights: tf.Tensor2D; readonly bias: tf.Tensor1D } {
  const { outputs } = sizesOf(call);
  const kernel = valuesOf(source, call.weight);
  const rows = kernel.length / outputs;
  const some = new Float32Array(rows * kept.length);
  for (let r = 0; r < rows; r++)
    for (let k = 0; k < kept.length; k++)
      some[r * kept.length + k] = kernel[r * outputs + (kept[k] as number)] as number;
  const name = biasOf(source, call.layer);
  const bias = name === undefined ? new Float32Array(outputs) : valuesOf(source, name);
  return {
    weights: tf.tensor2d(some, [rows, kept.length]),
    bias: tf.tensor1d(Float32Array.from(kept, (o) => bias[o] as number)),
  };
}

/** A layer's kernel, [places x in, out], and bias as a map by output. */
function fitOf(source: LayersModelSource, { small }: Pair): Fit {
  const kernel = valuesOf(source, small.weight);
  const q = sizesOf(small).outputs;
  const n = kernel.length / q;
  const weights = new Float64Array(kernel.length);
  for (let o = 0; o < q; o++) for (let i = 0; i < n; i++) weights[o * n + i] = kernel[i * q + o] as number;
  return { weights, bias: Float64Array.from(valuesOf(source, biasOf(source, small.layer) as string)) };
}

function assign(source: LayersModelSource, { small }: Pair, { weights, bias }: Fit): void {
  const q = bias.length;
  const n = weights.length / q;
  const kernel = new Float32Array(weights.length);
  for (let o = 0; o < q; o++) for (let i = 0; i < n; i++) kernel[i * q + o] = weights[o * n + i] as number;
  const set = (name: string, data: Float32Array, shape: readonly number[]): void => {
    const tensor = tf.tensor(data, [...shape]);
    source.lowered.variables.get(name)?.read().assign(tensor);
    tensor.dispose();
  };
  set(small.weight, kernel, small.kernel);
  set(biasOf(source, small.layer) as string, Float32Array.from(bias), [q]);
}

/** Positions by a seed, each at most once. */
function drawer(seed: number): Draw {
  let state = seed >>> 0;
  const below = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  return (size, wanted) => {
    const all = Int32Array.from({ length: size }, (_, i) => i);
    const count = Math.max(1, Math.min(size, Math.ceil(wanted)));
    if (count === size) return all;
    for (let i = 0; i < count; i++) {
      const j = i + below(size - i);
      [all[i], all[j]] = [all[j] as number, all[i] as number];
    }
    return all.slice(0, count).sort();
  };
}
