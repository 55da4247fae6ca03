import { readFileSync } from "node:fs";
import { onnx } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { shuffledBatches } from "@prune/onnx-recovery";
import { answersOf } from "@prune/onnx-recovery/advanced";
import type { Answers } from "@prune/recovery/advanced";
import { inBatches, models, rawImages } from "./images.js";
import { top1 } from "./subject.js";

/** Training images that choose and fit. */
export const fitted = 1024;

/** A model trained on CIFAR-10, traced, with images: labels are looked at to report alone. */
export async function openCifar(name: string, seed: number) {
  const backend = onnx();
  const model = openModel(`${models}/${name}.onnx`);
  const config = JSON.parse(readFileSync(`${models}/${name}.json`, "utf8"));
  const [train, test] = [rawImages("cifar10-train", config), rawImages("cifar10-test", config)];
  const tests = inBatches("input", test.values, config.shape, 100);
  const accuracy = top1(test.labels);
  const answers = (net: typeof model): Promise<Answers> => answersOf(net, tests);
  const dense = await answers(model);
  return {
    backend,
    model,
    trace: backend.trace(model),
    samples: shuffledBatches("input", train.values, config.shape, { count: fitted, seed }),
    images: test.labels.length,
    dense,
    answers,
    /** In % of the test images. */
    accuracy: (of: Answers): number => accuracy(of, dense),
  };
}
