import { OnnxError } from "../errors.js";
import type { Model } from "../model.js";
import { plainDomain } from "../read/read-node.js";
import { isBuiltIn } from "../validate/schema.js";
import { eachField, type Field, payload, type Span, string, varint } from "../wire.js";
import { embed, integer, string as stringField } from "../write/encode.js";
import { nameIn } from "../write/name-in.js";
import { rewrite, rewritten } from "../write/rewrite.js";
import { bytesOf, concat, type Rope } from "../write/rope.js";
import { newNode } from "../write/write-node.js";
import { countNames, namesBeside, nodeNames } from "./names.js";
import { type Piece, type Renaming, renamedNode } from "./rename.js";

/** A model's bytes after calls or branches of this number were inlined. */
export interface Rewritten {
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** A FunctionProto: a graph without weights, which nodes of its name call. */
interface LocalFunction {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly Span[];
  readonly defaults: ReadonlyMap<string, Span>;
  readonly opsets: ReadonlyMap<string, number>;
}

const top = { graph: 7, opset: 8, functions: 25 } as const;
const fn = {
  name: 1,
  input: 4,
  output: 5,
  node: 7,
  opset: 9,
  domain: 10,
  default: 11,
  overload: 13,
} as const;
const node = { input: 1, output: 2, name: 3, op: 4, attribute: 5, domain: 7, overload: 8 } as const;
const graphNode = 1;

/** No exporter nests calls this deep, and a file of calls of calls must not fill the memory. */
const [deepest, most] = [64, 1 << 20];

/**
 * The model with the nodes of its local functions in place of their calls; undefined where there are none. A function
 * that imports another version of an opset than the model stays, with its calls.
 */
export function inlineFunctions(model: Model): Rewritten | undefined {
  if (model.functions.size === 0) return undefined;
  const { source: bytes } = model;
  const all = readFunctions(bytes);
  const movable = new Map([...all].filter(([, { opsets }]) => agrees(model, opsets)));
  const unused = {
    tensor: namesBeside(new Set(countNames(model.graph).keys())),
    node: namesBeside(nodeNames(model.graph)),
  };
  const imports = new Map<string, number>();
  let [count, made] = [0, 0];

  /** NodeProto fields in place of one. */
  const expanded = (piece: Piece, depth: number): Rope | undefined => {
    const called = movable.get(idOf(piece, node));
    if (!called) return deeper(piece, depth);
    if (depth > deepest || ++made > most) throw new OnnxError("too-deep", { limit: deepest });
    count++;
    for (const [domain, version] of called.opsets)
      if (!model.opsets.has(domain)) imports.set(domain, version);
    const { renaming, copies } = callOf(piece, called, unused, bytes);
    const body = called.nodes.flatMap((span) => {
      const inner = renamedNode({ bytes, span }, renaming);
      const whole = inner ? concat(inner.map(bytesOf)) : bytes.subarray(span.start, span.end);
      const next: Piece = { bytes: whole, span: { start: 0, end: whole.length } };
      made++;
      return expanded(next, depth + 1) ?? embed(graphNode, [whole]);
    });
    return [...body, ...copies.flat()];
  };

  /** Calls inside a node's own graphs. */
  const deeper = ({ bytes: of, span }: Piece, depth: number): Rope | undefined => {
    const changed = rewrite(of, span, (field) => {
      if (field.number !== node.attribute) return undefined;
      const attribute = rewrite(of, payload(field), (inside) => {
        if (inside.number !== 6 && inside.number !== 11) return undefined;
        const body = inGraph({ bytes: of, span: payload(inside) }, depth);
        return body && embed(inside.number, body);
      });
      return attribute && embed(field.number, attribute);
    });
    return changed && embed(graphNode, changed);
  };

  const inGraph = ({ bytes: of, span }: Piece, depth: number): Rope | undefined =>
    rewrite(of, span, (field) =>
      field.number === graphNode ? expanded({ bytes: of, span: payload(field) }, depth) : undefined,
    );

  let changed: Rope | undefined;
  eachField(bytes, { start: 0, end: bytes.length }, "model", (field) => {
    if (field.number === top.graph) changed = inGraph({ bytes, span: payload(field) }, 0);
  });
  if (!changed) return undefined;
  const graph = embed(top.graph, changed);
  const kept = stillCalled(bytes, all, movable);
  const rope = rewritten(
    bytes,
    { start: 0, end: bytes.length },
    (field) => {
      if (field.number === top.graph) return graph;
      const isFunction = field.number === top.functions;
      return isFunction && !kept.has(idOf({ bytes, span: payload(field) }, fn)) ? [] : undefined;
    },
    { back: [...imports].flatMap(([domain, version]) => opsetField(domain, version)) },
  );
  return { bytes: concat(rope.map(bytesOf)), count };
}

const opsetField = (domain: string, version: number): Rope =>
  embed(top.opset, [stringField(1, domain), integer(2, version)]);

const agrees = ({ opsets }: Model, own: ReadonlyMap<string, number>): boolean =>
  [...own].every(([domain, version]) => (opsets.get(domain) ?? version) === version);

interface Unused {
  tensor(base: string): string;
  node(base: string): string;
}

/** How names and attributes of a function's body read in a call. */
function callOf(
  { bytes, span }: Piece,
  called: LocalFunction,
  unused: Unused,
  source: Uint8Array,
): { renaming: Renaming; copies: Rope[] } {
  const inputs = strings(bytes, span, node.input);
  const outputs = strings(bytes, span, node.output);
  const names = new Map<string, string>();
  called.inputs.forEach((name, i) => void names.set(name, inputs[i] ?? ""));
  const copies: Rope[] = [];
  called.outputs.forEach((name, i) => {
    const known = names.get(name);
    if (known === undefined) names.set(name, outputs[i] || unused.tensor(name));
    else if (outputs[i]) copies.push(copy(known, outputs[i]));
  });
  const tensor = (name: string): string => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const made = unused.tensor(name);
    names.set(name, made);
    return made;
  };
  const given = new Map<string, Piece>(
    [...called.defaults].map(([name, at]) => [name, { bytes: source, span: at }]),
  );
  eachField(bytes, span, "node", (field) => {
    if (field.number === node.attribute)
      given.set(nameIn(bytes, payload(field), 1), { bytes, span: payload(field) });
  });
  const rename: Renaming = {
    tensor,
    node: (name) => (name === "" ? "" : unused.node(name)),
    define: unused.tensor,
    attribute: (name) => given.get(name),
  };
  return { renaming: rename, copies };
}

