import { writeFileSync } from "node:fs";
import { adamW } from "@prune/autodiff";
import * as ort from "onnxruntime-node";
import { train } from "../src/index.js";
import { checkpointFile } from "../src/node.js";
import { clouds, perceptron } from "./nets.js";

/** Trains with a checkpoint at argv[2] and writes the model to argv[3]: the run that a test kills. */
async function run([checkpoint, out]: readonly string[]): Promise<void> {
  const { bytes } = await train(perceptron(), {
    ort,
    data: clouds(),
    batch: 8,
    epochs: 60,
    every: 10,
    rate: 0.01,
    optimiser: adamW(),
    checkpoint: checkpointFile(checkpoint as string),
    session: { intraOpNumThreads: 1 },
  });
  writeFileSync(out as string, bytes);
}

void run(process.argv.slice(2));
