import { isCut, shapeAfter, usesOf } from "@prune/backend";
import { type Cost, type Cut, type Dim, type NodeCost, shapeOf, type Trace } from "@prune/graph";
import { sourceOf } from "../source.js";

/** Sizes of a node's operands, with symbols as 1; empty where unknown. */
export interface Sizes {
  input(i: number): readonly number[];
  output(i: number): readonly number[];
}

/** Multiply-accumulates of node `i` of a trace. */
export type Macs = (node: number, sizes: Sizes) => number;

/** Cost per node from filtered layouts, no weight is read; a tensor counts at the first node that reads it. */
export function costsOf(trace: Trace, macs: Macs, cut?: Cut): NodeCost[] {
  const { state } = trace;
  const { nodes } = state.source;
  const uses = usesOf(trace);
  const parameters = new Float64Array(nodes.length);
  for (const { node, elements } of storedAfter(trace, cut)) parameters[node]! += elements;
  const batch = batchOf(trace);
  const sizeOf = (name: string): readonly number[] => {
    const layout = state.value(name)?.layout;
    return layout ? (cut ? cut.shape(layout) : shapeOf(layout)).map(numberOf) : [];
  };
  return nodes.map(({ name, op, inputs, outputs }, at) => {
    const sizes: Sizes = {
      input(i) {
        const tensor = inputs[i] ?? "";
        const parameter = uses.of(at, i, tensor);
        return parameter ? shapeAfter(parameter, cut) : sizeOf(tensor);
      },
      output: (i) => sizeOf(outputs[i] ?? ""),
    };
    return { node: name, op, macs: macs(at, sizes) / batch, parameters: parameters[at] as number };
  });
}

/** The whole model's; `bytes` is its stored size before the cut. */
export function costOf(trace: Trace, macs: Macs, bytes: number, cut?: Cut): Cost {
  const costs = costsOf(trace, macs, cut);
  const total = (key: "macs" | "parameters"): number => costs.reduce((n, cost) => n + cost[key], 0);
  const stored = (of?: Cut): number => storedAfter(trace, of).reduce((n, tensor) => n + tensor.bytes, 0);
  return {
    macs: total("macs"),
    parameters: total("parameters"),
    bytes: cut ? bytes + stored(cut) - stored() : bytes,
  };
}

/** A size at symbols of 1. */
const numberOf = (d: Dim): number =>
  typeof d === "number" ? d : d.split("+").reduce((sum, term) => sum + coefficient(term), 0);

const coefficient = (term: string): number => {
  const first = Number(term.split("*")[0]);
  return Number.isNaN(first) ? 1 : first;
};

/** A batch that the model fixes is divided by. */
function batchOf({ state }: Trace): number {
  const shapes = state.source.inputs.map(({ shape }) => shape?.[0]);
  const first = shapes[0];
  return typeof first === "number" && first > 0 && shapes.every((size) => size === first) ? first : 1;
}

interface Stored {
  /** Position of the first node that reads it. */
  readonly node: number;
  /** Elements that count as parameters: none of sizes, indices and scalars. */
  readonly elements: number;
  readonly bytes: number;
}

/** What the model stores: every tensor once, and once for each form it is cut to. */
function storedAfter(trace: Trace, cut?: Cut): Stored[] {
  const source = sourceOf(trace);
  const uses = usesOf(trace);
  const forms = new Map<string, Stored>();
  const cutUse = (node: number, i: number, tensor: string): boolean => {
    const parameter = uses.of(node, i, tensor);
    return parameter !== undefined && cut !== undefined && isCut(parameter, cut);
  };
  const remains = remaining(trace, cutUse);
  trace.state.source.nodes.forEach(({ inputs }, node) => {
    if (!remains[node]) return;
    inputs.forEach((tensor, i) => {
      const parameter = tensor === "" ? undefined : uses.of(node, i, tensor);
      const weight = source.weight(tensor);
      const isForm = parameter !== undefined && cut !== undefined && cutUse(node, i, tensor);
      if (!weight && !isForm) return;
      const shape = isForm ? shapeAfter(parameter, cut) : (weight?.shape ?? []);
      const key = isForm ? `${tensor}\n${deadOf(parameter.selectors, cut)}` : tensor;
      if (forms.has(key)) return;
      const size = shape.reduce((a, b) => a * b, 1);
      const isWeight = shape.length > 0 && (weight?.dtype ?? "float32") === "float32";
      forms.set(key, { node, elements: isWeight ? size : 0, bytes: size * (weight?.elementBytes ?? 4) });
    });
  });
  return [...forms.values()];
}

/** Nodes that stay: one that computes a constant goes where all that reads it reads a form that is cut. */
function remaining(
  { state: { source } }: Trace,
  cutUse: (node: number, i: number, tensor: string) => boolean,
): Uint8Array {
  const { nodes } = source;
  const remains = new Uint8Array(nodes.length);
  const read = new Set(source.outputs);
  for (let at = nodes.length - 1; at >= 0; at--) {
    const { inputs, outputs } = nodes[at] as (typeof nodes)[number];
    const computes = outputs.every((name) => source.isConstant(name));
    if (computes && !outputs.some((name) => read.has(name))) continue;
    remains[at] = 1;
    inputs.forEach((name, i) => {
      if (!cutUse(at, i, name)) read.add(name);
    });
  }
  return remains;
}

const deadOf = (selectors: readonly { readonly ids: Int32Array }[], { life }: Cut): string =>
  selectors.map(({ ids }) => Array.from(ids, (id) => life[id]).join("")).join();
