import type { GraphEdit, Model, ModelBytes } from "../model.js";
import { bytesOf, join } from "./rope.js";
import { splice } from "./splice.js";
import { externalFiles, inlineStore } from "./store.js";

/** An edit that changes nothing; spread it to change a little. */
export const noEdit: GraphEdit = {
  tensors: new Map(),
  added: [],
  droppedInitializers: new Set(),
  nodes: new Map(),
  inserted: [],
  keepValueInfo: () => true,
};

/**
 * The edited model as chunks to write one after the other. What did not change is a view on the source, copied byte
 * for byte with the fields that this package doesn't know. External tensors that did not change stay where they are;
 * changed ones move into the model.
 */
export const writeModel = (model: Model, edit: GraphEdit): Uint8Array[] => splice(model, edit).map(bytesOf);

/** How an edited model is written in one piece. */
export interface ToBytesOptions {
  /** Takes the tensors of the source's external files, in order; without it they move into the model. */
  readonly externalFile?: {
    /** The file's name, as the model will refer to it. */
    readonly location: string;
    write(offset: number, bytes: Uint8Array): void;
  };
}

/** The edited model in one piece, complete in itself unless `externalFile` takes the external tensors. */
export function modelToBytes(
  model: Model,
  edit: GraphEdit,
  { externalFile: target }: ToBytesOptions = {},
): ModelBytes {
  const external = target && externalFiles(() => target.location);
  const rope = splice(model, edit, external?.store ?? inlineStore);
  for (const { contents } of external?.files.values() ?? [])
    for (const { offset, tensor } of contents) target?.write(offset, tensor.bytes());
  return join(rope);
}
