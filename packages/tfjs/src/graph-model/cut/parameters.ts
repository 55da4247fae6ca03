import type { Cut, Trace } from "@prune/graph";
import type { Parameter, Selection } from "@prune/graph/advanced";
import { TfjsError } from "../../errors.js";
import type { GraphModel } from "../../model.js";
import type { Contents } from "../contents/contents.js";
import type { TfNode } from "../node.js";
import type { GraphModelSource } from "../source.js";
import type { Draft } from "./draft.js";

/** What parameters are stored in, and what constants hold after the cut, before positions leave them. */
export interface Making {
  readonly draft: Draft;
  value(name: string): Contents | undefined;
}

/** Stores every changed parameter: in place when it has a single form, else as a copy for the nodes that need it. */
export function cutParameters(
  model: GraphModel,
  source: GraphModelSource,
  trace: Trace,
  cut: Cut,
  making: Making,
): ReadonlySet<string> {
  const { draft } = making;
  const inPlace = new Set<string>();
  const copies = new Map<string, string>();
  for (const parameter of trace.parameters) {
    const selection = cut.select(parameter);
    const { tensor, use, derived } = parameter;
    if (!selection)
      throw new TfjsError("inconsistent-cut", { tensor, what: "its kept elements don't form a tensor" });
    if (!selection.changed) continue;
    if (!use && !derived && model.weights.has(tensor)) {
      inPlace.add(tensor);
      draft.replaceWeight(tensor, selection.shape, storedBytes(model, tensor, selection));
      continue;
    }
    const key = `${tensor}\n${JSON.stringify(selection.removed)}`;
    const name = copies.get(key) ?? copy(model, source, parameter, selection, making);
    copies.set(key, name);
    connect(source, tensor, name, draft, use);
  }
  return inPlace;
}

/** Makes the readers of a tensor, or one use of it, read another; those that read another already go on with that. */
function connect(
  source: GraphModelSource,
  tensor: string,
  name: string,
  draft: Draft,
  use?: Parameter["use"],
): void {
  source.nodes.forEach((node: TfNode, i) => {
    if (use && use.node !== i) return;
    node.inputs.forEach((input, k) => {
      if (input !== tensor || (use && use.input !== k)) return;
      if (draft.reads(node.name, k) === undefined) draft.setInput(node.name, k, name);
    });
  });
}

function storedBytes({ weights }: GraphModel, tensor: string, selection: Selection): Uint8Array {
  const { bytes, elementBytes } = weights.get(tensor) as {
    bytes: Uint8Array;
    elementBytes: number | undefined;
  };
  if (elementBytes === undefined)
    throw new TfjsError("inconsistent-cut", { tensor, what: "its elements are of variable size" });
  return selection.copy(bytes, elementBytes);
}

function copy(
  model: GraphModel,
  source: GraphModelSource,
  { tensor }: Parameter,
  selection: Selection,
  { draft, value }: Making,
): string {
  const stored = model.weights.get(tensor);
  if (stored && source.weight(tensor)) {
    const entry = { ...stored.entry, shape: selection.shape };
    return draft.constant(`${tensor}_cut`, entry, storedBytes(model, tensor, selection));
  }
  const { dtype, bytes } = computedBytes(value, tensor);
  return draft.constant(`${tensor}_cut`, { shape: selection.shape, dtype }, selection.copy(bytes, 4));
}

function computedBytes(
  value: Making["value"],
  tensor: string,
): { dtype: string; bytes: Uint8Array; shape: readonly number[] } {
  const contents = value(tensor);
  if (!contents || contents.dtype === "bool")
    throw new TfjsError("inconsistent-cut", { tensor, what: "its values can't be computed" });
  const data = contents.data as ArrayLike<number>;
  const array = contents.dtype === "float32" ? Float32Array.from(data) : Int32Array.from(data);
  return { dtype: contents.dtype, bytes: new Uint8Array(array.buffer), shape: contents.shape };
}

/** Constants computed from a weight that is cut in place are stored as they are without what is removed. */
export function keepComputed(
  source: GraphModelSource,
  trace: Trace,
  inPlace: ReadonlySet<string>,
  { draft, value }: Making,
): void {
  const stale = new Set<string>(inPlace);
  for (const node of source.nodes) {
    const constant = node.outputs.every((name) => source.isConstant(name));
    if (!constant || !node.inputs.some((name) => stale.has(name))) continue;
    for (const name of node.outputs) {
      if (!trace.isComputed(name)) continue;
      stale.add(name);
      const { dtype, bytes, shape } = computedBytes(value, name);
      connect(source, name, draft.constant(`${name}_kept`, { shape, dtype }, bytes), draft);
    }
  }
}
