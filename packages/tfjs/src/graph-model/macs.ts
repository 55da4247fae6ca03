import type { Sizes } from "@prune/graph/advanced";
import type { GraphDef, NodeDef } from "../model.js";
import type { TfNode } from "./node.js";
import { recordOf } from "./operators/operators.js";

/** Multiply-accumulates of one run of a node; operators that don't contract have none. */
export const macsOf = (node: TfNode, sizes: Sizes): number | undefined =>
  node.contractsInside ? undefined : (recordOf(node)?.macs?.(sizes, node) ?? 0);

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
