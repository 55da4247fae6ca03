import { TfjsError } from "../errors.js";
import type { NodeDef } from "../model.js";

/** A NodeDef input as the tensor it names: "x", "x:1" for further outputs; undefined for a control edge. */
export function tensorName(
  input: string,
  outputs: (node: string) => readonly string[] = () => [],
): string | undefined {
  if (input.startsWith("^")) return undefined;
  const parts = input.split(":");
  const node = parts[0] as string;
  const named = parts.length === 3 ? outputs(node).indexOf(parts[1] as string) : -1;
  const index = named >= 0 ? named : parts.length === 1 ? 0 : Number(parts.at(-1));
  return index === 0 ? node : `${node}:${index}`;
}

export const nodeOf = (input: string): string => input.replace(/^\^/, "").split(":")[0] as string;

/** Nodes with everything after what it reads; loops of old control flow are entered at their Merge. */
export function order(nodes: readonly NodeDef[]): NodeDef[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const sources = (node: NodeDef): NodeDef[] =>
    (node.input ?? [])
      .map((input) => byName.get(nodeOf(input)) as NodeDef)
      .filter((source) => !(node.op === "Merge" && source.op === "NextIteration"));
  const waiting = new Map<string, number>();
  const readers = new Map<string, NodeDef[]>();
  for (const node of nodes) {
    const from = sources(node);
    waiting.set(node.name, from.length);
    for (const { name } of from) {
      const list = readers.get(name) ?? [];
      list.push(node);
      readers.set(name, list);
    }
  }
  const sorted = nodes.filter(({ name }) => waiting.get(name) === 0);
  for (const node of sorted)
    for (const reader of readers.get(node.name) ?? []) {
      const left = (waiting.get(reader.name) as number) - 1;
      waiting.set(reader.name, left);
      if (left === 0) sorted.push(reader);
    }
  if (sorted.length < nodes.length) {
    const stuck = nodes.filter(({ name }) => (waiting.get(name) as number) > 0).map(({ name }) => name);
    throw new TfjsError("cycle", { nodes: stuck.slice(0, 5) });
  }
  return sorted;
}
