import type { Model } from "@prune/onnx";
import { type OrtRuntime, runtimeOf } from "../runtime.js";
import { stretchesOf } from "./stretches-of.js";
import { weightBytes } from "./weight-bytes.js";

/** Bytes that a check holds for each byte of weights in single precision: of models in one piece, and of stretches. */
const shares = { whole: 2, stretch: 4 } as const;

/** A stretch of more bytes of weights is opened no faster, for each of them, than this one. */
const mostBytes = 2 ** 29;

/** What a check may take of the memory that is free. */
const shareOfFree = 0.5;

/** A model that is run by stretches. */
export interface ByStretches {
  /** Bytes of weights, in single precision, that a stretch has at most. */
  readonly most: number;
  readonly count: number;
}

/**
 * How a model is run in so many bytes of memory: undefined where it fits in one piece, or has to be run so, as functions
 * and branches were put in place of what the file has.
 */
export async function stretchWithin(
  model: Model,
  { memory, runtime }: { readonly memory?: number | undefined; readonly runtime?: OrtRuntime | undefined },
): Promise<ByStretches | undefined> {
  const free = memory === undefined ? (await runtimeOf({ runtime })).host.freeMemory?.() : undefined;
  const held = memory ?? (free === undefined ? Infinity : shareOfFree * free);
  if (model.inlined || shares.whole * weightBytes(model.graph) <= held) return undefined;
  const most = Math.min(held / shares.stretch, mostBytes);
  const count = stretchesOf(model, most).length;
  return count > 1 ? { most, count } : undefined;
}
