import type { Source } from "../read/read-weight.js";
import { payload, type Span } from "../wire.js";
import { embed } from "./encode.js";
import { rewrite } from "./rewrite.js";
import type { Rope } from "./rope.js";
import type { Store } from "./store.js";
import { movedTensor } from "./write-tensor.js";

export type Kind = "model" | "training" | "function" | "graph" | "node" | "attribute" | "sparse" | "tensor";

/** Fields through which each kind of message reaches tensors. */
const nested: { readonly [K in Kind]: { readonly [field: number]: Kind } } = {
  model: { 7: "graph", 20: "training", 25: "function" },
  training: { 1: "graph", 2: "graph" },
  function: { 7: "node", 11: "attribute" },
  graph: { 1: "node", 5: "tensor", 15: "sparse" },
  node: { 5: "attribute" },
  attribute: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse" },
  sparse: { 1: "tensor", 2: "tensor" },
  tensor: {},
};

/**
 * A message whose external tensors, however deep, move to the store, and those that an outline left out back into it;
 * undefined if there are none.
 */
export function moveExternals(
  source: Source,
  span: Span,
  kind: Kind,
  store: Store | undefined,
): Rope | undefined {
  if (store === undefined && !source.outlined) return undefined;
  if (kind === "tensor") return movedTensor(source, span, store);
  return rewrite(source.bytes, span, (field) => {
    const inner = nested[kind][field.number];
    const moved = inner && moveExternals(source, payload(field), inner, store);
    return moved && embed(field.number, moved);
  });
}
