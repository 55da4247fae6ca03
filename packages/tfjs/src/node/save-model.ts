import { existsSync, mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { io } from "@tensorflow/tfjs-core";
import { TfjsError } from "../errors.js";
import { joined } from "../format/read-model.js";
import { type ModelFiles, modelToFiles } from "../format/write-model.js";
import type { GraphModel, ModelJson } from "../model.js";
import { isGraphModel, type TfjsModel } from "../tfjs.js";

export interface SaveOptions {
  /** Files that must not be overwritten: see `modelFiles`. */
  readonly inputs?: readonly string[];
}

/**
 * Writes a model of either kind into a folder.
 * @throws {TfjsError} if a file of `inputs`, or of what a GraphModel was read from, would be overwritten.
 */
export async function saveModel(
  folder: string,
  model: TfjsModel,
  { inputs = [] }: SaveOptions = {},
): Promise<void> {
  if (isGraphModel(model))
    return writeFiles(folder, modelToFiles(model), [...inputs, ...(model.files ?? [])]);
  const save = async (artifacts: io.ModelArtifacts): Promise<io.SaveResult> => {
    const { modelTopology, weightSpecs = [], weightData = new ArrayBuffer(0), ...rest } = artifacts;
    const path = "group1-shard1of1.bin";
    const weightsManifest = [{ paths: [path], weights: weightSpecs }];
    const json = { ...rest, modelTopology, weightsManifest } as unknown as ModelJson;
    writeFiles(folder, { json, shards: [{ path, bytes: joined(weightData) }] }, inputs);
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
  };
  await model.save({ save });
}

/**
 * Writes model.json and the weights files into a folder, under temporary names that are changed when all are complete,
 * model.json last.
 * @throws {TfjsError} if one would take the place of a file of the input model.
 */
export function saveGraphModel(folder: string, model: GraphModel): void {
  writeFiles(folder, modelToFiles(model), model.files);
}

export function writeFiles(
  folder: string,
  { json, shards }: ModelFiles,
  inputs: readonly string[] = [],
): void {
  const taken = new Set(inputs.filter((path) => existsSync(path)).map((path) => realpathSync(path)));
  const files = [
    ...shards.map(({ path, bytes }) => ({
      path: join(folder, path),
      contents: bytes as Uint8Array | string,
    })),
    { path: join(folder, "model.json"), contents: JSON.stringify(json) },
  ];
  for (const { path } of files)
    if (existsSync(path) && taken.has(realpathSync(path))) throw new TfjsError("overwrites-input", { path });
  const written: string[] = [];
  try {
    for (const { path, contents } of files) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(`${path}.part`, contents);
      written.push(path);
    }
    for (const path of written) renameSync(`${path}.part`, path);
  } catch (error) {
    for (const path of written) rmSync(`${path}.part`, { force: true });
    throw new TfjsError("unwritable-file", { path: folder, why: (error as Error).message });
  }
}
