import type { Model } from "../model.js";
import { rules as standardRules } from "../operators/operators.js";
import {
  type PlainOptions,
  type ReadOptions as PlainReadOptions,
  readModel as readPlain,
} from "../read/read-model.js";
import { inlineBranches } from "./branches.js";
import { inlineFunctions, type Rewritten } from "./functions.js";
import { inlineSequences } from "./sequences.js";

/** How a model is read: where its external data lies, and whether calls and branches are inlined. */
export interface ReadOptions extends PlainReadOptions {
  /**
   * Puts the nodes of local functions in place of their calls, of an If the branch that every run takes, and tensors in
   * place of sequences of known length, so that what is inside can be cut. `Model.inlined` says what was done.
   * @default true
   */
  readonly inline?: boolean;
}

/**
 * Reads an ONNX model as light views over its bytes: weights are decoded only when asked for.
 * @throws {OnnxError} unless the bytes are a sound model.
 */
export function readModel(bytes: Uint8Array, options: ReadOptions = {}): Model {
  return readFlat(bytes, options);
}

/** The same of bytes that may be an outline. */
export function readFlat(
  bytes: Uint8Array,
  { inline = true, ...options }: ReadOptions & PlainOptions,
): Model {
  const model = readPlain(bytes, options);
  return inline ? inlineModel(model, options) : model;
}

function inlineModel(model: Model, options: PlainOptions): Model {
  let now = model;
  const done = (made: Rewritten | undefined): number => {
    if (made) now = readPlain(made.bytes, options);
    return made?.count ?? 0;
  };
  const functions = done(inlineFunctions(now));
  const branches = done(inlineBranches(now, standardRules));
  const sequences = done(inlineSequences(now, standardRules));
  return now === model
    ? model
    : { ...now, inlined: { functions, branches, sequences, original: model.source } };
}
