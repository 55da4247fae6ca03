import { type Backend, type Cut, costOf, costsOf, openTrace, sha256, type Trace } from "@prune/graph";
import { cutModel } from "../cut/cut-model.js";
import { type LivingCells, livingCells } from "../mask/living.js";
import { maskModel } from "../mask/mask-model.js";
import type { GraphEdit, Model } from "../model.js";
import type { Rules } from "../operators/node.js";
import { rules as standardRules } from "../operators/operators.js";
import { readModel } from "../read/read-model.js";
import { onnxSource } from "../trace/source.js";
import { modelToBytes } from "../write/write-model.js";
import { checkModel } from "./check-model.js";
import { countingOf, storedBytes } from "./counting.js";
import { editedModel } from "./edited-model.js";
import { probeOf } from "./probe.js";
import { removalsOf } from "./removals.js";
import { sourceOf } from "./source-of.js";

export interface OnnxOptions {
  /** Operator rules; extend by spreading: `{ ...rules, "my.domain:Op": rule }`. */
  readonly rules?: Rules;
}

/** ONNX models: traced, cut, counted. */
export interface OnnxBackend extends Backend<Model> {
  readonly rules: Rules;
  /** A cut as an edit, checked; write it with `saveModel` without a copy of the weights in memory. */
  edit(model: Model, trace: Trace, cut: Cut): GraphEdit;
  /** The original with all that a cut removes masked: the other side of the law `cut = mask`. Shapes stay. */
  mask(model: Model, trace: Trace, cut: Cut): GraphEdit;
  /** What a cut leaves of a tensor that has these dims in a run: "all" of it, or some cells; undefined where that can't be told. */
  living(trace: Trace, cut: Cut, tensor: string, dims: readonly number[]): LivingCells | "all" | undefined;
}

/** The ONNX backend. */
export function onnx({ rules = standardRules }: OnnxOptions = {}): OnnxBackend {
  const trace = (model: Model): Trace => openTrace(onnxSource(model, rules));

  const edit = (model: Model, from: Trace, cut: Cut): GraphEdit => {
    const { edit: made } = cutModel(model, sourceOf(from), from, cut);
    const after = editedModel(model, made);
    checkModel(model, after, from, trace(after), cut);
    return made;
  };

  return {
    name: "onnx",
    rules,
    trace,
    probe: (_, from) => probeOf(from),
    edit,
    mask: (model, from, cut) => maskModel(model, sourceOf(from), from, cut),
    living: (from, cut, tensor, dims) => livingCells(from, cut, tensor, dims),
    cut(model, from, cut) {
      const bytes = modelToBytes(model, edit(model, from, cut));
      return readModel(bytes, model.external && { external: model.external });
    },
    cost: (model, from, cut) => costOf(from, countingOf(model, from), storedBytes(model, from), cut),
    costs: (model, from, cut) => costsOf(from, countingOf(model, from), cut),
    removals: removalsOf,
    hash: (model) => sha256(model.inlined?.original ?? model.source),
  };
}