/** A node of a graph that gives a tensor another name. */
export const copy = (from: string, to: string): Rope =>
  embed(
    graphNode,
    newNode({
      name: `${to}_copy`,
      op: "Identity",
      domain: "",
      inputs: [from],
      outputs: [to],
      attributes: new Map(),
    }),
  );

function readFunctions(bytes: Uint8Array): Map<string, LocalFunction> {
  const found = new Map<string, LocalFunction>();
  eachField(bytes, { start: 0, end: bytes.length }, "model", (field) => {
    if (field.number !== top.functions) return;
    const span = payload(field);
    const nodes: Span[] = [];
    const defaults = new Map<string, Span>();
    const opsets = new Map<string, number>();
    eachField(bytes, span, "function", (inside) => {
      if (inside.number === fn.node) nodes.push(payload(inside));
      if (inside.number === fn.default) defaults.set(nameIn(bytes, payload(inside), 1), payload(inside));
      if (inside.number === fn.opset) opsets.set(...opsetOf(bytes, payload(inside)));
    });
    const [inputs, outputs] = [strings(bytes, span, fn.input), strings(bytes, span, fn.output)];
    const id = idOf({ bytes, span }, fn);
    if (!isBuiltIn(id)) found.set(id, { inputs, outputs, nodes, defaults, opsets });
  });
  return found;
}

function opsetOf(bytes: Uint8Array, span: Span): [string, number] {
  let version = 0;
  eachField(bytes, span, "opset", (field) => {
    if (field.number === 2) version = varint(bytes, field.from);
  });
  return [plainDomain(nameIn(bytes, span, 1)), version];
}

/** What a node calls, and a function is called by. */
function idOf({ bytes, span }: Piece, at: typeof node | typeof fn): string {
  const op = nameIn(bytes, span, "op" in at ? at.op : at.name);
  return `${plainDomain(nameIn(bytes, span, at.domain))}:${op}:${nameIn(bytes, span, at.overload)}`;
}

/** Functions that stay, and those that they call. */
function stillCalled(
  bytes: Uint8Array,
  all: ReadonlyMap<string, LocalFunction>,
  movable: ReadonlyMap<string, LocalFunction>,
): Set<string> {
  const kept = new Set([...all.keys()].filter((id) => !movable.has(id)));
  for (const id of kept)
    for (const span of all.get(id)?.nodes ?? [])
      eachCall({ bytes, span }, (callee) => {
        if (all.has(callee)) kept.add(callee);
      });
  return kept;
}

function eachCall({ bytes, span }: Piece, visit: (id: string) => void): void {
  visit(idOf({ bytes, span }, node));
  eachField(bytes, span, "node", (field: Field) => {
    if (field.number !== node.attribute) return;
    eachField(bytes, payload(field), "attribute", (inside) => {
      if (inside.number !== 6 && inside.number !== 11) return;
      eachField(bytes, payload(inside), "graph", (of) => {
        if (of.number === graphNode) eachCall({ bytes, span: payload(of) }, visit);
      });
    });
  });
}

function strings(bytes: Uint8Array, span: Span, number: number): string[] {
  const found: string[] = [];
  eachField(bytes, span, "message", (field) => {
    if (field.number === number) found.push(string(bytes, payload(field)));
  });
  return found;
}
