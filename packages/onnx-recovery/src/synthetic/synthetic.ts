import type { Model } from "@prune/onnx";
import {
  findFeeds,
  RuntimeError,
  type SessionOptions,
  type Values,
  type ValuesByName,
} from "@prune/runtime-ort";
import { sessionOf } from "@prune/runtime-ort/advanced";
import { randomStream } from "@prune/samples";
import { type Look, noise } from "./noise.js";
import { divergence, type Norm, normsOf, openNorms } from "./norms.js";

/** How many made-up samples, in batches of which size, by which seed. */
export interface SyntheticOptions extends SessionOptions {
  /** @default 512 */
  readonly count?: number;
  /** Samples at once, where the model leaves that open. @default 32 */
  readonly batch?: number;
  /** @default 0 */
  readonly seed?: number;
}

/** Made-up inputs, and how near they come to what the model was trained on. */
export interface Synthetic {
  readonly samples: readonly ValuesByName[];
  /** Divergence from the statistics of the model's BatchNormalizations, of plain noise and of these; undefined without any. */
  readonly divergence: { readonly plain: number; readonly shaped: number } | undefined;
}

interface Shape extends Look {
  readonly mean: readonly number[];
  readonly deviation: number;
}

const looks: readonly Look[] = [1, 1.5, 2].flatMap((roughness) =>
  [0, 0.6, 0.9].map((common) => ({ roughness, common })),
);
const deviations = [0.5, 0.75, 1, 1.5, 2];

/**
 * Inputs without any data: smooth noise whose roughness, colour, strength and mean bring the statistics at the model's
 * BatchNormalizations nearest to those of training; standard normal where it has none. For models with one float32
 * input, channels first.
 */
export async function syntheticSamples(model: Model, options: SyntheticOptions = {}): Promise<Synthetic> {
  const { count = 512, batch: asked = 32, seed = 0, ...session } = options;
  const { name, dims } = await inputOf(model, session);
  const declared = model.graph.inputs.find((input) => input.name === name)?.shape?.[0];
  const open = dims.length === 0 ? 1 : asked;
  const batch = typeof declared === "number" && declared > 0 ? declared : open;
  const [, channels = 1, ...plane] = dims;
  const make = (shape: Shape, size: number, stream: string): ValuesByName => {
    const area = plane.reduce((a, b) => a * b, 1);
    const data = new Float32Array(size * channels * area);
    const source = randomStream(seed, stream);
    for (let s = 0; s < size; s++) {
      const sample = noise(channels, plane, shape, source);
      for (let i = 0; i < sample.length; i++)
        sample[i] = (shape.mean[Math.floor(i / area)] as number) + shape.deviation * (sample[i] as number);
      data.set(sample, s * sample.length);
    }
    const sizes = [size, channels, ...plane].slice(0, dims.length);
    return { [name]: { type: "float32", dims: sizes, data } };
  };
  const norms = normsOf(model);
  const plain: Shape = { roughness: 0, common: 0, mean: new Array<number>(channels).fill(0), deviation: 1 };
  const found =
    norms.length > 0
      ? await shapedBy(norms, plain, (shape) => make(shape, batch, "probe"), model, session)
      : undefined;
  const shape = found?.shape ?? plain;
  return {
    samples: Array.from({ length: Math.ceil(count / batch) }, (_, b) => make(shape, batch, `batch ${b}`)),
    divergence: found && { plain: found.plain, shaped: found.shaped },
  };
}

type Found = { readonly shape: Shape; readonly plain: number; readonly shaped: number };

async function shapedBy(
  norms: readonly Norm[],
  plain: Shape,
  make: (shape: Shape) => ValuesByName,
  model: Model,
  options: SessionOptions,
): Promise<Found> {
  const probe = await openNorms(model, norms, options);
  try {
    return await shaped(plain, async (shape) => divergence(norms, await probe.seen(make(shape))));
  } finally {
    await probe.release();
  }
}

/** Tries looks and strengths, then means of each channel in turn. */
async function shaped(plain: Shape, score: (shape: Shape) => Promise<number>): Promise<Found> {
  const before = await score(plain);
  let best = { shape: plain, score: before };
  const attempt = async (shape: Shape): Promise<void> => {
    const value = await score(shape);
    if (value < best.score) best = { shape, score: value };
  };
  for (const look of looks) await attempt({ ...plain, ...look });
  for (const deviation of deviations) await attempt({ ...best.shape, deviation });
  for (let c = 0; c < Math.min(plain.mean.length, 8); c++)
    for (const step of [-0.4, -0.2, 0.2, 0.4])
      await attempt({ ...best.shape, mean: best.shape.mean.map((m, i) => (i === c ? m + step : m)) });
  return { shape: best.shape, plain: before, shaped: best.score };
}

async function inputOf(
  model: Model,
  options: SessionOptions,
): Promise<{ readonly name: string; readonly dims: readonly number[] }> {
  const session = await sessionOf(model, options);
  try {
    const feeds = Object.entries<Values>(await findFeeds(session));
    const [first, second] = feeds;
    const other = first && first[1].type !== "float32" ? first : second;
    if (!first || other) {
      const [input, { type }] = other ?? ["", { type: "none" }];
      throw new RuntimeError("input-type", { input, type });
    }
    return { name: first[0], dims: first[1].dims };
  } finally {
    await session.release();
  }
}
