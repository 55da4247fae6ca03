import { readModel } from "../inline/inline-model.js";
import type { ExternalReader, GraphEdit, Model } from "../model.js";
import { join, type Late } from "./rope.js";
import { splice } from "./splice.js";
import { externalFiles } from "./store.js";

/**
 * A model as an edit makes it, to be taken apart and run: what lay in files beside the source is read, and cut, only when
 * it is asked for. Of a model in one piece it holds a copy.
 */
export function lateModel(model: Model, edit: GraphEdit): Model {
  const beside = externalFiles((from) => from);
  const bytes = join(splice(model, edit, beside.store));
  const contents = new Map<string, readonly Placed[]>();
  for (const { location, contents: placed } of beside.files.values()) contents.set(location, placed);
  const { file } = model;
  return {
    ...readModel(bytes, { external: readerOf(contents) }),
    ...(file !== undefined && { file }),
  };
}

interface Placed {
  readonly offset: number;
  readonly tensor: Late;
}

/** The last tensor is kept, as they are read stretch by stretch. */
function readerOf(files: ReadonlyMap<string, readonly Placed[]>): ExternalReader {
  let last: { readonly tensor: Late; readonly bytes: Uint8Array } | undefined;
  return (location, offset, length) => {
    const placed = placedAt(files.get(location) ?? [], offset);
    if (!placed) throw new RangeError(`nothing of the model lies at byte ${offset} of "${location}"`);
    if (last?.tensor !== placed.tensor) last = { tensor: placed.tensor, bytes: placed.tensor.bytes() };
    const from = offset - placed.offset;
    return last.bytes.subarray(from, length === undefined ? undefined : from + length);
  };
}

/** The tensor that a byte belongs to; they lie in order. */
function placedAt(contents: readonly Placed[], offset: number): Placed | undefined {
  let [low, high] = [0, contents.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((contents[middle] as Placed).offset <= offset) low = middle + 1;
    else high = middle;
  }
  return contents[low - 1];
}
