import { OnnxError } from "../errors.js";
import type { GraphEdit, Model } from "../model.js";
import { sizeLimit } from "../read/read-model.js";
import type { Source } from "../read/read-weight.js";
import { payload } from "../wire.js";
import { checkEdit } from "./check-edit.js";
import { embed } from "./encode.js";
import { type Kind, moveExternals } from "./move-externals.js";
import { rewritten } from "./rewrite.js";
import { lengthOf, type Rope } from "./rope.js";
import type { Store } from "./store.js";
import { changedGraph } from "./write-graph.js";

const graphField = 7;
const others: { readonly [number: number]: Kind } = { 20: "training", 25: "function" };

/** The model with an edit applied; without a store, external tensors that did not change keep pointing where they did. */
export function splice(model: Model, edit: GraphEdit, store?: Store): Rope {
  checkEdit(model.graph, edit);
  const { source: bytes, external, outlined } = model;
  const source: Source = { bytes, ...(external && { external }), ...(outlined && { outlined }) };
  const rope = rewritten(bytes, { start: 0, end: bytes.length }, (field) => {
    const kind = others[field.number];
    const changed =
      field.number === graphField
        ? changedGraph(source, payload(field), model, edit, store)
        : kind && moveExternals(source, payload(field), kind, store);
    return changed && embed(field.number, changed);
  });
  const length = lengthOf(rope);
  if (length > sizeLimit) throw new OnnxError("too-big", { bytes: length });
  return rope;
}
