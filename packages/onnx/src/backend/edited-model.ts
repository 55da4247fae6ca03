import { resized } from "../ends/ends.js";
import type {
  Attribute,
  AttributeValue,
  Graph,
  GraphEdit,
  Model,
  NamedTensor,
  NewTensor,
  Node,
  NodeEdit,
  Weight,
} from "../model.js";
import { constantWeight } from "../read/constant-weight.js";
import { decodeTensor } from "../read/decode-tensor.js";
import { elementTypeOf } from "../read/element-types.js";

/** A model as an edit would make it, without writing it: weights are cut when read. For checks, not for saving. */
export const editedModel = (model: Model, edit: GraphEdit): Model => ({
  ...model,
  graph: editedGraph(model.graph, edit),
});

function editedGraph(graph: Graph, edit: GraphEdit): Graph {
  const initializers = new Map<string, Weight>();
  for (const [name, weight] of graph.initializers) {
    const change = edit.tensors.get(name);
    if (!edit.droppedInitializers.has(name))
      initializers.set(name, change ? changed(weight, change) : weight);
  }
  for (const tensor of edit.added) initializers.set(tensor.name, added(tensor));
  const nodes: Omit<Node, "index">[] = [];
  const inserted = [...edit.inserted];
  for (let i = 0; i <= graph.nodes.length; i++) {
    for (const { before, node } of inserted)
      if (before === i) nodes.push({ ...node, attributes: attributesOf(new Map(), node.attributes) });
    const node = graph.nodes[i];
    const change = edit.nodes.get(i);
    if (node && change !== null) nodes.push(withConstant(change ? editedNode(node, change) : node, edit));
  }
  return {
    ...graph,
    inputs: graph.inputs.map((info) => resized(info, edit.resized?.get(info.name))),
    outputs: graph.outputs.map((info) => resized(info, edit.resized?.get(info.name))),
    initializers,
    valueInfo: new Map([...graph.valueInfo].filter(([name]) => edit.keepValueInfo(name))),
    nodes: nodes.map((node, index) => ({ ...node, index })),
  };
}

const editedNode = (node: Node, edit: NodeEdit): Node => ({
  ...node,
  op: edit.op ?? node.op,
  domain: edit.domain ?? node.domain,
  inputs: edit.inputs ?? node.inputs,
  outputs: edit.outputs ?? node.outputs,
  attributes: withGraphs(
    edit.attributes ? attributesOf(node.attributes, edit.attributes) : node.attributes,
    edit.graphs,
  ),
});

function withGraphs(attributes: Node["attributes"], edits: NodeEdit["graphs"]): Node["attributes"] {
  if (!edits) return attributes;
  const after = new Map(attributes);
  for (const [name, edit] of edits) {
    const held = after.get(name);
    if (held?.kind === "graph") after.set(name, { kind: "graph", value: editedGraph(held.value, edit) });
  }
  return after;
}

function attributesOf(
  before: ReadonlyMap<string, Attribute>,
  changes: ReadonlyMap<string, AttributeValue | null>,
): Map<string, Attribute> {
  const after = new Map(before);
  for (const [name, value] of changes) {
    if (value === null) after.delete(name);
    else after.set(name, attributeOf(value));
  }
  return after;
}

function attributeOf(value: AttributeValue): Attribute {
  if (typeof value === "number") return { kind: "int", value };
  if ("float" in value) return { kind: "float", value: value.float };
  if ("string" in value) return { kind: "string", value: value.string };
  return { kind: "ints", value };
}

/** A Constant node holds its new tensor as its value, whatever form it had. */
function withConstant(node: Omit<Node, "index">, edit: GraphEdit): Omit<Node, "index"> {
  const change = edit.tensors.get(node.outputs[0] ?? "");
  const weight = change && constantWeight(node as Node);
  if (!change || !weight) return node;
  return { ...node, attributes: new Map([["value", { kind: "tensor", value: changed(weight, change) }]]) };
}

const changed = ({ range: _, ...weight }: Weight, { shape, bytes }: NewTensor): Weight => ({
  ...weight,
  shape,
  external: false,
  bytes,
  tensor: () => decodeTensor(weight.dtype, shape, bytes(), weight.elementType, weight.name),
});

function added({ name, elementType, shape, bytes }: NamedTensor): Weight {
  const { dtype, bits } = elementTypeOf(elementType);
  return {
    name,
    dtype,
    elementType,
    shape,
    elementBytes: bits === undefined || bits < 8 ? undefined : bits / 8,
    external: false,
    bytes,
    tensor: () => decodeTensor(dtype, shape, bytes(), elementType, name),
  };
}
