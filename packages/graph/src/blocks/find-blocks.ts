import { type Layout, shapeOf } from "../layout/layout.js";
import type { NodeCost } from "../plan/plug-in.js";
import type { GraphNode } from "../trace/graph.js";
import type { Trace } from "../trace/open-trace.js";
import { type Readers, readersOf } from "./readers.js";

/** A residual branch: what a node adds to a tensor that the branch follows from. */
export interface ResidualBlock {
  /** What the sum is called, and so the block. */
  readonly name: string;
  /** The node that adds, among the traced ones. */
  readonly node: number;
  /** Its input that goes with the block, and that which stays. */
  readonly operand: number;
  readonly skip: number;
  /** Nodes that serve the branch alone, ascending. */
  readonly nodes: readonly number[];
  /** Multiply-accumulates, as far as they are known, and elements of parameters that go with it. */
  readonly macs: number;
  readonly parameters: number;
}

/** What `findBlocks` asks the format: which nodes add two tensors, and what each node costs. */
export interface BlockOptions<Node extends GraphNode> {
  /** The two inputs that a node adds; undefined where it does something else. */
  sum(node: Node): readonly [number, number] | undefined;
  /** What the node at a position costs. */
  costs: readonly Pick<NodeCost, "macs" | "parameters">[];
}

/**
 * Residual branches whose removal leaves names, shapes and types as they are: x + f(x), where the sum has x's shape, and
 * w(x) + f(x), where w is a shortcut of one layer at most. In topological order of their sums; what f makes that
 * something else needs, a decoder's cache among it, stays.
 */
export function findBlocks<Node extends GraphNode>(
  { source, tensors }: Trace,
  { sum, costs }: BlockOptions<Node>,
): ResidualBlock[] {
  const { nodes } = source;
  const readers = readersOf(source);
  const layout = (name: string): Layout | undefined => tensors.get(name)?.layout;
  const isData = (name: string): boolean =>
    name !== "" && !tensors.get(name)?.parameter && !source.isConstant(name);
  const total = (of: readonly number[], what: "macs" | "parameters"): number =>
    of.reduce((all, i) => all + (costs[i]?.[what] ?? 0), 0);

  const blockAt = (node: Node, at: number, operand: number, skip: number): ResidualBlock | undefined => {
    const alone = readers.servingAlone(node.inputs[operand] as string);
    const macs = total(alone, "macs");
    const isKnown = alone.every((i) => costs[i]?.macs !== null);
    if (macs === 0 && isKnown) return undefined;
    const name = node.outputs.find((output) => output !== "") ?? "";
    return { name, node: at, operand, skip, nodes: alone, macs, parameters: total(alone, "parameters") };
  };

  return nodes.flatMap((each, at): ResidualBlock[] => {
    const node = each as unknown as Node;
    const operands = sum(node);
    const result = layout(node.outputs[0] ?? "");
    if (!operands || !result) return [];
    const names = operands.map((i) => node.inputs[i] ?? "");
    const isAlike = names.every((name) => isData(name) && sameShape(layout(name), result));
    if (!isAlike || names[0] === names[1]) return [];
    const later = readers.madeAt(names[0] as string) > readers.madeAt(names[1] as string) ? 0 : 1;
    const [branch, skip] = [operands[later], operands[1 - later]] as [number, number];
    if (readers.follows(node.inputs[branch] as string, node.inputs[skip] as string))
      return [blockAt(node, at, branch, skip) ?? []].flat();
    const projected = ([0, 1] as const).flatMap((k): ResidualBlock[] => {
      const [long, short] = [operands[k], operands[1 - k]] as [number, number];
      const fork = forkOf(readers, source.nodes, costs, node.inputs[short] as string, isData);
      if (fork === undefined || !readers.follows(node.inputs[long] as string, fork)) return [];
      const block = blockAt(node, at, long, short);
      const own = total(readers.servingAlone(node.inputs[short] as string), "macs");
      return block && block.macs > own ? [block] : [];
    });
    return projected.slice(0, 1);
  });
}

const sameShape = (layout: Layout | undefined, other: Layout): boolean => {
  if (!layout) return false;
  const [a, b] = [shapeOf(layout), shapeOf(other)];
  return a.length === b.length && a.every((size, d) => size === b[d]);
};

/** Where a shortcut begins: behind one layer at most, and what only passes one tensor on. */
function forkOf(
  readers: Readers,
  nodes: readonly GraphNode[],
  costs: BlockOptions<GraphNode>["costs"],
  from: string,
  isData: (tensor: string) => boolean,
): string | undefined {
  let tensor = from;
  for (let layers = 0; ; ) {
    const at = readers.madeAt(tensor);
    if (at < 0) return layers > 0 ? tensor : undefined;
    if (layers > 0 && readers.count(tensor) > 1) return tensor;
    layers += (costs[at]?.macs ?? 0) > 0 ? 1 : 0;
    const [only, ...others] = (nodes[at] as GraphNode).inputs.filter(isData);
    if (layers > 1 || only === undefined || others.length > 0) return undefined;
    tensor = only;
  }
}
