import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Values } from "@prune/runtime-ort";

export const models = process.env.PRUNE_MODELS ?? new URL("../../../shared/models", import.meta.url).pathname;

export type Feeds = Readonly<Record<string, Values>>;

/** Images as values, sample after sample, with a class each. */
export interface Images {
  readonly values: Float32Array;
  readonly labels: Uint8Array;
}

interface Normalised {
  readonly shape: readonly number[];
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Raw bytes as (byte / 255 - mean) / std. */
export function rawImages(set: string, { shape, mean, std }: Normalised): Images {
  const bytes = readFileSync(`${models}/${set}.images.u8`);
  const labels = readFileSync(`${models}/${set}.labels.u8`);
  const [channels = 1, ...plane] = shape;
  const area = plane.reduce((a, b) => a * b, 1);
  const values = Float32Array.from(bytes, (byte, i) => {
    const c = Math.floor(i / area) % channels;
    return (byte / 255 - (mean[c] as number)) / (std[c] as number);
  });
  return { values, labels };
}

/** The test digits, x / 255. */
export function digits(): Images {
  const images = gunzipSync(readFileSync(`${models}/mnist/mnist-test3k-images-idx3-ubyte.gz`)).subarray(16);
  const labels = gunzipSync(readFileSync(`${models}/mnist/mnist-test3k-labels-idx1-ubyte.gz`)).subarray(8);
  return { values: Float32Array.from(images, (byte) => byte / 255), labels };
}

/** Values in batches, in the order they come in; `shape` is one sample's. */
export function inBatches(
  input: string,
  values: Float32Array,
  shape: readonly number[],
  size: number,
): Feeds[] {
  const each = shape.reduce((a, b) => a * b, 1);
  const count = values.length / each;
  return Array.from({ length: Math.ceil(count / size) }, (_, b) => {
    const data = values.slice(b * size * each, Math.min(count, (b + 1) * size) * each);
    return { [input]: { type: "float32", dims: [data.length / each, ...shape], data } };
  });
}

/** The first pictures of a set of 3 x 32 x 32 bytes, with their channels last. */
export function pictures(
  set: string,
  count: number,
): { readonly bytes: Uint8Array; readonly shape: readonly [number, number, number] } {
  const [area, size] = [1024, 3072];
  const bytes = readFileSync(`${models}/${set}.images.u8`).subarray(0, count * size);
  const at = (i: number): number => i - (i % size) + (i % 3) * area + Math.floor((i % size) / 3);
  return { bytes: Uint8Array.from(bytes, (_, i) => bytes[at(i)] as number), shape: [32, 32, 3] };
}
