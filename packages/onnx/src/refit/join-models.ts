import { plainDomain } from "../read/read-node.js";
import { eachField, type Field, payload, string as text } from "../wire.js";
import { embed, string } from "../write/encode.js";
import { rewritten } from "../write/rewrite.js";
import { join, type Rope } from "../write/rope.js";

/** Field numbers of ModelProto, GraphProto, NodeProto and AttributeProto. */
const model = { graph: 7, opset: 8, function: 25 } as const;
const graph = { node: 1, name: 2, initializer: 5, input: 11, output: 12, valueInfo: 13, sparse: 15 } as const;
const node = { input: 1, output: 2, name: 3, attribute: 5 } as const;
const body = { graph: 6, graphs: 11 } as const;
const tensorName = 8;

/**
 * One model of the nodes of several, which read each other's tensors by name; its outputs are those named. An input that
 * a part makes is none of the whole. Opsets and functions of the same name must be the same in all parts.
 */
export function joinModels(parts: readonly Uint8Array[], outputs: readonly string[]): Uint8Array {
  const [first, ...others] = parts as [Uint8Array, ...Uint8Array[]];
  const known = new Set(parts.flatMap((bytes) => madeIn(bytes)));
  const isNew = (bytes: Uint8Array, field: Field): boolean => {
    const name = nameIn(bytes, field, 1);
    return !known.has(name) && known.add(name) !== undefined;
  };
  /** Fields of a part's graph that the whole has too. */
  const change = (bytes: Uint8Array) => (field: Field) =>
    field.number === graph.output || (field.number === graph.input && !isNew(bytes, field)) ? [] : undefined;
  const own = graphOf(first, change(first), []);
  const added = others.flatMap((bytes) => graphOf(bytes, change(bytes), [graph.name]));
  const ends = outputs.flatMap((name) => embed(graph.output, [string(1, name)]));
  const imports = new Map([...others].reverse().flatMap((bytes) => [...keysIn(bytes)]));
  for (const key of keysIn(first).keys()) imports.delete(key);
  const rest = rewritten(
    first,
    { start: 0, end: first.length },
    ({ number }) => (number === model.graph ? [] : undefined),
    { back: [...imports.values(), ...embed(model.graph, [...own, ...added, ...ends])] },
  );
  return join(rest);
}

/** The same model with other names for all tensors and nodes of its graph, also inside of bodies. */
export function renamedModel(bytes: Uint8Array, rename: (name: string) => string): Uint8Array {
  const renamed =
    (...numbers: number[]) =>
    (field: Field): Rope | undefined => {
      if (!numbers.includes(field.number)) return undefined;
      const name = text(bytes, payload(field));
      return name === "" ? undefined : [string(field.number, rename(name))];
    };
  const inside = (field: Field, change: (inner: Field) => Rope | undefined): Rope =>
    embed(field.number, rewritten(bytes, payload(field), change));
  const inNode = (field: Field): Rope | undefined =>
    field.number === node.attribute
      ? inside(field, (part) =>
          part.number === body.graph || part.number === body.graphs ? inside(part, inGraph) : undefined,
        )
      : renamed(node.input, node.output, node.name)(field);
  const inGraph = (field: Field): Rope | undefined => {
    if (field.number === graph.node) return inside(field, inNode);
    if (field.number === graph.initializer) return inside(field, renamed(tensorName));
    if (field.number === graph.sparse)
      return inside(field, (part) => (part.number === 1 ? inside(part, renamed(tensorName)) : undefined));
    const isValue = [graph.input, graph.output, graph.valueInfo].some((number) => number === field.number);
    return isValue ? inside(field, renamed(1)) : undefined;
  };
  return join(
    rewritten(bytes, { start: 0, end: bytes.length }, (field) =>
      field.number === model.graph ? inside(field, inGraph) : undefined,
    ),
  );
}

function graphOf(
  bytes: Uint8Array,
  change: (field: Field) => Rope | undefined,
  left: readonly number[],
): Rope {
  const found: Rope[number][] = [];
  eachField(bytes, { start: 0, end: bytes.length }, "model", (field) => {
    if (field.number === model.graph)
      found.push(
        ...rewritten(bytes, payload(field), (part) => (left.includes(part.number) ? [] : change(part))),
      );
  });
  return found;
}

/** Names that a model's graph makes: outputs of its nodes. */
function madeIn(bytes: Uint8Array): string[] {
  const names: string[] = [];
  eachField(bytes, { start: 0, end: bytes.length }, "model", (whole) => {
    if (whole.number !== model.graph) return;
    eachField(bytes, payload(whole), "graph", (part) => {
      if (part.number !== graph.node) return;
      eachField(bytes, payload(part), "node", (field) => {
        if (field.number === node.output) names.push(text(bytes, payload(field)));
      });
    });
  });
  return names;
}

/** Opset imports and functions of a model, by what tells them apart. */
function keysIn(bytes: Uint8Array): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  const add = (key: string, { start, end }: Field): void => void found.set(key, bytes.subarray(start, end));
  eachField(bytes, { start: 0, end: bytes.length }, "model", (field) => {
    if (field.number === model.opset) add(`opset ${plainDomain(nameIn(bytes, field, 1))}`, field);
    if (field.number === model.function)
      add(`function ${nameIn(bytes, field, 1)} ${nameIn(bytes, field, 10)}`, field);
  });
  return found;
}

function nameIn(bytes: Uint8Array, field: Field, number: number): string {
  let name = "";
  eachField(bytes, payload(field), "message", (part) => {
    if (part.number === number) name = text(bytes, payload(part));
  });
  return name;
}
