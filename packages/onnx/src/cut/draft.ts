import { flatGraphOf } from "../flat/flat-model.js";
import type { GraphEdit, Model, NamedTensor, NewNode, NewTensor, NodeEdit } from "../model.js";
import { toInt64 } from "./encode.js";

/** An edit in the making: names stay unique, several changes to one node add up. */
export interface Draft {
  readonly tensors: Map<string, NewTensor>;
  readonly added: NamedTensor[];
  readonly nodes: Map<number, NodeEdit | null>;
  readonly inserted: { before: number; node: NewNode }[];
  /** A tensor name that the model doesn't use yet. */
  unused(base: string): string;
  constant(
    base: string,
    elementType: number,
    shape: readonly number[],
    bytes: NewTensor["bytes"],
    pieces?: NewTensor["pieces"],
  ): string;
  integers(base: string, elementType: number, values: readonly number[], shape?: readonly number[]): string;
  /** Inputs of a node as edited so far. */
  inputs(node: number): string[];
  /** One of them; empty where there is none. */
  operand(node: number, i: number): string;
  setInput(node: number, i: number, name: string): void;
  edit(node: number, change: NodeEdit): void;
}

const int32 = 6;
const int64 = 7;
const bool = 9;

export function createDraft(model: Model): Draft {
  const taken = new Set<string>(model.graph.initializers.keys());
  for (const { name } of model.graph.inputs) taken.add(name);
  for (const node of model.graph.nodes) for (const name of node.outputs) taken.add(name);
  for (const own of flatGraphOf(model)?.names.values() ?? []) for (const name of own.keys()) taken.add(name);
  const draft: Draft = {
    tensors: new Map(),
    added: [],
    nodes: new Map(),
    inserted: [],
    unused(base) {
      let name = base;
      for (let k = 1; taken.has(name); k++) name = `${base}_${k}`;
      taken.add(name);
      return name;
    },
    constant(base, elementType, shape, bytes, pieces) {
      const name = draft.unused(base);
      draft.added.push({ name, elementType, shape, bytes, ...(pieces && { pieces }) });
      return name;
    },
    integers: (base, elementType, values, shape = [values.length]) =>
      draft.constant(base, elementType, shape, () => encode(values, elementType)),
    inputs: (node) => [...(draft.nodes.get(node)?.inputs ?? model.graph.nodes[node]?.inputs ?? [])],
    operand: (node, i) => draft.inputs(node)[i] ?? "",
    setInput(node, i, name) {
      const inputs = draft.inputs(node);
      while (inputs.length <= i) inputs.push("");
      inputs[i] = name;
      draft.edit(node, { inputs });
    },
    edit(node, change) {
      const before = draft.nodes.get(node) ?? {};
      const attributes = new Map([...(before.attributes ?? []), ...(change.attributes ?? [])]);
      draft.nodes.set(node, { ...before, ...change, ...(attributes.size > 0 ? { attributes } : {}) });
    },
  };
  return draft;
}

function encode(values: readonly number[], elementType: number): Uint8Array {
  if (elementType === bool) return Uint8Array.from(values);
  if (elementType === int32) return new Uint8Array(Int32Array.from(values).buffer);
  if (elementType !== int64) throw new RangeError(`element type ${elementType} does not hold sizes`);
  return new Uint8Array(BigInt64Array.from(values, toInt64).buffer);
}

export function finish(
  draft: Draft,
  droppedInitializers: ReadonlySet<string>,
  keepValueInfo: (name: string) => boolean,
): GraphEdit {
  const { tensors, added, nodes, inserted } = draft;
  return { tensors, added, nodes, inserted, droppedInitializers, keepValueInfo };
}
