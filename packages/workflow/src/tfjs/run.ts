import type { Trace } from "@prune/graph";
import { type GraphModel, isGraphModel, type TfjsModel, toArtifacts } from "@prune/tfjs";
import type { Masked } from "@prune/tfjs/advanced";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type Input, refined } from "./feeds.js";
import type { TfjsRuntime } from "./tfjs-runtime.js";

export interface Output {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** A model that is ready to run. */
export interface Runner {
  readonly inputs: readonly Input[];
  run(feeds: readonly tf.Tensor[]): Promise<readonly Output[]>;
  dispose(): void;
}

/** @param trace knows shapes that the model itself leaves open */
export const runnerOf = (
  model: TfjsModel,
  { loadGraphModel }: Pick<TfjsRuntime, "loadGraphModel">,
  trace?: Trace,
): Promise<Runner> | Runner =>
  isGraphModel(model) ? graphRunner(model, loadGraphModel, trace) : layersRunner(model, model);

async function graphRunner(
  model: GraphModel,
  loadGraphModel: TfjsRuntime["loadGraphModel"],
  trace: Trace | undefined,
): Promise<Runner> {
  const loaded = await loadGraphModel(tf.io.fromMemory(toArtifacts(model)));
  const stated = loaded.inputs.map(({ name, shape = [], dtype }) => ({ name, shape, dtype }));
  const inputs = trace ? refined(stated, trace) : stated;
  const names = loaded.outputs.map(({ name }) => name);
  return {
    inputs,
    async run(feeds) {
      const named = Object.fromEntries(feeds.map((feed, i) => [inputs[i]?.name ?? "", feed]));
      try {
        return read(loaded.execute(named, names));
      } catch {
        // Control flow and outputs of unknown sizes run only so.
        return read(await loaded.executeAsync(named, names));
      }
    },
    dispose: () => loaded.dispose(),
  };
}

/** Runs a LayersModel, or the masked form of one. */
export function layersRunner(model: LayersModel, runs: LayersModel | Masked): Runner {
  const inputs = model.inputs.map((input) => {
    const { sourceLayer, shape, dtype = "float32" } = input;
    const { name } = sourceLayer;
    const reader = model.layers.find(
      (layer) =>
        layer.getClassName() === "Embedding" &&
        layer.inboundNodes.some(({ inputTensors }) => inputTensors.includes(input)),
    );
    const below = reader && { below: Number(reader.getConfig().inputDim) };
    return { name, shape: shape.map((size) => size ?? -1), dtype, ...below };
  });
  return {
    inputs,
    run: async (feeds) => read(runs.predict([...feeds]) as tf.Tensor | tf.Tensor[]),
    dispose() {},
  };
}

/** Takes numbers out of tensors, which are disposed of. */
export function read(made: tf.Tensor | tf.Tensor[]): Output[] {
  const tensors = Array.isArray(made) ? made : [made];
  const outputs = tensors.map((tensor) => ({ shape: tensor.shape, data: tensor.dataSync<"float32">() }));
  tf.dispose(tensors);
  return outputs;
}

/** max |a - b| / max |b|; infinite where other numbers are NaN or infinite, or another number of them. */
export function gap(got: Output | undefined, want: Output): number {
  if (got?.data.length !== want.data.length) return Number.POSITIVE_INFINITY;
  let [most, size] = [0, 0];
  for (let i = 0; i < want.data.length; i++) {
    const [x, y] = [got.data[i] as number, want.data[i] as number];
    if (Number.isFinite(x) && Number.isFinite(y)) {
      most = Math.max(most, Math.abs(x - y));
      size = Math.max(size, Math.abs(y));
    } else if (!Object.is(x, y)) return Number.POSITIVE_INFINITY;
  }
  return most === 0 ? 0 : most / size;
}
