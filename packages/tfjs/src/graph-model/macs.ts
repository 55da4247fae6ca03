import type { Sizes } from "@prune/graph/advanced";
import type { GraphDef, NodeDef } from "../model.js";
import type { TfNode } from "./node.js";
import { recordOf } from "./operators/operators.js";

/** Multiply-accumulates of one run of a node; operators that don't contract have none. */
export const macsOf = (node: TfNode, sizes: Sizes): number | undefined =>
  node.contractsInside ? undefined : (recordOf(node)?.macs?.(sizes, node) ?? 0);

/**
 * The nodes of loops that multiply as often as only run time tells: in the older style a loop's body lies between the
 * nodes that values enter it by and those that they leave it by. What a round doesn't change is computed once, but which
 * that is nothing says.
 */
export function contractingInLoops(nodes: readonly TfNode[]): ReadonlySet<string> {
  const readers = new Map<string, TfNode[]>();
  for (const node of nodes)
    for (const input of node.inputs) {
      const known = readers.get(input);
      if (known) known.push(node);
      else readers.set(input, [node]);
    }
  const inside = new Set<TfNode>();
  const open = nodes.filter(({ op }) => op === "Enter");
  for (let node = open.pop(); node; node = open.pop())
    for (const reader of node.outputs.flatMap((output) => readers.get(output) ?? [])) {
      if (reader.op === "Exit" || inside.has(reader)) continue;
      inside.add(reader);
      open.push(reader);
    }
  return new Set([...inside].flatMap((node) => (recordOf(node)?.macs ? [node.name] : [])));
}

/** Tells the nodes that run functions which multiply, be it in functions that those run. */
export function contractingCalls({ library }: GraphDef): (def: NodeDef) => boolean {
  const bodies = new Map(
    (library?.function ?? []).map(({ signature, nodeDef }) => [signature?.name ?? "", nodeDef ?? []]),
  );
  const known = new Map<string, boolean>();
  const contracts = (name: string): boolean => {
    const before = known.get(name);
    if (before !== undefined) return before;
    // A function that runs itself is not looked into again.
    known.set(name, false);
    const found = (bodies.get(name) ?? []).some((def) => recordOf(def)?.macs !== undefined || calls(def));
    known.set(name, found);
    return found;
  };
  const calls = ({ attr = {} }: NodeDef): boolean =>
    Object.values(attr).some(({ func }) => func?.name !== undefined && contracts(func.name));
  return calls;
}
