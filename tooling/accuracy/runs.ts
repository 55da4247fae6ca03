import { readFileSync } from "node:fs";
import type { Importance } from "@prune/graph";
import { batchNormScale, fpgm, lamp, magnitude, random } from "@prune/importance-magnitude";
import { onnx } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { prune } from "@prune/pruner";
import { accuracy, createSession, type SampleConfig } from "@prune/runtime-ort";
import { sharedFile } from "../zoo/zoo.js";

/** Accuracy after one pruning, without any recovery. */
export interface Run {
  readonly model: string;
  readonly criterion: string;
  readonly ranking: "local" | "global";
  /** Share of the units that was asked to leave; 0 for the original, and where a budget of MACs was set. */
  readonly ratio: number;
  /** The budget of MACs, as a share. */
  readonly target?: number;
  /** Shares of the original. */
  readonly macs: number;
  readonly parameters: number;
  readonly top1: number;
}

interface Subject {
  readonly name: string;
  readonly data: string;
  readonly normed: boolean;
}

const subjects: readonly Subject[] = [
  { name: "glyphs", data: "glyphs-test", normed: true },
  { name: "cifar-resnet20", data: "cifar10-test", normed: true },
  { name: "cifar-vit", data: "cifar10-test", normed: false },
];

const criteria: Readonly<Record<string, Importance>> = {
  l1: magnitude({ p: 1 }),
  l2: magnitude({ p: 2 }),
  lamp: lamp(),
  fpgm: fpgm(),
  "bn-scale": batchNormScale(),
  random: random(),
};

const ratios = [0.1, 0.2, 0.3, 0.5];
/** Images of each test set. */
export const images = 2000;

const backend = onnx();

/** Torch-Pruning's L2 criterion on the same weights, without fine-tuning, on 10,000 images: accuracy and MACs in percent. */
export const references: readonly {
  readonly model: string;
  readonly ranking: Run["ranking"];
  readonly ratio: number;
  readonly top1: number;
  readonly macs: number;
}[] = [
  { model: "cifar-resnet20", ranking: "local", ratio: 0.1, top1: 63.1, macs: 78 },
  { model: "cifar-resnet20", ranking: "local", ratio: 0.2, top1: 32.4, macs: 60 },
  { model: "cifar-resnet20", ranking: "local", ratio: 0.3, top1: 14.6, macs: 48 },
  { model: "cifar-resnet20", ranking: "global", ratio: 0.1, top1: 78.0, macs: 79 },
  { model: "cifar-resnet20", ranking: "global", ratio: 0.2, top1: 57.8, macs: 63 },
  { model: "cifar-resnet20", ranking: "global", ratio: 0.3, top1: 28.2, macs: 48 },
  { model: "cifar-vit", ranking: "local", ratio: 0.2, top1: 59.9, macs: 63 },
  { model: "cifar-vit", ranking: "local", ratio: 0.5, top1: 21.0, macs: 25 },
  { model: "cifar-vit", ranking: "global", ratio: 0.1, top1: 75.1, macs: 93 },
  { model: "cifar-vit", ranking: "global", ratio: 0.2, top1: 74.3, macs: 85 },
];

/** Prunes every model by every criterion at every ratio, by layer and globally; the original comes first. */
export async function* runs(): AsyncGenerator<Run> {
  for (const { name, data, normed } of subjects) {
    const path = sharedFile(`models/${name}.onnx`);
    if (!path) continue;
    const model = openModel(path);
    const trace = backend.trace(model);
    const whole = backend.cost(model, trace);
    const top1 = await evaluator(name, data);
    const full = { macs: 1, parameters: 1, top1: await top1(model.source) };
    yield { model: name, criterion: "", ranking: "local", ratio: 0, ...full };
    const run = async (
      criterion: string,
      ranking: Run["ranking"],
      how: { readonly ratio: number } | { readonly target: { readonly macs: number } },
    ): Promise<Run> => {
      const importance = criteria[criterion] as Importance;
      const options = { backend, importance, trace, global: ranking === "global", ...how };
      const { model: small, report } = await prune(model, options);
      return {
        model: name,
        criterion,
        ranking,
        ratio: "ratio" in how ? how.ratio : 0,
        ...("target" in how && { target: how.target.macs }),
        macs: report.after.macs / whole.macs,
        parameters: report.after.parameters / whole.parameters,
        top1: await top1(small.source),
      };
    };
    for (const { ranking, macs } of references.filter((reference) => reference.model === name))
      for (const criterion of ["l2", "lamp"]) yield run(criterion, ranking, { target: { macs: macs / 100 } });
    for (const criterion of Object.keys(criteria))
      for (const ranking of ["local", "global"] as const)
        for (const ratio of criterion === "bn-scale" && !normed ? [] : ratios)
          yield run(criterion, ranking, { ratio });
  }
}

async function evaluator(name: string, data: string): Promise<(bytes: Uint8Array) => Promise<number>> {
  const file = (suffix: string): Uint8Array => readFileSync(sharedFile(`models/${data}.${suffix}`) as string);
  const config = JSON.parse(
    readFileSync(sharedFile(`models/${name}.json`) as string, "utf8"),
  ) as SampleConfig;
  const labels = file("labels.u8").subarray(0, images);
  const pixels = config.shape.reduce((a, b) => a * b, 1);
  const samples = file("images.u8").subarray(0, labels.length * pixels);
  return async (bytes) => {
    const session = await createSession(bytes);
    const { top1 } = await accuracy(session, samples, labels, config);
    await session.release();
    return top1;
  };
}
