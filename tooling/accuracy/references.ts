import { existsSync } from "node:fs";
import { type Model, onnx, readModel } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { models } from "../recovery/images.js";
import { pruneAlike } from "./alike.js";
import { ownSubject } from "./subjects.js";

/** What Torch-Pruning left of a network, without fine-tuning. */
export interface Reference {
  readonly model: string;
  readonly ranking: "local" | "global";
  readonly ratio: number;
  /** On 10,000 test images, in percent. */
  readonly top1: number;
  /** In percent, by its own count. */
  readonly macs: number;
}

const at = (
  model: string,
  ranking: Reference["ranking"],
  rows: readonly (readonly [number, number, number])[],
): Reference[] => rows.map(([ratio, top1, macs]) => ({ model, ranking, ratio, top1, macs }));

export const references: readonly Reference[] = [
  ...at("cifar-resnet20", "local", [
    [0.1, 63.1, 78],
    [0.2, 32.4, 60],
    [0.3, 14.6, 48],
  ]),
  ...at("cifar-resnet20", "global", [
    [0.1, 78.0, 79],
    [0.2, 57.8, 63],
    [0.3, 28.2, 48],
  ]),
  ...at("cifar-vit", "local", [
    [0.2, 59.9, 63],
    [0.5, 21.0, 25],
  ]),
  ...at("cifar-vit", "global", [
    [0.1, 75.1, 93],
    [0.2, 74.3, 85],
  ]),
];

/** The same pruning here. */
export interface Beside extends Reference {
  readonly ours: number;
  readonly ourMacs: number;
  /** Whether the units that left are those that Torch-Pruning's formulas choose on the same weights. */
  readonly same: boolean;
  /** Accuracy if attention scales by the smaller heads' dims, as the PyTorch model comes to do. */
  readonly rescaled?: number;
}

const backend = onnx();

/** Dims of a whole head of the transformer. */
const headDims = 24;

/**
 * The model with its queries scaled so that attention divides by the root of the dims that heads are left with; nothing
 * where they are whole.
 */
function rescaled(model: Model): Model | undefined {
  const trace = backend.trace(model);
  const probe = backend.probe(model, trace);
  const bytes = Buffer.from(model.source);
  let changed = false;
  for (const block of [0, 1, 2, 3])
    for (const kind of ["weight", "bias"]) {
      const values = probe.weights(`blocks.${block}.qkv.${kind}`);
      const dims = (values?.shape[0] ?? 0) / 12;
      if (!values || dims === headDims) continue;
      const { data } = values;
      const offset = bytes.indexOf(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      for (let e = 0; e < data.length / 3; e++)
        bytes.writeFloatLE((data[e] as number) * Math.sqrt(headDims / dims), offset + 4 * e);
      changed = true;
    }
  return changed ? readModel(bytes) : undefined;
}

export async function* besides(): AsyncGenerator<Beside> {
  for (const name of new Set(references.map((reference) => reference.model))) {
    const subject = ownSubject(name, "cifar10", 2000);
    if (!existsSync(`${models}/${subject.file}`)) continue;
    const model = openModel(`${models}/${subject.file}`);
    const { test, metric } = await subject.prepare(model);
    const top1 = async (net: Model): Promise<number> => {
      const answers = await test(net);
      return metric(answers, answers);
    };
    for (const reference of references.filter((one) => one.model === name)) {
      const { small, macs, same } = await pruneAlike(model, reference);
      const scaled = rescaled(small);
      yield {
        ...reference,
        ours: await top1(readModel(small.source)),
        ourMacs: 100 * macs,
        same,
        ...(scaled && { rescaled: await top1(scaled) }),
      };
    }
  }
}
