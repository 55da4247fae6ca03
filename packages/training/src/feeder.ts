import { randomStream } from "@prune/samples";
import type { Augmentation } from "./augmentation.js";
import { augmented, type TrainingData } from "./data.js";
import { TrainingError } from "./errors.js";
import type { Fed } from "./options.js";
import { type Tensors, type TrainingOrt, tensor } from "./runtime.js";
import type { Teacher } from "./teacher.js";

/** Reads samples as feeds: the model's inputs, labels, and what the teacher makes of them. */
export interface Feeder {
  /** As they are. */
  plain(places: Int32Array, wanted: readonly string[]): Promise<Tensors>;
  /** Changed by chance, the same for the same step. */
  changed(places: Int32Array, wanted: readonly string[], step: number): Promise<Tensors>;
}

export interface FeederOptions {
  readonly ort: TrainingOrt;
  readonly data: TrainingData;
  readonly teacher: Teacher | undefined;
  /** What the model takes of what the teacher is fed. @default all */
  readonly fed?: Fed | undefined;
  readonly augment: readonly Augmentation[];
  readonly seed: number;
}

export function createFeeder({
  ort,
  data,
  teacher,
  fed: own = (feeds) => feeds,
  augment,
  seed,
}: FeederOptions): Feeder {
  const read = async (
    places: Int32Array,
    wanted: readonly string[],
    changes: readonly Augmentation[],
    step: number,
  ): Promise<Tensors> => {
    const batch = await data.read(places);
    const feeds = augmented(batch.feeds, changes, randomStream(seed, `step ${step}`));
    const fed: Tensors = teacher ? await teacher.of(feeds, changes.length === 0 ? places : undefined) : {};
    const left = own(feeds);
    for (const name of wanted) {
      const feed = left[name];
      if (feed) fed[name] = tensor(ort, feed.type, feed.data, feed.dims);
    }
    if (wanted.includes("labels") && !fed.labels) {
      if (!batch.labels) throw new TrainingError("no-labels", {});
      fed.labels = tensor(ort, "int64", BigInt64Array.from(batch.labels, BigInt), [batch.labels.length]);
    }
    return fed;
  };
  return {
    plain: (places, wanted) => read(places, wanted, [], 0),
    changed: (places, wanted, step) => read(places, wanted, augment, step),
  };
}
