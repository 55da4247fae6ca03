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

/** The first samples as batches of normalised values. */
export function batches({ config, images }: Data, input: string, count: number, size = 64): Record<string, { type: "float32"; data: Float32Array; dims: number[] }>[] {
  const [channels = 1, ...plane] = config.shape;
  const area = plane.reduce((a, b) => a * b, 1);
  const each = channels * area;
  const at = (list: number | readonly number[], c: number): number => (typeof list === "number" ? list : (list[c] as number));
  return Array.from({ length: Math.ceil(count / size) }, (_, b) => {
    const n = Math.min(size, count - b * size);
    const data = new Float32Array(n * each);
    for (let i = 0; i < data.length; i++) {
      const c = Math.floor((i % each) / area);
      data[i] = ((images[b * size * each + i] as number) / 255 - at(config.mean, c)) / at(config.std, c);
    }
    return { [input]: { type: "float32" as const, data, dims: [n, ...config.shape] } };
  });
}
