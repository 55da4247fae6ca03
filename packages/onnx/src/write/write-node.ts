import type { AttributeValue, Graph, GraphEdit, NewNode, NewTensor, Node, NodeEdit } from "../model.js";
import { constantWeight } from "../read/constant-weight.js";
import type { Source } from "../read/read-weight.js";
import { eachField, type Field, payload, type Span } from "../wire.js";
import { embed, string } from "./encode.js";
import { moveExternals } from "./move-externals.js";
import { nameIn } from "./name-in.js";
import { rewrite, rewritten } from "./rewrite.js";
import type { Rope } from "./rope.js";
import { inlineStore, type Store } from "./store.js";
import { changedAttribute, newAttribute, tensorAttribute } from "./write-attribute.js";
import { changedTensor, newTensor } from "./write-tensor.js";

const fields = { input: 1, output: 2, name: 3, op: 4, attribute: 5, domain: 7 } as const;
const tensorField = 5;
const graphField = 6;

/** A graph inside a node with an edit applied; undefined if nothing changes. */
export type InsideGraph = (span: Span, graph: Graph, edit: GraphEdit) => Rope | undefined;

export interface NodeChange {
  readonly edit: NodeEdit | undefined;
  readonly inside: InsideGraph;
  /** New value of a Constant node. */
  readonly tensor: NewTensor | undefined;
}

/** A NodeProto with an edit applied; undefined if nothing changes. */
export function changedNode(
  source: Source,
  span: Span,
  node: Node,
  { edit = {}, tensor, inside }: NodeChange,
  store: Store | undefined,
): Rope | undefined {
  const attributes = new Map(edit.attributes);
  const lists: readonly (readonly [number, readonly string[] | undefined])[] = [
    [fields.input, edit.inputs],
    [fields.output, edit.outputs],
    [fields.op, edit.op === undefined ? undefined : [edit.op]],
    [fields.domain, edit.domain === undefined ? undefined : [edit.domain]],
  ];
  const replaced = new Set(lists.filter(([, list]) => list !== undefined).map(([number]) => number));
  const change = (field: Field): Rope | undefined => {
    if (replaced.has(field.number)) return [];
    if (field.number !== fields.attribute) return undefined;
    const name = nameIn(source.bytes, payload(field), 1);
    const value = attributes.get(name);
    if (value === null) return [];
    if (value !== undefined)
      return embed(field.number, changedAttribute(source.bytes, payload(field), value));
    const [held, change] = [node.attributes.get(name), edit.graphs?.get(name)];
    const changed =
      change && held?.kind === "graph"
        ? rewrite(source.bytes, payload(field), (part) => {
            if (part.number !== graphField) return undefined;
            const made = inside(payload(part), held.value, change);
            return made && embed(graphField, made);
          })
        : tensor && name.startsWith("value")
          ? constantAttribute(source, payload(field), node, tensor, store)
          : moveExternals(source, payload(field), "attribute", store);
    return changed && embed(field.number, changed);
  };
  const present = new Set(node.attributes.keys());
  const added = [...attributes].filter(
    (item): item is [string, AttributeValue] => item[1] !== null && !present.has(item[0]),
  );
  return rewrite(source.bytes, span, change, {
    front: lists.flatMap(([number, list = []]) => list.map((item) => string(number, item))),
    back: added.flatMap(([name, value]) => embed(fields.attribute, newAttribute(name, value))),
  });
}

/** The attribute that holds a Constant's value: a tensor changes in place, numbers become a tensor. */
function constantAttribute(
  source: Source,
  span: Span,
  node: Node,
  tensor: NewTensor,
  store: Store | undefined,
): Rope {
  let inner: Span | undefined;
  eachField(source.bytes, span, "attribute", (field) => {
    if (field.number === tensorField) inner = payload(field);
  });
  if (inner !== undefined) {
    return rewritten(source.bytes, span, (field) =>
      field.number === tensorField
        ? embed(tensorField, changedTensor(source, payload(field), tensor, store ?? inlineStore))
        : undefined,
    );
  }
  const elementType = constantWeight(node)?.elementType ?? 0;
  const fresh = newTensor({ name: "", elementType, shape: tensor.shape, bytes: () => tensor.bytes() });
  return tensorAttribute(source.bytes, span, embed(tensorField, fresh));
}

/** A NodeProto made from nothing. */
export const newNode = ({ name, op, domain, inputs, outputs, attributes }: NewNode): Rope => [
  ...inputs.map((input) => string(fields.input, input)),
  ...outputs.map((output) => string(fields.output, output)),
  string(fields.name, name),
  string(fields.op, op),
  ...[...attributes].flatMap(([key, value]) => embed(fields.attribute, newAttribute(key, value))),
  ...(domain === "" ? [] : [string(fields.domain, domain)]),
];
