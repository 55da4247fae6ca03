import { eachField, type Field, payload, type Span, string } from "../wire.js";
import { embed, string as stringField } from "../write/encode.js";
import { nameIn } from "../write/name-in.js";
import { rewrite, rewritten } from "../write/rewrite.js";
import type { Rope } from "../write/rope.js";

/** A message somewhere. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly span: Span;
}

/** How a node changes on its way into another graph. */
export interface Renaming {
  /** The name there of a tensor that is not defined inside the node's own graphs. */
  tensor(name: string): string;
  /** The name there of the node itself: runtimes want each once. */
  node(name: string): string;
  /** A new name for a tensor that one of the node's own graphs defines; left out, it keeps its name. */
  define?(name: string): string;
  /** In a function's body: the AttributeProto that a call gives for a name, or its default; left out, none refers. */
  attribute?(name: string): Piece | undefined;
}

const node = { input: 1, output: 2, name: 3, attribute: 5 } as const;
const attribute = { name: 1, graph: 6, graphs: 11, reference: 21 } as const;
const graph = { node: 1, initializer: 5, input: 11, output: 12, valueInfo: 13, sparse: 15 } as const;
const tensorName = 8;

/** A NodeProto with other names, also in its subgraphs; undefined if nothing changes. */
export function renamedNode({ bytes, span }: Piece, renaming: Renaming): Rope | undefined {
  return rewrite(bytes, span, (field) => {
    if (field.number === node.input || field.number === node.output)
      return renamedField(bytes, field, (name) => (name === "" ? "" : renaming.tensor(name)));
    if (field.number === node.name) return renamedField(bytes, field, renaming.node);
    if (field.number !== node.attribute) return undefined;
    const changed = renamedAttribute({ bytes, span: payload(field) }, renaming);
    return changed && (changed.length === 0 ? [] : embed(field.number, changed));
  });
}

/** No bytes: the attribute goes, as the call gives none. */
function renamedAttribute({ bytes, span }: Piece, renaming: Renaming): Rope | undefined {
  const [name, reference] = [nameIn(bytes, span, attribute.name), nameIn(bytes, span, attribute.reference)];
  if (reference !== "" && renaming.attribute) {
    const given = renaming.attribute(reference);
    const rename = (field: Field): Rope | undefined =>
      field.number === attribute.name ? [stringField(field.number, name)] : undefined;
    return given ? rewritten(given.bytes, given.span, rename) : [];
  }
  return rewrite(bytes, span, (field) => {
    if (field.number !== attribute.graph && field.number !== attribute.graphs) return undefined;
    const changed = renamedGraph({ bytes, span: payload(field) }, renaming);
    return changed && embed(field.number, changed);
  });
}

function renamedGraph({ bytes, span }: Piece, outer: Renaming): Rope | undefined {
  const own = new Map([...definedIn({ bytes, span })].map((name) => [name, outer.define?.(name) ?? name]));
  const tensor = (name: string): string => own.get(name) ?? outer.tensor(name);
  const inner: Renaming = { ...outer, tensor, node: (name) => name };
  const named = (field: Field, number: number): Rope | undefined => {
    const changed = rewrite(bytes, payload(field), (inside) =>
      inside.number === number ? renamedField(bytes, inside, tensor) : undefined,
    );
    return changed && embed(field.number, changed);
  };
  return rewrite(bytes, span, (field) => {
    if (field.number === graph.node) {
      const changed = renamedNode({ bytes, span: payload(field) }, inner);
      return changed && embed(field.number, changed);
    }
    if (field.number === graph.initializer) return named(field, tensorName);
    if (field.number === graph.input || field.number === graph.output || field.number === graph.valueInfo)
      return named(field, 1);
    if (field.number !== graph.sparse) return undefined;
    const changed = rewrite(bytes, payload(field), (values) =>
      values.number === 1 ? named(values, tensorName) : undefined,
    );
    return changed && embed(field.number, changed);
  });
}

/** Names that a GraphProto itself gives tensors. */
function definedIn({ bytes, span }: Piece): Set<string> {
  const names = new Set<string>();
  eachField(bytes, span, "graph", (field) => {
    if (field.number === graph.node)
      eachField(bytes, payload(field), "node", (inside) => {
        if (inside.number === node.output) names.add(string(bytes, payload(inside)));
      });
    if (field.number === graph.initializer) names.add(nameIn(bytes, payload(field), tensorName));
    if (field.number === graph.input) names.add(nameIn(bytes, payload(field), 1));
    if (field.number === graph.sparse)
      eachField(bytes, payload(field), "sparse tensor", (values) => {
        if (values.number === 1) names.add(nameIn(bytes, payload(values), tensorName));
      });
  });
  names.delete("");
  return names;
}

function renamedField(bytes: Uint8Array, field: Field, rename: (name: string) => string): Rope | undefined {
  const before = string(bytes, payload(field));
  const after = rename(before);
  return after === before ? undefined : [stringField(field.number, after)];
}
