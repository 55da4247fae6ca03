import { says } from "@prune/graph/rules";
import type { Attribute, Graph, Model, Node } from "../model.js";
import { operatorName } from "./operators.js";
import { bare, type OperatorRecord } from "./record.js";

/** All that you know of an operator: its rule, and what else is not the usual. */
export type OwnOperator = Pick<OperatorRecord, "rule"> & Partial<OperatorRecord>;

/** Operator -> record; operators outside the default domain as "domain:Op". */
export type OwnOperators = Readonly<Record<string, OwnOperator>>;

const made = new WeakMap<OwnOperators, WeakMap<Model, Model>>();

/**
 * The model whose nodes carry records of your own, in place of what this package knows of their operators, if anything.
 * `onnx({ operators })` does it by itself; what takes a model and no backend sees the records of such a model too. The
 * model itself if it has no such operator, or carries the records already.
 */
export function withOperators(model: Model, operators: OwnOperators): Model {
  const models = made.get(operators) ?? new WeakMap<Model, Model>();
  made.set(operators, models);
  const known = models.get(model);
  if (known) return known;
  const records = new Map(
    Object.entries(operators).map(([name, own]) => [name, { ...bare, support: unsaid, ...own }]),
  );
  const graph = inGraph(model.graph, records);
  const result = graph === model.graph ? model : { ...model, graph };
  models.set(model, result);
  models.set(result, result);
  return result;
}

const unsaid = says("as its own rule says");

type Records = ReadonlyMap<string, OperatorRecord>;

function inGraph(graph: Graph, records: Records): Graph {
  const nodes = graph.nodes.map((node) => inNode(node, records));
  return nodes.every((node, i) => node === graph.nodes[i]) ? graph : { ...graph, nodes };
}

function inNode(node: Node, records: Records): Node {
  const own = records.get(operatorName(node));
  const bodies = [...node.attributes].flatMap(([name, attribute]): [string, Attribute][] => {
    const inside = inAttribute(attribute, records);
    return inside === attribute ? [] : [[name, inside]];
  });
  if (bodies.length === 0) return own && !node.own ? { ...node, own } : node;
  return { ...node, attributes: new Map([...node.attributes, ...bodies]), ...(own && { own }) };
}

function inAttribute(attribute: Attribute, records: Records): Attribute {
  if (attribute.kind === "graph") {
    const value = inGraph(attribute.value, records);
    return value === attribute.value ? attribute : { ...attribute, value };
  }
  if (attribute.kind !== "graphs") return attribute;
  const value = attribute.value.map((graph) => inGraph(graph, records));
  return value.every((graph, i) => graph === attribute.value[i]) ? attribute : { ...attribute, value };
}
