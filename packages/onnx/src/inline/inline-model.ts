import type { Model } from "../model.js";
import { type ReadOptions as PlainOptions, readModel as readPlain } from "../read/read-model.js";
import { rules as standardRules } from "../rules/rules.js";
import { inlineBranches } from "./branches.js";
import { inlineFunctions } from "./functions.js";

export interface ReadOptions extends PlainOptions {
  /**
   * Puts the nodes of local functions in place of their calls, and of an If the branch that every run takes, so that
   * what is inside can be cut. `Model.inlined` says what was done.
   * @default true
   */
  readonly inline?: boolean;
}

/**
 * Reads an ONNX model as light views over its bytes: weights are decoded only when asked for.
 * @throws {OnnxError} unless the bytes are a sound model.
 */
export function readModel(bytes: Uint8Array, { inline = true, ...options }: ReadOptions = {}): Model {
  const model = readPlain(bytes, options);
  return inline ? inlineModel(model, options) : model;
}

function inlineModel(model: Model, options: PlainOptions): Model {
  const functions = inlineFunctions(model);
  const flat = functions ? readPlain(functions.bytes, options) : model;
  const branches = inlineBranches(flat, standardRules);
  if (!functions && !branches) return model;
  const made = branches ? readPlain(branches.bytes, options) : flat;
  const inlined = {
    functions: functions?.count ?? 0,
    branches: branches?.count ?? 0,
    original: model.source,
  };
  return { ...made, inlined };
}
