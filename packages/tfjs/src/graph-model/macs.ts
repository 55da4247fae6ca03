import { ownEntry, type Sizes } from "@prune/graph";
import type { GraphDef, NodeDef } from "../model.js";
import { flag, type TfNode, text } from "./node.js";

const total = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

type Count = (sizes: Sizes, node: TfNode) => number;

/** Every output element sums over a filter [..kernel, in, out]. */
const windows: Count = ({ input, output }) => total(output(0)) * total(input(1).slice(0, -1));

/** Every output element sums over one channel's kernel. */
const depthwise: Count = ({ input, output }) => total(output(0)) * total(input(1).slice(0, 2));

const product =
  (turned: string): Count =>
  ({ input, output }, node) =>
    total(output(0)) * (input(0).at(flag(node, turned) ? -2 : -1) ?? 1);

const einsum: Count = ({ input }, node) => {
  const size = new Map<string, number>();
  const [given = ""] = text(node, "equation").replaceAll(" ", "").split("->");
  given.split(",").forEach((term, i) => {
    [...term].forEach((letter, d) => {
      size.set(letter, Math.max(size.get(letter) ?? 1, input(i)[d] ?? 1));
    });
  });
  return total([...size.values()]);
};

const macs: Readonly<Record<string, Count>> = {
  Conv1D: windows,
  Conv2D: windows,
  _FusedConv2D: windows,
  Conv3D: windows,
  DepthwiseConv2d: depthwise,
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2dNative: depthwise,
  Conv2DBackpropInput: ({ input }) => total(input(2)) * total(input(1).slice(0, -1)),
  MatMul: product("transpose_a"),
  _FusedMatMul: product("transpose_a"),
  BatchMatMul: product("adj_x"),
  BatchMatMulV2: product("adj_x"),
  Einsum: einsum,
};

/** Multiply-accumulates of one run of a node; operators that don't contract have none. */
export const macsOf = (node: TfNode, sizes: Sizes): number | undefined =>
  node.contractsInside ? undefined : (ownEntry(macs, node.op)?.(sizes, node) ?? 0);

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
    const found = (bodies.get(name) ?? []).some((def) => ownEntry(macs, def.op) !== undefined || calls(def));
    known.set(name, found);
    return found;
  };
  const calls = ({ attr = {} }: NodeDef): boolean =>
    Object.values(attr).some(({ func }) => func?.name !== undefined && contracts(func.name));
  return calls;
}
