import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Model, readModel } from "@prune/onnx";
import { recoverModel } from "@prune/onnx-recovery";
import { crop, flip, mixup, type TrainingData, type TrainOptions, train } from "@prune/training";

import { cutByCurves, cutByRanking } from "../recovery/choose-units.js";
import { openCifar } from "../recovery/cifar.js";
import { models, rawImages } from "../recovery/images.js";
import { ort } from "./ort.js";

/** What a run is: a network, the share of its work that is left, and what it learns from. */
export interface Run {
  readonly name: string;
  readonly share: number;
  /** How layers share the budget: by curves of what their shares cost, or by one ranking of all units. */
  readonly by: "curves" | "ranking";
  readonly from: "labels" | "teacher" | "both";
  /** Whether images are blended with others, which only a teacher alone can judge. */
  readonly blends?: boolean;
  /** The labels' share of the loss, where both are learned from. @default 0.3 */
  readonly hardShare?: number;
  readonly seed: number;
  readonly steps: number;
  readonly milliseconds?: number;
}

export interface Measured extends Run {
  /** Accuracies in % of the test images. */
  readonly dense: number;
  readonly recovered: number;
  readonly trained: number;
  readonly standardError: number;
  readonly taken: number;
  readonly bestStep: number;
  readonly wallSeconds: number;
  readonly processorSeconds: number;
  readonly ended: string;
  readonly curve: readonly (readonly [
    step: number,
    heldOutLoss: number,
    heldOutAccuracy: number | undefined,
  ])[];
}

const cache = join(tmpdir(), "prune-training");

/** Cuts and recovers a network once, and keeps it. */
async function recovered(
  cifar: Awaited<ReturnType<typeof openCifar>>,
  { name, share, by }: Run,
): Promise<Model> {
  const file = join(cache, `${name}-${share}-${by}.onnx`);
  if (existsSync(file)) return readModel(readFileSync(file));
  const { backend, model, trace, samples } = cifar;
  const cut = await (by === "ranking" ? cutByRanking : cutByCurves)(cifar, share);
  const smaller = backend.cut(model, trace, cut);
  const made = await recoverModel({ original: model, smaller, cut }, samples, { seed: 1 });
  mkdirSync(cache, { recursive: true });
  writeFileSync(file, made.model.source);
  return made.model;
}

/** The training images as samples. */
export function trainingImages(name: string, labelled: boolean): TrainingData {
  const config = JSON.parse(readFileSync(`${models}/${name}.json`, "utf8"));
  const { values, labels } = rawImages("cifar10-train", config);
  const size = 3 * 32 * 32;
  return {
    count: labels.length,
    labels: labelled ? Int32Array.from(labels) : undefined,
    async read(places) {
      const list = Array.from(places);
      const data = new Float32Array(list.length * size);
      list.forEach((place, i) => {
        data.set(values.subarray(place * size, (place + 1) * size), i * size);
      });
      return {
        feeds: { input: { type: "float32", dims: [list.length, 3, 32, 32], data } },
        count: list.length,
        labels: labelled ? Int32Array.from(list, (place) => labels[place] as number) : undefined,
      };
    },
  };
}

export async function trainCifar(run: Run, more: Partial<TrainOptions> = {}): Promise<Measured> {
  const cifar = await openCifar(run.name, 1);
  const student = await recovered(cifar, run);
  const before = cifar.accuracy(await cifar.answers(student));
  const began = process.cpuUsage();
  const made = await train(student, {
    ort,
    data: trainingImages(run.name, run.from !== "teacher"),
    ...(run.from !== "labels" && { teacher: cifar.model }),
    temperature: 4,
    hardShare: run.hardShare ?? 0.3,
    batch: 128,
    steps: run.steps,
    ...(run.milliseconds !== undefined && { milliseconds: run.milliseconds }),
    rate: 0.02,
    augment: [flip(), crop({ pixels: 4 }), ...(run.blends ? [mixup()] : [])],
    seed: run.seed,
    ...more,
  });
  const used = process.cpuUsage(began);
  const trained = cifar.accuracy(await cifar.answers(readModel(made.bytes)));
  return {
    ...run,
    dense: cifar.accuracy(cifar.dense),
    recovered: before,
    trained,
    standardError: Math.sqrt((trained * (100 - trained)) / cifar.images),
    taken: made.steps,
    bestStep: made.best.step,
    wallSeconds: made.milliseconds / 1000,
    processorSeconds: (used.user + used.system) / 1e6,
    ended: made.ended.why,
    curve: made.curve.map(({ step, loss, accuracy }) => [step, loss, accuracy]),
  };
}
