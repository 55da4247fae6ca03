import type { io } from "@tensorflow/tfjs-core";
import type { GraphModel, ModelJson, WeightGroup } from "../model.js";
import { concatBytes } from "./read-model.js";

/** model.json and the weights files beside it. */
export interface ModelFiles {
  readonly json: ModelJson;
  readonly shards: readonly { readonly path: string; readonly bytes: Uint8Array }[];
}

/** The files of a model: the names that its manifest gives, each group spread evenly over its files. */
export function modelToFiles(model: GraphModel): ModelFiles {
  const shards: { path: string; bytes: Uint8Array }[] = [];
  for (const group of model.json.weightsManifest) {
    const bytes = groupBytes(model, group);
    const size = Math.ceil(bytes.length / group.paths.length);
    group.paths.forEach((path, i) => {
      shards.push({ path, bytes: bytes.subarray(i * size, (i + 1) * size) });
    });
  }
  return { json: model.json, shards };
}

const groupBytes = (model: GraphModel, group: WeightGroup): Uint8Array =>
  concatBytes(group.weights.map(({ name }) => bytesOf(model, name)));

const bytesOf = ({ weights }: GraphModel, name: string): Uint8Array => weights.get(name)?.bytes as Uint8Array;

/**
 * What an IOHandler's `load` gives: `tf.loadGraphModel(tf.io.fromMemory(toArtifacts(model)))`. A copy: tfjs writes into
 * the topology that it loads.
 */
export function toArtifacts(model: GraphModel): io.ModelArtifacts {
  const { modelTopology, weightsManifest, ...rest } = model.json;
  const parts = weightsManifest.flatMap(({ weights }) => weights.map(({ name }) => bytesOf(model, name)));
  const data = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return {
    ...structuredClone(rest),
    modelTopology: structuredClone(modelTopology),
    weightSpecs: weightsManifest.flatMap(({ weights }) => weights) as unknown as io.WeightsManifestEntry[],
    weightData: data.buffer,
  } as io.ModelArtifacts;
}
