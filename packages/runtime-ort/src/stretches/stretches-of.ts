import type { Model } from "@prune/onnx";
import {
  cachesOf,
  constantTensors,
  implicitInputs,
  type Node,
  order,
  type Wiring,
  wiringOf,
} from "@prune/onnx/advanced";
import { floatBytes } from "./weight-bytes.js";

/** A part of a model between two waists, to be run by itself. */
export interface Stretch {
  /** Of the tensors before it, and of the model's inputs, those that it reads. */
  readonly inputs: readonly string[];
  /** Those that it makes and something behind it reads, and the model's outputs among what it makes. */
  readonly outputs: readonly string[];
}

/** Boundaries lie in the second half of what a stretch may hold, where the fewest tensors cross. */
const leastFilled = 0.5;

/** More than any number of tensors that cross a boundary: what the next run goes on from would go through it backwards. */
const backwards = 1e9;

/**
 * Splits a model where few tensors go from what is before to what is behind, as the residual stream between two blocks, so
 * that no part has more than so many bytes of weights in single precision, but for a part of one node.
 */
export function stretchesOf(model: Model, most: number): Stretch[] {
  const { graph } = model;
  const wiring = wiringOf(model);
  const constant = constantTensors(model, wiring);
  const isRun = ({ outputs }: Node): boolean => outputs.some((name) => name !== "" && !constant.has(name));
  const nodes = order(graph).flatMap((index) => {
    const node = graph.nodes[index] as Node;
    return isRun(node) ? [node] : [];
  });
  const weights = weightsBehind(model, wiring, constant);
  const reads = nodes.map((node) => readBy(node).filter((name) => !constant.has(name)));
  const stored = nodes.map((node) => new Set(readBy(node).flatMap((name) => weights(name))));
  const madeAt = new Map<string, number>();
  const lastReadAt = new Map<string, number>();
  const firstReadAt = new Map<string, number>();
  nodes.forEach((node, at) => {
    for (const name of node.outputs) if (name !== "") madeAt.set(name, at);
    for (const name of reads[at] as string[]) {
      lastReadAt.set(name, at);
      if (!firstReadAt.has(name)) firstReadAt.set(name, at);
    }
  });
  const crossing = new Float64Array(nodes.length);
  for (const [name, made] of madeAt)
    for (let at = made; at < (lastReadAt.get(name) ?? made); at++) crossing[at]! += 1;
  for (const { input, output } of cachesOf(graph).pairs) {
    const made = madeAt.get(output) ?? 0;
    for (let at = firstReadAt.get(input) ?? made; at < made; at++) crossing[at]! += backwards;
  }

  const ends = boundaries(stored, (name) => floatBytes(graph, name), crossing, most);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  return ends.map((end, i): Stretch => {
    const start = i === 0 ? 0 : (ends[i - 1] as number) + 1;
    const own = nodes.slice(start, end + 1);
    const made = own.flatMap((node) => node.outputs.filter((name) => name !== "" && !constant.has(name)));
    const makes = new Set(made);
    return {
      inputs: [...new Set(reads.slice(start, end + 1).flat())].filter((name) => !makes.has(name)),
      outputs: [
        ...made.filter((name) => outputs.has(name) || (lastReadAt.get(name) ?? 0) > end),
        ...(i === ends.length - 1 ? [...outputs].filter((name) => constant.has(name)) : []),
      ],
    };
  });
}

const readBy = (node: Node): string[] => [
  ...node.inputs.filter((name) => name !== ""),
  ...implicitInputs(node),
];

/** The last node of each stretch. */
function boundaries(
  stored: readonly ReadonlySet<string>[],
  bytesOf: (weight: string) => number,
  crossing: Float64Array,
  most: number,
): number[] {
  const ends: number[] = [];
  for (let start = 0; start < stored.length; ) {
    const held = new Set<string>();
    const bytes: number[] = [];
    let sum = 0;
    for (let at = start; at < stored.length; at++) {
      for (const name of stored[at] as ReadonlySet<string>)
        if (!held.has(name)) {
          held.add(name);
          sum += bytesOf(name);
        }
      if (sum > most && at > start) break;
      bytes.push(sum);
    }
    const last = start + bytes.length - 1;
    let end = last;
    const least = leastFilled * (bytes.at(-1) as number);
    if (last < stored.length - 1)
      for (let at = last; at >= start && (bytes[at - start] as number) >= least; at--)
        if ((crossing[at] as number) < (crossing[end] as number)) end = at;
    ends.push(end);
    start = end + 1;
  }
  return ends;
}

/** Stored tensors that a constant one follows from. */
function weightsBehind(
  { graph }: Model,
  { producer }: Wiring,
  constant: ReadonlySet<string>,
): (tensor: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  const behind = (tensor: string): readonly string[] => {
    if (!constant.has(tensor)) return [];
    const before = known.get(tensor);
    if (before) return before;
    const found = new Set<string>(graph.initializers.has(tensor) ? [tensor] : []);
    const open = [producer(tensor)];
    const seen = new Set<Node>();
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      for (const name of node.inputs) {
        if (graph.initializers.has(name)) found.add(name);
        const next = producer(name);
        if (next) open.push(next);
      }
    }
    known.set(tensor, [...found]);
    return [...found];
  };
  return behind;
}
