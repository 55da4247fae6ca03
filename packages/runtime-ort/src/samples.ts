import { RuntimeError } from "./error.js";

/** How raw bytes become a model's input: (byte / 255 - mean) / std, per channel or for all. */
export interface SampleConfig {
  /** One sample: channels, height, width. */
  readonly shape: readonly number[];
  readonly mean: number | readonly number[];
  readonly std: number | readonly number[];
}

/** Checks parsed JSON; what else it holds (class names, notes) is left alone. */
export function sampleConfig(json: unknown): SampleConfig {
  const config = (typeof json === "object" && json !== null ? json : {}) as Record<string, unknown>;
  const { shape, mean = 0, std = 1 } = config;
  if (!isNumbers(shape) || !shape.every((dim) => Number.isInteger(dim) && dim > 0))
    throw new RuntimeError("config-invalid", {
      field: "shape",
      reason: "it must be positive integers, [C, H, W]",
    });
  const channels = shape[0] ?? 1;
  return { shape, mean: perChannel("mean", mean, channels), std: perChannel("std", std, channels) };
}

function perChannel(field: "mean" | "std", value: unknown, channels: number): number | readonly number[] {
  const numbers = typeof value === "number" ? [value] : value;
  if (!isNumbers(numbers) || (Array.isArray(value) && numbers.length !== channels))
    throw new RuntimeError("config-invalid", {
      field,
      reason: `it must be a number, or ${channels}, one per channel`,
    });
  if (field === "std" && numbers.includes(0))
    throw new RuntimeError("config-invalid", { field, reason: "it is 0" });
  return value as number | readonly number[];
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => Number.isFinite(item));
}

/** Labelled raw images: N x C x H x W bytes and N label bytes. */
export interface Samples {
  readonly count: number;
  readonly size: number;
  readonly labels: Uint8Array;
  /** Normalised values of one sample, channels first. */
  read(index: number): Float32Array;
}

export function openSamples(images: Uint8Array, labels: Uint8Array, json: unknown): Samples {
  const config = sampleConfig(json);
  const size = config.shape.reduce((product, dim) => product * dim, 1);
  const count = images.length / size;
  if (count === 0 || !Number.isInteger(count))
    throw new RuntimeError("images-size", {
      bytes: images.length,
      sample: size,
      shape: config.shape.join("x"),
    });
  if (labels.length !== count)
    throw new RuntimeError("labels-count", { images: count, labels: labels.length });

  const plane = size / (config.shape[0] ?? 1);
  const scale = Float32Array.from({ length: size }, (_, index) =>
    channel(config.std, Math.floor(index / plane), 1),
  );
  const shift = Float32Array.from({ length: size }, (_, index) =>
    channel(config.mean, Math.floor(index / plane), 0),
  );
  const read = (sample: number): Float32Array => {
    const start = sample * size;
    return scale.map((std, index) => ((images[start + index] ?? 0) / 255 - (shift[index] ?? 0)) / std);
  };
  return { count, size, labels, read };
}

function channel(numbers: number | readonly number[], index: number, otherwise: number): number {
  return typeof numbers === "number" ? numbers : (numbers[index] ?? otherwise);
}
