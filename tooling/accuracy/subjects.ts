import { readFileSync } from "node:fs";
import type { Model } from "@prune/onnx";
import { shuffledBatches } from "@prune/onnx-recovery";
import { answersOf } from "@prune/onnx-recovery/advanced";
import { inBatches, models, rawImages } from "../recovery/images.js";
import { inputOf, type Prepared, type Subject, top1 } from "../recovery/subject.js";
import { imageSubjects } from "../recovery/subjects/images.js";

/** Training images that criteria see, without their labels. */
const seen = 1024;

/** A network whose images and how it takes them lie beside it, on some of the test images. */
export const ownSubject = (name: string, data: string, images: number): Subject => ({
  name,
  file: `${name}.onnx`,
  async prepare(model: Model): Promise<Prepared> {
    const { name: input, shape, batch } = inputOf(model);
    const size = shape.reduce((a, b) => a * b, 1);
    const { mean, std } = JSON.parse(readFileSync(`${models}/${name}.json`, "utf8"));
    const how = { shape, mean: [mean].flat(), std: [std].flat() };
    const train = rawImages(`${data}-train`, how);
    const test = rawImages(`${data}-test`, how);
    return {
      fit: shuffledBatches(input, train.values, shape, { count: seen, batch, seed: 1 }),
      test: (net) => answersOf(net, inBatches(input, test.values.subarray(0, images * size), shape, batch)),
      metric: top1(test.labels.subarray(0, images)),
      unit: "%",
      data: `accuracy on ${images.toLocaleString("en")} test images`,
    };
  },
});

/** Classifiers of images; of two exports of one network the first. */
export const subjects: readonly Subject[] = [
  ownSubject("glyphs", "glyphs", 1000),
  ownSubject("cifar-resnet20", "cifar10", 1000),
  ownSubject("cifar-vit", "cifar10", 1000),
  ...imageSubjects.filter(({ name }) => !name.endsWith("_simp")),
];
