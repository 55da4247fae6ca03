import { type Cut, type Finding, PruneError, type Trace } from "@prune/graph";
import type { GraphEdit, Model } from "../model.js";
import { implicitInputs } from "../order.js";
import type { OnnxSource } from "../trace/source.js";
import { createDraft, type Draft, finish } from "./draft.js";
import { elementNumber, encodeTensor } from "./encode.js";
import { keepShapes, patchNodes } from "./operands.js";
import { type CutParameter, cutParameters, selectAll } from "./parameters.js";
import { sweep } from "./sweep.js";

/** A cut as an edit of the model's file, and what it keeps of each parameter. */
export interface CutModel {
  readonly edit: GraphEdit;
  readonly parameters: readonly CutParameter[];
}

/** Everything that changes when a cut is made; refuses a cut with findings. */
export function cutModel(model: Model, source: OnnxSource, trace: Trace, cut: Cut): CutModel {
  refuse(cut.findings);
  const draft = createDraft(model);
  const parameters = selectAll(trace, cut);
  const inPlace = cutParameters(source, parameters, draft);
  keepComputed(source, trace, inPlace, draft);
  keepShapes(source, trace, cut, draft);
  refuse(patchNodes(source, trace, cut, draft));
  const dropped = sweep(model.graph, draft);
  const sizesDiffer = new Set([...trace.tensors.keys()].filter((name) => cut.changed(name)));
  const edit = finish(draft, dropped, (name) => !sizesDiffer.has(name));
  return { edit, parameters };
}

function refuse(findings: readonly Finding[]): void {
  if (findings.length > 0) throw new PruneError("broken-plan", { findings });
}

/** Constants computed from a weight that is cut in place are stored as they were. */
function keepComputed(source: OnnxSource, trace: Trace, inPlace: ReadonlySet<string>, draft: Draft): void {
  const stale = new Set<string>(inPlace);
  for (const node of source.nodes) {
    const reads = [...node.inputs, ...implicitInputs(node)];
    const constant = node.outputs.every((name) => name === "" || source.isConstant(name));
    if (!constant || !reads.some((name) => stale.has(name))) continue;
    for (const name of node.outputs) {
      if (!trace.isComputed(name)) continue;
      stale.add(name);
      freeze(source, name, draft);
    }
  }
}

function freeze(source: OnnxSource, tensor: string, draft: Draft): void {
  const value = source.value(tensor);
  if (!value) return;
  const name = draft.constant(`${tensor}_kept`, elementNumber(value, tensor), value.shape, () =>
    encodeTensor(value),
  );
  for (const node of source.nodes)
    draft.inputs(node.index).forEach((input, k) => {
      if (input === tensor) draft.setInput(node.index, k, name);
    });
}
