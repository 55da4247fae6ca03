import { ownEntry } from "@prune/graph/advanced";
import { TfjsError } from "../../errors.js";
import { elementBytesOf } from "../../format/weights.js";
import type { GraphModel, NodeDef, TfAttribute, TfjsWeight, WeightEntry } from "../../model.js";
import { nodeOf } from "../order.js";

/** A changed or new constant. */
export interface NewWeight {
  readonly entry: WeightEntry;
  readonly bytes: Uint8Array;
}

/** A GraphModel in the making; the model it starts from stays as it is. */
export interface Draft {
  node(name: string): NodeDef;
  edit(name: string, change: Partial<NodeDef>): void;
  /** Attributes over those that the node has. */
  setAttributes(name: string, attributes: Readonly<Record<string, TfAttribute>>): void;
  /** Makes data input i of a node read another tensor. */
  setInput(name: string, i: number, tensor: string): void;
  /** The tensor that data input i of a node was made to read; undefined while it is the original's. */
  reads(name: string, i: number): string | undefined;
  /** Adds a node under a name that is free, and gives the name. */
  add(node: NodeDef): string;
  /** Adds a constant and gives its name. */
  constant(base: string, entry: Omit<WeightEntry, "name">, bytes: Uint8Array): string;
  integers(base: string, values: readonly number[], shape?: readonly number[]): string;
  booleans(base: string, values: readonly boolean[]): string;
  /** New contents; `entry` where they are stored in another way. */
  replaceWeight(
    name: string,
    shape: readonly number[],
    bytes: Uint8Array,
    entry?: Pick<WeightEntry, "quantization">,
  ): void;
  /** The model without what nothing reads any more. */
  finish(): GraphModel;
}

export function createDraft(model: GraphModel): Draft {
  const nodes = new Map(model.graph.node.map((node) => [node.name, node]));
  const changed = new Map<string, NewWeight>();
  const added: NewWeight[] = [];
  const moved = new Map<string, string>();
  const unused = (base: string): string => {
    let name = base;
    for (let k = 1; nodes.has(name) || model.weights.has(name); k++) name = `${base}_${k}`;
    return name;
  };
  const draft: Draft = {
    node: (name) => nodes.get(name) as NodeDef,
    edit: (name, change) => void nodes.set(name, { ...draft.node(name), ...change }),
    setAttributes: (name, attributes) =>
      draft.edit(name, { attr: { ...draft.node(name).attr, ...attributes } }),
    setInput(name, i, tensor) {
      const input = [...(draft.node(name).input ?? [])];
      const places = input.flatMap((text, k) => (text.startsWith("^") ? [] : [k]));
      input[places[i] as number] = tensor;
      draft.edit(name, { input });
      moved.set(`${i}:${name}`, tensor);
    },
    reads: (name, i) => moved.get(`${i}:${name}`),
    add(node) {
      const name = unused(node.name);
      nodes.set(name, { ...node, name });
      return name;
    },
    constant(base, entry, bytes) {
      const name = unused(base.replaceAll(":", "_"));
      nodes.set(name, {
        name,
        op: "Const",
        attr: { dtype: { type: ownEntry(typeNames, entry.dtype) ?? "DT_FLOAT" } },
      });
      added.push({ entry: { ...entry, name }, bytes });
      return name;
    },
    integers: (base, values, shape = [values.length]) =>
      draft.constant(base, { shape, dtype: "int32" }, new Uint8Array(Int32Array.from(values).buffer)),
    booleans: (base, values) =>
      draft.constant(base, { shape: [values.length], dtype: "bool" }, Uint8Array.from(values, Number)),
    replaceWeight(name, shape, bytes, entry) {
      const weight = model.weights.get(name) as TfjsWeight;
      changed.set(name, { entry: { ...weight.entry, ...entry, shape }, bytes });
      draft.edit(name, { attr: withShape(draft.node(name), shape) });
    },
    finish: () => finish(model, nodes, changed, added),
  };
  return draft;
}

const typeNames: Readonly<Record<string, string>> = {
  float32: "DT_FLOAT",
  int32: "DT_INT32",
  bool: "DT_BOOL",
};

/** Const nodes may state their tensor's shape besides the manifest. */
function withShape({ attr = {} }: NodeDef, shape: readonly number[]): Record<string, TfAttribute> {
  const { value } = attr;
  if (!value?.tensor?.tensorShape) return { ...attr };
  const tensorShape = { dim: shape.map((size) => ({ size: String(size) })) };
  return { ...attr, value: { ...value, tensor: { ...value.tensor, tensorShape } } };
}

function finish(
  model: GraphModel,
  nodes: Map<string, NodeDef>,
  changed: ReadonlyMap<string, NewWeight>,
  added: readonly NewWeight[],
): GraphModel {
  sweep(model, nodes);
  const constants = new Set(model.graph.node.flatMap(({ name, op }) => (op === "Const" ? [name] : [])));
  const isGone = (name: string): boolean => constants.has(name) && !nodes.has(name);
  const weights = new Map<string, TfjsWeight>();
  const keep = ({ entry, bytes }: NewWeight): WeightEntry => {
    const { name, shape, dtype } = entry;
    weights.set(name, { name, shape, dtype, entry, elementBytes: elementBytesOf(entry), bytes });
    return entry;
  };
  const { weightsManifest } = model.json;
  const groups = weightsManifest.map((group, g) => {
    const kept = group.weights.filter(({ name }) => !isGone(name));
    const list = kept.map(({ name }) => keep(changed.get(name) ?? (model.weights.get(name) as TfjsWeight)));
    if (g === weightsManifest.length - 1)
      list.push(...added.filter(({ entry }) => nodes.has(entry.name)).map(keep));
    return { ...group, weights: list };
  });
  const graph = { ...model.graph, node: [...nodes.values()] };
  if (weightsManifest.length === 0 && added.length > 0)
    throw new TfjsError("inconsistent-cut", {
      tensor: added[0]?.entry.name ?? "",
      what: "there are no weights files",
    });
  return { ...model, graph, weights, json: { ...model.json, modelTopology: graph, weightsManifest: groups } };
}

/** Removes nodes that were read before and are read no more. */
function sweep(model: GraphModel, nodes: Map<string, NodeDef>): void {
  const readers = (list: Iterable<NodeDef>): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const { input = [] } of list)
      for (const text of input) counts.set(nodeOf(text), (counts.get(nodeOf(text)) ?? 0) + 1);
    return counts;
  };
  const before = readers(model.graph.node);
  const after = readers(nodes.values());
  const outputs = new Set(Object.values(model.signature?.outputs ?? {}).map(({ name }) => nodeOf(name)));
  const isDead = (name: string): boolean => !after.get(name) && !outputs.has(name);
  const queue = [...before.keys()].filter(isDead);
  while (queue.length > 0) {
    const name = queue.pop() as string;
    const node = nodes.get(name);
    if (!node || node.op.startsWith("Placeholder")) continue;
    nodes.delete(name);
    for (const text of node.input ?? []) {
      const source = nodeOf(text);
      after.set(source, (after.get(source) ?? 0) - 1);
      if (isDead(source)) queue.push(source);
    }
  }
}
