import { FilesError, stageModelFiles } from "@prune/files";
import { replaceable, type Staged } from "@prune/files/advanced";
import { OnnxError } from "../errors.js";
import type { GraphEdit, Model } from "../model.js";
import { filesOf, locationsOf } from "../write/files-of.js";
import { locateExternal } from "./external-files.js";

/**
 * Writes the edited model to `path`, where it appears complete or not at all; links are followed. Tensors that were
 * external go to files beside it, called as `filesOf` says, or where such a file is there already, by that name and a
 * hash of the contents: the model that is there keeps its weights until the new one takes its place, last, and a run
 * that is killed leaves one of the two. The weights of what was replaced go then.
 * @throws {OnnxError} if a file of the input model, or anything but a file, would be overwritten.
 */
export async function saveModel(path: string, model: Model, edit: GraphEdit): Promise<void> {
  const staged = await stageModel(path, model, edit);
  await asOnnxErrors(() => staged.publish());
}

/** The same, but for its last step: nothing is at `path` until `publish`, and `discard` leaves nothing. */
export function stageModel(path: string, model: Model, edit: GraphEdit): Promise<Staged> {
  return asOnnxErrors(() => {
    replaceable(path);
    const { files, renamed } = filesOf(path, model, edit);
    const [whole, ...weights] = [...files].reverse();
    if (!whole) throw new Error("a model has no file");
    const inputs = model.file === undefined ? [] : [model.file, ...externalDataFiles(model)];
    return stageModelFiles({ weights: weights.reverse(), model: whole, renamed }, { inputs });
  });
}

/** The files that a model's weights lie in, besides its own. */
export function externalDataFiles(model: Model): readonly string[] {
  const { file } = model;
  if (file === undefined) return [];
  return [...locationsOf(model)].map((location) => locateExternal(file, location));
}

async function asOnnxErrors<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof FilesError)) throw error;
    const { path, why } = error.detail as { readonly path: string; readonly why?: string };
    if (error.code === "overwrites-input") throw new OnnxError("overwrites-input", { path });
    throw new OnnxError("unwritable-file", { path, why: why ?? whyOf(error) });
  }
}

/** What follows the name in "Can't write NAME: why." */
const whyOf = ({ message }: FilesError): string =>
  message.replace(/^Can't write .*?: /, "").replace(/\.$/, "");
