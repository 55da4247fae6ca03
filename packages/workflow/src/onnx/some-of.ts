import { draw, type Samples } from "@prune/samples";
import type { TrainingData } from "@prune/training";

/** Some of the samples, drawn by chance; all of them where there are no more. */
export function someOf(samples: Samples, most: number, seed: number): TrainingData {
  if (most >= samples.count) return samples;
  const places = draw(samples.count, most, seed);
  const { labels, fixedBatch } = samples;
  return {
    count: most,
    labels: labels && places.map((place) => labels[place] as number),
    fixedBatch,
    read: (list) => samples.read(Array.from(list, (i) => places[i] as number)),
  };
}
