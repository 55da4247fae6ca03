import type { GraphNode } from "@prune/graph";
import { ownEntry } from "@prune/graph/advanced";
import type { Kernel } from "./profile.js";

/** Operators of the model that the runtime's fused ones do the work of. */
const madeOf: Readonly<Record<string, readonly string[]>> = {
  FusedConv: ["Conv"],
  FusedMatMul: ["MatMul"],
  FusedGemm: ["Gemm", "MatMul"],
  Gemm: ["Gemm", "MatMul"],
  QLinearConv: ["Conv"],
  QLinearMatMul: ["MatMul"],
  QGemm: ["Gemm", "MatMul"],
  DynamicQuantizeMatMul: ["MatMulInteger", "MatMul"],
  MatMulIntegerToFloat: ["MatMulInteger", "MatMul"],
  QuickGelu: ["Sigmoid"],
  BiasGelu: ["Erf", "Gelu"],
  LayerNormalization: ["LayerNormalization", "ReduceMean"],
  SkipLayerNormalization: ["LayerNormalization", "ReduceMean"],
};

/**
 * The node of the original that each kernel's time is reported under, by index: the one whose name the runtime kept or made
 * the kernel's from, or what that node ends where several were fused; else the next of its operator in order. Helpers
 * of the runtime's own (reordering, reshaping) go with the kernel before them.
 */
export function attribute(
  kernels: readonly Pick<Kernel, "name" | "op">[],
  nodes: readonly GraphNode[],
): number[] {
  const named = new Map<string, number>();
  const producer = new Map<string, number>();
  nodes.forEach(({ outputs }, i) => {
    for (const output of outputs) producer.set(output, i);
  });
  for (const [output, i] of producer) named.set(output, i);
  nodes.forEach(({ name }, i) => {
    if (name !== "") named.set(name, i);
  });
  const taken = new Uint8Array(nodes.length);
  let at = 0;
  return kernels.map(({ name, op }) => {
    const ops = ownEntry(madeOf, op) ?? [op];
    const last = byName(name, named);
    const found =
      last !== undefined
        ? (behind(last, ops, nodes, producer, taken) ?? last)
        : isHelper(name, op)
          ? undefined
          : next(ops, nodes, taken, at);
    if (found !== undefined) {
      taken[found] = 1;
      at = found;
    }
    return at;
  });
}

/** Neither a node without a name nor one made of several. */
const isHelper = (name: string, op: string): boolean =>
  name !== "" && !(op in madeOf) && name.replace(/_\d+$/, "") !== op;

/** The node whose name, or whose output's name, begins the kernel's; the longest such. */
function byName(name: string, named: ReadonlyMap<string, number>): number | undefined {
  for (let end = name.length; end > 0; end--) {
    if (end < name.length && !/[/_ ]/.test(name[end] as string)) continue;
    const found = named.get(name.slice(0, end));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** As many nodes as are fused into one. */
const chain = 12;

/** The nearest node of an operator that a node's value comes from, itself first; of several, one without a kernel. */
function behind(
  from: number,
  ops: readonly string[],
  nodes: readonly GraphNode[],
  producer: ReadonlyMap<string, number>,
  taken: Uint8Array,
): number | undefined {
  const open = [from];
  for (let i = 0; i < open.length && i < chain; i++) {
    const at = open[i] as number;
    const node = nodes[at] as GraphNode;
    if (ops.includes(node.op) && taken[at] === 0) return at;
    for (const input of node.inputs) {
      const before = producer.get(input);
      if (before !== undefined && !open.includes(before)) open.push(before);
    }
  }
  return undefined;
}

function next(
  ops: readonly string[],
  nodes: readonly GraphNode[],
  taken: Uint8Array,
  at: number,
): number | undefined {
  for (let i = at; i < nodes.length; i++)
    if (taken[i] === 0 && ops.includes((nodes[i] as GraphNode).op)) return i;
  return undefined;
}
