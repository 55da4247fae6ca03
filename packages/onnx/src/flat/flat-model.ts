import { type FlatGraph, flatten } from "../inline/flat-graph.js";
import type { Graph, Model } from "../model.js";
import { implicitInputs, subgraphs } from "../order.js";

const flats = new WeakMap<Model, Model>();
const graphs = new WeakMap<Model, FlatGraph>();

/**
 * A model as one graph: the nodes of both branches of every If, and of every loop's body, beside those around it, so
 * that what they share is traced, cut and masked together. An If is then its condition alone and, behind its branches,
 * a node that joins what they give; a loop is a node before its body and one behind it. The model itself where it has
 * neither. Edits of it become edits of the model by {@link nestedEdit}.
 */
export function flatModel(model: Model): Model {
  const known = flats.get(model);
  if (known) return known;
  const made = flattened(model) ?? model;
  flats.set(model, made);
  flats.set(made, made);
  return made;
}

/** How a flat model is nested; undefined for a model that has no bodies. */
export const flatGraphOf = (flat: Model): FlatGraph | undefined => graphs.get(flat);

function flattened(model: Model): Model | undefined {
  if (!model.graph.nodes.some(({ op, domain }) => /^(If|Loop|Scan)$/.test(op) && domain === ""))
    return undefined;
  const flat = flatten(model, { loops: true });
  if (flat.branches.length === 0 || renamesCaptures(flat)) return undefined;
  const { nodes, initializers } = flat;
  const made = { ...model, graph: { ...model.graph, nodes, initializers } };
  graphs.set(made, flat);
  return made;
}

/** A body that stays nested (of a SequenceMap, say) reads what has another name in the flat graph. */
function renamesCaptures({ nodes, names }: FlatGraph): boolean {
  const renamed = new Set<string>();
  for (const own of names.values()) for (const [from, to] of own) if (from !== to) renamed.add(from);
  return nodes.some(
    (node) => subgraphs(node).length > 0 && [...implicitInputs(node)].some((name) => renamed.has(name)),
  );
}

/** Names of a graph inside the flat one. */
export const flatName =
  ({ names }: FlatGraph, graph: Graph): ((name: string) => string) =>
  (name) =>
    names.get(graph)?.get(name) ?? name;
