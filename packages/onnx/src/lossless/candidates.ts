import type { Trace } from "@prune/graph";
import type { OnnxNode } from "../operators/node.js";
import { constantOf, factOf } from "./facts.js";
import { type Read, readOf } from "./reads.js";
import type { Contraction, View } from "./view.js";

/** A node that sums over a unit: the positions of its input that are the unit's. */
export interface Summing {
  readonly of: Contraction;
  readonly name: number;
  readonly positions: readonly number[];
}

/** Where a unit's channels go. */
export interface Uses {
  readonly tensors: readonly string[];
  readonly sums: readonly Summing[];
  /** Why the unit must stay, and the node that needs it. */
  readonly refused: Refusal | undefined;
}

export interface Refusal {
  readonly why: string;
  readonly node: string;
}

/** Uses of each unit by its number. */
export function findUses(trace: Trace, view: View): (unit: number) => Uses {
  const { units } = trace;
  const reads = new Map<number, { node: OnnxNode; input: number }[]>();
  const tensors = new Map<number, Set<string>>();
  const captured = new Set<number>();
  const append = <T>(map: Map<number, T[]>, key: number, value: T): void => {
    const list = map.get(key);
    if (list) list.push(value);
    else map.set(key, [value]);
  };
  for (const node of view.source.nodes) {
    node.inputs.forEach((tensor, input) => {
      if (tensor === "" || view.source.isConstant(tensor)) return;
      for (const name of view.names(tensor).keys()) append(reads, name, { node, input });
    });
    for (const tensor of node.captures ?? [])
      for (const name of view.names(tensor).keys()) captured.add(name);
    for (const tensor of node.outputs) {
      if (tensor === "" || view.source.isConstant(tensor)) continue;
      for (const name of view.names(tensor).keys())
        tensors.set(name, (tensors.get(name) ?? new Set()).add(tensor));
    }
  }

  return (unit) => {
    const names = units.atoms.subarray(units.start[unit], units.start[unit + 1]);
    const sums: Summing[] = [];
    let refused: Refusal | undefined;
    for (const name of names) {
      if (view.inGrids.has(name)) refused ??= { why: "it is part of heads or groups", node: "" };
      if (captured.has(name)) refused ??= { why: "a subgraph reads it", node: "" };
      for (const { node, input } of reads.get(name) ?? []) {
        const read: Read = readOf(node, input, name, view);
        if (read.kind === "refused") refused ??= { why: read.why, node: nameOf(node) };
        if (read.kind !== "summed") continue;
        const along = view.along(read.of.input, read.of.inDim);
        if (!along) refused ??= { why: "its positions can't be told apart", node: nameOf(node) };
        const positions = Array.from(along?.keys() ?? []).filter((p) => along?.[p] === name);
        sums.push({ of: read.of, name, positions });
      }
    }
    const found = new Set(Array.from(names).flatMap((name) => [...(tensors.get(name) ?? [])]));
    return { tensors: [...found], sums, refused };
  };
}

export const nameOf = (node: OnnxNode): string => node.name || `${node.op} #${node.index}`;

/** Outputs that sum over a channel, with the total weight of the channel in each. */
export function columnOf({ of, name, positions }: Summing, view: View): Map<number, number> {
  const owners = view.along(of.output, of.outDim);
  const each = of.outputs / of.groups;
  const column = new Map<number, number>();
  let most = 0;
  for (const position of positions) {
    const group = Math.floor(position / of.inputs);
    for (let o = group * each; o < (group + 1) * each; o++) {
      if (owners?.[o] === name) continue;
      let total = 0;
      let read = false;
      for (let tap = 0; tap < of.taps; tap++) {
        const w = of.weight(o, position % of.inputs, tap);
        total += w;
        if (w !== 0) read = true;
        most = Math.max(most, Math.abs(w));
      }
      if (read) column.set(o, (column.get(o) ?? 0) + total);
    }
  }
  return most <= of.negligible ? new Map() : column;
}

/** Whether a unit holds one value somewhere on its way. */
export const isSuspect = (trace: Trace, view: View, unit: number, { tensors }: Uses): boolean => {
  const { units } = trace;
  const names = units.atoms.subarray(units.start[unit], units.start[unit + 1]);
  return names.some((name) => tensors.some((tensor) => constantOf(view, tensor, name) !== undefined));
};

/** Equal for units that hold the same everywhere; undefined where that is not known. */
export function printOf(trace: Trace, view: View, unit: number, { tensors }: Uses): string | undefined {
  const { units } = trace;
  const names = units.atoms.subarray(units.start[unit], units.start[unit + 1]);
  if (names.length !== 1 || tensors.length === 0) return undefined;
  const prints = tensors.map((tensor) => factOf(view, tensor, names[0] as number).print);
  return prints.includes(0) ? undefined : prints.map((print, i) => `${tensors[i]} ${print}`).join("\n");
}
