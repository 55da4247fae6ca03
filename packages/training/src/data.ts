import { type Random, randomStream } from "@prune/samples";
import type { Augmentation } from "./augmentation.js";
import { TrainingError } from "./errors.js";

/** Values of one input for one batch. */
export interface TrainingFeed {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayLike<unknown>;
}

/** Samples to train on, read when they are needed; `Samples` of @prune/samples is one. */
export interface TrainingData {
  readonly count: number;
  readonly labels?: Int32Array | undefined;
  /** Samples that the model takes at once; undefined where it leaves that open. */
  readonly fixedBatch?: number | undefined;
  read(places: ArrayLike<number>): Promise<{
    readonly feeds: Readonly<Record<string, TrainingFeed>>;
    readonly count: number;
    readonly labels?: Int32Array | undefined;
  }>;
}

/** Places of the samples, split by chance, the same for the same seed. */
export interface Split {
  readonly train: Int32Array;
  readonly heldOut: Int32Array;
}

export function split(count: number, heldOut: number, seed: number): Split {
  const all = shuffled(
    Int32Array.from({ length: count }, (_, i) => i),
    randomStream(seed, "held out"),
  );
  return { train: all.slice(heldOut).sort(), heldOut: all.slice(0, heldOut).sort() };
}

/** The order of one epoch: depends on nothing but the seed and its number, so that a run goes on where it was. */
export const epochOrder = (train: Int32Array, seed: number, epoch: number): Int32Array =>
  shuffled(train.slice(), randomStream(seed, `epoch ${epoch}`));

function shuffled(places: Int32Array, { integer }: Random): Int32Array {
  for (let i = places.length - 1; i > 0; i--) {
    const j = integer(i + 1);
    [places[i], places[j]] = [places[j] as number, places[i] as number];
  }
  return places;
}

/** Copies of a batch's feeds in which every float tensor of four dims is an image and is changed by chance. */
export function augmented(
  feeds: Readonly<Record<string, TrainingFeed>>,
  augmentations: readonly Augmentation[],
  chance: Random,
): Readonly<Record<string, TrainingFeed>> {
  if (augmentations.length === 0) return feeds;
  const changed = Object.entries(feeds).map(([name, feed]) => {
    const [count, channels, height, width] = feed.dims;
    if (feed.type !== "float32" || feed.dims.length !== 4) return [name, feed] as const;
    const data = Float32Array.from(feed.data as Float32Array);
    const images = { data, count, channels, height, width } as Parameters<Augmentation>[0];
    for (const augment of augmentations) augment(images, chance);
    return [name, { ...feed, data }] as const;
  });
  return Object.fromEntries(changed);
}

export function checkLabels(labels: Int32Array, classes: number): void {
  const sample = labels.findIndex((label) => label < 0 || label >= classes);
  if (sample >= 0)
    throw new TrainingError("label-range", { label: labels[sample] as number, sample, classes });
}
