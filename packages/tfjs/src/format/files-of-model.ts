import type { io } from "@tensorflow/tfjs-core";
import type { ModelJson, WeightGroup } from "../model.js";
import { isGraphModel, type TfjsModel } from "../tfjs.js";
import { joined } from "./read-model.js";
import { type ModelFiles, modelToFiles } from "./write-model.js";

/** The files of a model of either kind. */
export async function filesOfModel(model: TfjsModel): Promise<ModelFiles> {
  if (isGraphModel(model)) return modelToFiles(model);
  let files: ModelFiles | undefined;
  const save = async (artifacts: io.ModelArtifacts): Promise<io.SaveResult> => {
    const { modelTopology, weightSpecs = [], weightData = new ArrayBuffer(0), ...rest } = artifacts;
    const weightsManifest = [{ paths: [layersShard], weights: weightSpecs }];
    const json = { ...rest, modelTopology, weightsManifest } as unknown as ModelJson;
    files = { json, shards: [{ path: layersShard, bytes: joined(weightData) }] };
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
  };
  await model.save({ save });
  return files as unknown as ModelFiles;
}

/** Names of weights files that a model is written to, besides model.json and without the hashes that some may get. */
export const shardNamesOf = async (model: TfjsModel): Promise<readonly string[]> =>
  isGraphModel(model) ? model.json.weightsManifest.flatMap(({ paths }) => paths) : [layersShard];

const layersShard = "group1-shard1of1.bin";

/** "group1-shard1of2.1a2b3c4d.bin": the hash comes before the ending, which servers know files by. */
export const withShardSuffix = (path: string, suffix: string): string =>
  path.endsWith(".bin") ? `${path.slice(0, -4)}${suffix}.bin` : path + suffix;

/** A model.json whose weights files are called otherwise. */
export const withShardNames = (json: ModelJson, name: (path: string) => string): ModelJson => ({
  ...json,
  weightsManifest: json.weightsManifest.map(
    (group: WeightGroup): WeightGroup => ({ ...group, paths: group.paths.map(name) }),
  ),
});
