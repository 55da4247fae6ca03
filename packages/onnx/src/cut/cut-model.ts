import { type Cut, type Finding, GraphError, type Trace } from "@prune/graph";
import { type ChangedEnd, changedEnds, shapeOf } from "@prune/graph/advanced";
import { newSizes } from "../ends/ends.js";
import { flatGraphOf } from "../flat/flat-model.js";
import type { GraphEdit, Model } from "../model.js";
import { compensate } from "../norms/compensate.js";
import type { Norms } from "../norms/whole.js";
import type { Tensor } from "../tensor.js";
import type { OnnxSource } from "../trace/source.js";
import { createDraft, type Draft, finish } from "./draft.js";
import { elementNumber, encodeTensor } from "./encode.js";
import { keepShapes, patchNodes } from "./operands.js";
import { type CutParameter, cutParameters, selectAll } from "./parameters.js";
import { recomputed } from "./recomputed.js";
import { sweep } from "./sweep.js";

/** A cut as an edit of the model's file, and what it keeps of each parameter. */
export interface CutModel {
  readonly edit: GraphEdit;
  readonly parameters: readonly CutParameter[];
}

/** Everything that changes when a cut is made; refuses a cut with findings. */
export function cutModel(
  model: Model,
  source: OnnxSource,
  trace: Trace,
  cut: Cut,
  norms: Norms = "live",
): CutModel {
  refuse(cut.findings);
  const draft = createDraft(model);
  const parameters = selectAll(trace, cut);
  const again = recomputed(model, source, trace, cut);
  const value = (name: string): Tensor | undefined =>
    again.names.has(name) ? again.value(name) : source.value(name);
  cutParameters(source, parameters, draft, value);
  for (const name of again.names) store(source, name, value(name), draft);
  keepShapes(source, trace, cut, draft);
  refuse(patchNodes(source, trace, cut, draft));
  if (norms === "masked") compensate(model, source, trace, cut, draft);
  const dropped = sweep(model.graph, draft);
  const sizesDiffer = new Set([...trace.tensors.keys()].filter((name) => cut.changed(name)));
  const edit = finish(draft, dropped, (name) => !sizesDiffer.has(name));
  const resized = newSizes([...changedEnds(trace, cut), ...changedResults(model, trace, cut)]);
  return { edit: resized.size > 0 ? { ...edit, resized } : edit, parameters };
}

/** What bodies get and give that gets smaller; they declare shapes of it. */
function changedResults(
  model: Model,
  trace: Trace,
  cut: Cut,
): Pick<ChangedEnd, "tensor" | "before" | "after">[] {
  const ends = new Set(
    flatGraphOf(model)?.branches.flatMap(({ parameters, results }) => [...parameters, ...results.flat()]),
  );
  return [...ends].flatMap((tensor) => {
    const layout = trace.tensors.get(tensor)?.layout;
    return layout && cut.changed(layout)
      ? [{ tensor, before: shapeOf(layout), after: cut.shape(layout) }]
      : [];
  });
}

function refuse(findings: readonly Finding[]): void {
  if (findings.length > 0) throw new GraphError("broken-plan", { findings });
}

/** A constant computed from a weight that is cut in place is stored. */
function store(source: OnnxSource, tensor: string, value: Tensor | undefined, draft: Draft): void {
  if (!value) return;
  const name = draft.constant(`${tensor}_kept`, elementNumber(value, tensor), value.shape, () =>
    encodeTensor(value),
  );
  for (const node of source.nodes)
    draft.inputs(node.index).forEach((input, k) => {
      if (input === tensor) draft.setInput(node.index, k, name);
    });
}
