import { readFileSync } from "node:fs";
import type { SampleConfig } from "@prune/runtime-ort";

export const models = process.env.PRUNE_MODELS ?? "/work/shared/models";

export interface Data {
  readonly config: SampleConfig;
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

export function readData(name: string, set: string): Data {
  return {
    config: JSON.parse(readFileSync(`${models}/${name}.json`, "utf8")) as SampleConfig,
    images: readFileSync(`${models}/${set}.images.u8`),
    labels: readFileSync(`${models}/${set}.labels.u8`),
  };
}

type Batch = Record<string, { type: "float32"; data: Float32Array; dims: number[] }>;

/** Samples drawn without replacement (the files are sorted by class), normalised, in batches. */
export function drawn(data: Data, input: string, count: number, seed: number, size = 64): Batch[] {
  const { images, labels } = data;
  const order = Array.from(labels.keys());
  let state = seed >>> 0;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = i + Math.floor((state / 2 ** 32) * (order.length - i));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  const each = images.length / labels.length;
  const some = new Uint8Array(count * each);
  for (let i = 0; i < count; i++) {
    const from = (order[i] as number) * each;
    some.set(images.subarray(from, from + each), i * each);
  }
  return batches({ ...data, images: some }, input, count, size);
}

/** The first samples in batches of normalised values. */
export function batches({ config, images }: Data, input: string, count: number, size = 64): Batch[] {
  const [channels = 1, ...plane] = config.shape;
  const area = plane.reduce((a, b) => a * b, 1);
  const each = channels * area;
  const at = (list: number | readonly number[], c: number): number =>
    typeof list === "number" ? list : (list[c] as number);
  return Array.from({ length: Math.ceil(count / size) }, (_, b) => {
    const n = Math.min(size, count - b * size);
    const data = new Float32Array(n * each);
    for (let i = 0; i < data.length; i++) {
      const c = Math.floor((i % each) / area);
      const byte = images[b * size * each + i] as number;
      data[i] = (byte / 255 - at(config.mean, c)) / at(config.std, c);
    }
    return { [input]: { type: "float32" as const, data, dims: [n, ...config.shape] } };
  });
}
