import type { Cut } from "@prune/graph";
import { anyText, checkTaken, type Taken } from "@prune/graph/advanced";
import { type LayerReport, type Method, moments, recover, recoverJudged, type Twins } from "@prune/recovery";
import {
  type JudgedOptions,
  type JudgedReport,
  type OutputValues,
  type RecoveryStep,
  startStopwatch,
} from "@prune/recovery/advanced";
import * as tf from "@tensorflow/tfjs-core";
import type { TfjsSamples } from "../activations/activation-probe.js";
import { TfjsError } from "../errors.js";
import { layerRules } from "../layers-model/layers/layers.js";
import { live } from "../layers-model/live.js";
import type { Activation } from "../layers-model/run-calls.js";
import { layersModelSource } from "../layers-model/source.js";
import { isGraphModel, type TfjsModel } from "../tfjs.js";
import { breathing } from "./breathing.js";
import { graphNet, type LoadGraph } from "./graph-net.js";
import { layersNet } from "./layers-net.js";
import type { Net } from "./twin-net.js";
import { type TfjsTwins, type TfjsTwinsOptions, tfjsTwins } from "./twins.js";

/** A model before and after a cut, for `recoverModel` of `@prune/tfjs/recovery`. */
export interface CutTfjsModel<Model> {
  readonly original: Model;
  /** What the backend made of the original and the cut. */
  readonly smaller: Model;
  readonly cut: Cut;
}

/** How a cut model is refitted, and by which samples it is judged. */
export interface TfjsRecoverOptions extends TfjsTwinsOptions, JudgedOptions {
  /** What held-out samples choose from, layer by layer; none refits no layer. @default least squares with several ridges, or the bias alone */
  readonly methods?: readonly Method[];
  /**
   * After the refit, scale and shift what each layer gives to the variance and mean that it had: what re-estimating the
   * statistics of BatchNormalizations does, also where they were folded away. @default false
   */
  readonly moments?: boolean;
}

/** What a recovery did, layer by layer, and what the held-out samples say of it. */
export interface TfjsRecoveryReport extends JudgedReport {
  /** Layers that were brought to the moments that they had. */
  readonly moments?: { readonly layers: readonly LayerReport[] };
}

/** What a recovery takes. */
const taken: Taken<TfjsRecoverOptions> = {
  ...{ methods: anyText, moments: [], rounds: [], rows: [], seed: [], maxInputs: [], held: [], load: [] },
  ...{ labels: anyText, solver: [], stopwatch: [], onProgress: [], signal: [] },
};

/**
 * Refits a cut model to the original on unlabelled samples, in batches of about 64 in random order; three batches at
 * least. Neither model is changed; what is further from the original on samples that it was not fitted to is given up.
 * @throws {TfjsError} "samples-misfit" where samples don't feed the model, "samples-refused" where it can't run
 * on them, "not-loaded" for GraphModels without `load`; {RecoveryError} "other-cut" where the smaller model is not what the
 * cut leaves, "bad-option" where a method is none; {GraphError} "unknown-option".
 */
export async function recoverTfjsModel<Model extends TfjsModel>(
  { original, smaller, cut }: CutTfjsModel<Model>,
  samples: readonly TfjsSamples[],
  options: TfjsRecoverOptions = {},
): Promise<{ readonly model: Model; readonly report: TfjsRecoveryReport }> {
  checkTaken("recoverTfjsModel", options, taken);
  const { methods, moments: asked = false, stopwatch = startStopwatch() } = options;
  const timed = { ...options, stopwatch };
  const opened: TfjsTwins<Model>[] = [];
  const made = new Set<Model>();
  const twinsOf = async (from: Model, batches: readonly TfjsSamples[]): Promise<Twins<Model>> => {
    const twins = await tfjsTwins(original, from, cut, batches, timed);
    opened.push(twins);
    return {
      ...twins,
      model() {
        const model = twins.model();
        if (model !== from) made.add(model);
        return model;
      },
    };
  };
  let layers: readonly LayerReport[] | undefined;
  const reestimate: RecoveryStep<Model, TfjsSamples> = {
    name: "re-estimation",
    async change(from, batches) {
      const found = await recover(await twinsOf(from, batches), {
        ...timed,
        methods: [moments()],
        rounds: 0,
      });
      ({ layers } = found);
      return found.model;
    },
  };
  let kept: Model | undefined;
  try {
    const { model, report } = await recoverJudged(
      {
        original,
        smaller,
        samples,
        sizeOf: ({ xs }: TfjsSamples) => [xs].flat()[0]?.shape[0] ?? 1,
        answers: (of, batches) => outputsOf(of, batches, timed),
        ...(methods?.length !== 0 && {
          twins: (batches: readonly TfjsSamples[]) => twinsOf(smaller, batches),
        }),
        steps: asked ? [reestimate] : [],
      },
      timed,
    );
    kept = model;
    return { model, report: { ...report, ...(layers && { moments: { layers } }) } };
  } finally {
    for (const twins of opened) twins.dispose();
    for (const model of made) if (model !== kept && !isGraphModel(model)) model.dispose();
  }
}

/** A model's outputs over batches of samples: those of floats, or else all. */
async function* outputsOf(
  model: TfjsModel,
  samples: readonly TfjsSamples[],
  { load, signal, labels }: TfjsRecoverOptions,
): AsyncGenerator<readonly OutputValues[]> {
  const net = await netOf(model, load);
  const breathe = breathing(signal);
  try {
    for (const [batch, { xs }] of samples.entries()) {
      await breathe();
      const given = [xs].flat();
      if (given.length !== net.inputs.length)
        throw new TfjsError("samples-misfit", { batch, inputs: net.inputs.length, tensors: given.length });
      const found = await answered(net, given, batch);
      const outputs = found.map(({ tensor }, i) => ({ name: net.outputs[i] as string, tensor }));
      const floats = outputs.filter(({ tensor }) => tensor.dtype === "float32");
      const told = (floats.length > 0 ? floats : outputs).map(({ name, tensor }, i) => ({
        name,
        values: tensor.dataSync() as ArrayLike<number>,
        dims: tensor.shape,
        ...((net.isScores(name) || (labels && i === 0)) && { scores: tensor.shape.length === 2 }),
      }));
      tf.dispose(found.map(({ tensor, steps }) => (steps ? [tensor, steps] : [tensor])));
      yield told;
    }
  } finally {
    net.dispose();
  }
}

/** @throws {TfjsError} "samples-refused" where TensorFlow.js can't run the net on a batch. */
async function answered(net: Net, given: readonly tf.Tensor[], batch: number): Promise<Activation[]> {
  const fed = new Map(net.inputs.map((name, i) => [name, { tensor: given[i] as tf.Tensor }]));
  try {
    return await net.run(fed, net.outputs);
  } catch (error) {
    const shapes = given.map(({ shape }) => `[${shape.join(", ")}]`).join(" and ");
    const why = (error as Error).message.trim().replace(/\.$/, "");
    throw new TfjsError("samples-refused", { batch, shapes, why });
  }
}

const netOf = async (model: TfjsModel, load: LoadGraph | undefined): Promise<Net> =>
  isGraphModel(model) ? graphNet(model, load) : layersNet(layersModelSource(live(model), layerRules));
