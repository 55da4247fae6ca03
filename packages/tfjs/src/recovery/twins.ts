import type { Cut } from "@prune/graph";
import {
  type NetPair,
  type OpenTwins,
  type Stopwatch,
  startStopwatch,
  twinsOf,
} from "@prune/recovery/advanced";
import type { TfjsSamples } from "../activations/activation-probe.js";
import { TfjsError } from "../errors.js";
import type { LayersModel } from "../layers-model/loaded.js";
import type { GraphModel } from "../model.js";
import { isGraphModel, type TfjsModel } from "../tfjs.js";
import type { LoadGraph } from "./graph-net.js";
import { graphRefit, graphTwin } from "./graph-twin.js";
import { type PlannedLayer, planOf } from "./layer-plan.js";
import { layersRefit, layersTwin } from "./layers-twin.js";
import { fitsOf, kernelOf, type Linear, sizesOf } from "./linear.js";
import { type LookOptions, looksOf } from "./looks.js";
import { observe } from "./observe.js";
import type { Sight } from "./sight.js";
import type { RefitNet, TwinNet, Weights } from "./twin-net.js";

/** How the two models of a recovery run, and how closely their layers are looked at. */
export interface TfjsTwinsOptions extends LookOptions {
  /** Layers with more inputs times places of the window than this are fitted by channel, or scaled. @default 1200 */
  readonly maxInputs?: number;
  /** Runs GraphModels: `loadGraphModel` of `@tensorflow/tfjs-converter`. LayersModels run by themselves. */
  readonly load?: LoadGraph;
  readonly stopwatch?: Stopwatch;
}

/** Twins that hold tensors until the model was asked for, or they are disposed of. */
export type TfjsTwins<Model> = OpenTwins<Model>;

/**
 * A model and one cut from it side by side, for `recover` of `@prune/recovery`: TensorFlow.js runs the samples and computes
 * the statistics. Both models stay as they are; the result is another.
 * @throws {TfjsError} "few-batches" where no batch is left to judge by, "not-loaded" for GraphModels without `load`.
 */
export async function tfjsTwins<Model extends TfjsModel>(
  original: Model,
  smaller: Model,
  cut: Cut,
  batches: readonly TfjsSamples[],
  options: TfjsTwinsOptions = {},
): Promise<TfjsTwins<Model>> {
  if (batches.length < 2) throw new TfjsError("few-batches", { batches: batches.length });
  const { maxInputs = 1200, load, stopwatch = startStopwatch() } = options;
  const nets = await netsOf(original, smaller, load);
  const { dense, pruned } = nets;
  const plan = planned(nets, cut, maxInputs);
  const looks = looksOf(dense, pruned, plan.layers, batches, options);
  const during = <T>(work: () => Promise<T>): Promise<T> => stopwatch.during("runtime", work);
  const pair: NetPair<Model, PlannedLayer, Sight> = {
    plan,
    nameOf: ({ linear }) => linear.layer,
    async look(layer) {
      const weights = { dense: weightsOf(dense, layer.whole), pruned: weightsOf(pruned, layer.linear) };
      const { clipped, ...sight } = await during(() => observe(looks, layer, weights));
      return { ...sight, ...(clipped && { clipped: (fits) => during(async () => clipped(fits)) }) };
    },
    async holds({ linear }, fits, { error }) {
      const wanted = kernelOf(linear, fits);
      const { kernel, bias } = pruned.held(linear, wanted);
      if (kernel === wanted.kernel && bias === wanted.bias) return true;
      const old = weightsOf(pruned, linear);
      return (
        (await error(fitsOf(linear, kernel, bias))) < (await error(fitsOf(linear, old.kernel, old.bias)))
      );
    },
    assign: ({ linear }, fits) => pruned.assign(linear, pruned.held(linear, kernelOf(linear, fits))),
    model: () => pruned.model(),
  };
  const twins = twinsOf(pair);
  let isOpen = true;
  const dispose = (): void => {
    twins.dispose();
    if (!isOpen) return;
    isOpen = false;
    looks.dispose();
    dense.dispose();
    pruned.dispose();
  };
  return {
    ...twins,
    model() {
      const made = twins.model();
      dispose();
      return made;
    },
    dispose,
  };
}

function planned<Model>(
  { dense, pruned }: Nets<Model>,
  cut: Cut,
  maxInputs: number,
): ReturnType<typeof planOf> {
  try {
    return planOf(dense, pruned, cut, maxInputs);
  } catch (error) {
    dense.dispose();
    pruned.dispose();
    throw error;
  }
}

interface Nets<Model> {
  readonly dense: TwinNet;
  readonly pruned: RefitNet<Model>;
}

async function netsOf<Model extends TfjsModel>(
  original: Model,
  smaller: Model,
  load: LoadGraph | undefined,
): Promise<Nets<Model>> {
  if (!isGraphModel(original)) {
    const nets = { dense: layersTwin(original), pruned: layersRefit(smaller as LayersModel) };
    return nets as unknown as Nets<Model>;
  }
  const dense = await graphTwin(original, load);
  try {
    return { dense, pruned: await graphRefit(smaller as GraphModel, load) } as unknown as Nets<Model>;
  } catch (error) {
    dense.dispose();
    throw error;
  }
}

/** What a layer has now; a bias of zeros where it has none. */
function weightsOf(net: TwinNet, linear: Linear): Weights {
  const { groups, outputs } = sizesOf(linear);
  return {
    kernel: net.values(linear.weight),
    bias: linear.bias === undefined ? new Float32Array(groups * outputs) : net.values(linear.bias),
  };
}
