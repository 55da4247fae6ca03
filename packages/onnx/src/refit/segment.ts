import type { GraphEdit, Model, NamedTensor, NewNode, Node, ValueInfo } from "../model.js";
import { implicitInputs } from "../order.js";
import { payload } from "../wire.js";
import { embed, integer, string } from "../write/encode.js";
import { rewritten } from "../write/rewrite.js";
import { concat, type Rope } from "../write/rope.js";
import { modelToBytes } from "../write/write-model.js";

/** A part of a model to run by itself: what it is fed, what it gives, and what is added on the way. */
export interface Segment {
  /**
   * Tensors that are fed, with their element type and, where it is to be stated, their shape; nodes that only they
   * depend on are left out, and so are the stored values of those that are fed.
   */
  readonly inputs: readonly {
    readonly name: string;
    readonly elementType: number;
    readonly shape?: ValueInfo["shape"];
  }[];
  readonly outputs: readonly string[];
  /** Nodes to run besides the model's own. */
  readonly inserted?: readonly NewNode[];
  readonly added?: readonly NamedTensor[];
  /** Changes to nodes of the segment and what they read. */
  readonly edit?: Pick<GraphEdit, "tensors" | "added" | "nodes" | "inserted">;
}

/** A model of what some tensors need of another model, from tensors that are at hand. */
export function segmentModel(
  model: Model,
  { inputs, outputs, inserted = [], added = [], edit }: Segment,
): Uint8Array {
  const wanted = [...outputs, ...inserted.flatMap((node) => node.inputs)];
  const needed = neededNodes(model, new Set(inputs.map(({ name }) => name)), wanted);
  const { nodes, initializers } = model.graph;
  const read = new Set([...wanted, ...[...needed].flatMap((i) => reads(nodes[i] as Node))]);
  for (const { name } of inputs) read.delete(name);
  const after = nodes.length;
  const cut = modelToBytes(model, {
    tensors: edit?.tensors ?? new Map(),
    added: [...(edit?.added ?? []), ...added],
    droppedInitializers: new Set([...initializers.keys()].filter((name) => !read.has(name))),
    nodes: new Map([
      ...(edit?.nodes ?? []),
      ...nodes.filter(({ index }) => !needed.has(index)).map(({ index }) => [index, null] as const),
    ]),
    inserted: [...(edit?.inserted ?? []), ...inserted.map((node) => ({ before: after, node }))],
    keepValueInfo: () => false,
  });
  return withEnds(cut, inputs, outputs);
}

/** Nodes that tensors depend on, not looking behind those at hand. */
export function neededNodes(
  model: Model,
  atHand: Pick<ReadonlySet<string>, "has">,
  wanted: readonly string[],
): ReadonlySet<number> {
  const { nodes } = model.graph;
  const producers = new Map<string, Node>();
  for (const node of nodes) for (const name of node.outputs) if (name !== "") producers.set(name, node);
  const needed = new Set<number>();
  const open = [...wanted];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = atHand.has(name) ? undefined : producers.get(name);
    if (!node || needed.has(node.index)) continue;
    needed.add(node.index);
    open.push(...reads(node));
  }
  return needed;
}

const reads = (node: Node): string[] => [
  ...node.inputs.filter((name) => name !== ""),
  ...implicitInputs(node),
];

const fields = { irVersion: 1, graph: 7, input: 11, output: 12 } as const;

function withEnds(bytes: Uint8Array, inputs: Segment["inputs"], outputs: readonly string[]): Uint8Array {
  const info = (name: string, elementType?: number, shape?: ValueInfo["shape"]): Rope => [
    string(1, name),
    ...(elementType === undefined
      ? []
      : embed(2, embed(1, [integer(1, elementType), ...(shape ? embed(2, shape.flatMap(dimension)) : [])]))),
  ];
  const ends = [
    ...inputs.flatMap(({ name, elementType, shape }) => embed(fields.input, info(name, elementType, shape))),
    ...outputs.flatMap((name) => embed(fields.output, info(name))),
  ];
  const isEnd = (number: number): boolean => number === fields.input || number === fields.output;
  const rope = rewritten(bytes, { start: 0, end: bytes.length }, (field) => {
    // Before version 4 every initializer had to be an input too.
    if (field.number === fields.irVersion) return [integer(fields.irVersion, 8)];
    if (field.number !== fields.graph) return undefined;
    const graph = rewritten(bytes, payload(field), ({ number }) => (isEnd(number) ? [] : undefined), {
      back: ends,
    });
    return embed(fields.graph, graph);
  });
  return concat(rope.map((piece) => (piece instanceof Uint8Array ? piece : piece.bytes())));
}

const dimension = (size: number | string | undefined): Rope =>
  embed(1, size === undefined ? [] : [typeof size === "number" ? integer(1, size) : string(2, size)]);
