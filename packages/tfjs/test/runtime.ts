import { type GraphModel, toArtifacts } from "@prune/tfjs";
import { type GraphModel as LoadedModel, loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

/** Numbers from a seed, roughly normal. */
export function randomNumbers(seed: number, count: number): Float32Array {
  let state = seed >>> 0 || 1;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Float32Array.from({ length: count }, () => (next() + next() + next() - 1.5) * 1.6);
}

export interface Output {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** Values of inputs by name, where they are not random. */
export type Given = Readonly<Record<string, () => tf.Tensor>>;

/** Runs a GraphModel on random numbers by a seed. */
export const runGraph = async (
  model: GraphModel,
  seed = 1,
  batch = 1,
  given: Given = {},
): Promise<Output[]> =>
  runLoaded(await loadGraphModel(tf.io.fromMemory(toArtifacts(model))), seed, batch, given);

/** The same for one that tfjs has loaded; disposes it. */
export async function runLoaded(
  loaded: LoadedModel,
  seed = 1,
  batch = 1,
  given: Given = {},
): Promise<Output[]> {
  const feeds = Object.fromEntries(
    loaded.inputs.map(({ name, shape = [] }, i) => {
      const value = given[name]?.();
      if (value) return [name, value];
      const sizes = shape.map((size) => (size < 0 ? batch : size));
      const values = randomNumbers(
        seed + i,
        sizes.reduce((a, b) => a * b, 1),
      );
      return [name, tf.tensor(values, sizes)];
    }),
  );
  const names = loaded.outputs.map(({ name }) => name);
  const result = (await executed(loaded, feeds, names)) as tf.Tensor | tf.Tensor[];
  const list = Array.isArray(result) ? result : [result];
  const outputs = list.map((tensor, i) => ({
    name: names[i] as string,
    shape: tensor.shape,
    data: tensor.dataSync() as Float32Array,
  }));
  tf.dispose([...Object.values(feeds), ...list]);
  loaded.dispose();
  return outputs;
}

/** Control flow and outputs of unknown sizes run only asynchronously. */
async function executed(loaded: LoadedModel, feeds: tf.NamedTensorMap, names: string[]): Promise<unknown> {
  try {
    return loaded.execute(feeds, names);
  } catch {
    return loaded.executeAsync(feeds, names);
  }
}

/** max |a - b| / max |b|, the worst of the outputs; infinite where names, shapes or non-finite values differ. */
export function distance(a: readonly Output[], b: readonly Output[]): number {
  let worst = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  b.forEach((want, i) => {
    const got = a[i];
    if (got?.name !== want.name || String(got.shape) !== String(want.shape)) {
      worst = Number.POSITIVE_INFINITY;
      return;
    }
    let [gap, size] = [0, 0];
    for (let k = 0; k < want.data.length; k++) {
      const [x, y] = [got.data[k] as number, want.data[k] as number];
      if (Number.isFinite(x) && Number.isFinite(y)) {
        gap = Math.max(gap, Math.abs(x - y));
        size = Math.max(size, Math.abs(y));
      } else if (!Object.is(x, y)) gap = Number.POSITIVE_INFINITY;
    }
    worst = Math.max(worst, gap === 0 ? 0 : gap / size);
  });
  return worst;
}

/** Runs a LayersModel on random numbers by a seed: whole numbers below `below` where given. */
export function layerFeeds(model: LayersModel, { seed = 1, batch = 2, below = 0 } = {}): tf.Tensor[] {
  return model.inputs.map(({ shape }, i) => {
    const sizes = shape.map((size, d) => size ?? (d === 0 ? batch : 5));
    const values = randomNumbers(
      seed + i,
      sizes.reduce((a, b) => a * b, 1),
    );
    return tf.tensor(below > 0 ? values.map((x) => Math.abs(Math.floor(x * 97)) % below) : values, sizes);
  });
}

export const outputsOf = (tensors: tf.Tensor | tf.Tensor[]): Output[] =>
  (Array.isArray(tensors) ? tensors : [tensors]).map((tensor, i) => ({
    name: String(i),
    shape: tensor.shape,
    data: tensor.dataSync() as Float32Array,
  }));
