import type { Graph, Model, Node } from "../model.js";
import type { Rules } from "../operators/node.js";
import { eachField, type Field, payload, type Span } from "../wire.js";
import { embed, string } from "../write/encode.js";
import { nameIn } from "../write/name-in.js";
import { rewrite, rewritten } from "../write/rewrite.js";
import { bytesOf, concat, type Rope } from "../write/rope.js";
import { newInfo } from "../write/write-value-info.js";
import { type Decisions, decide } from "./decide.js";
import { type FlatGraph, flatten } from "./flat-graph.js";
import { copy, type Rewritten } from "./functions.js";
import { namesBeside, nodeNames } from "./names.js";
import { type Renaming, renamedNode } from "./rename.js";
import { findUnread, type Unread } from "./unread.js";

const fields = { graph: 7, node: 1, initializer: 5, input: 11, valueInfo: 13, attribute: 5 } as const;
const tensorName = 8;
const irOfFreeInitializers = 4;

/** The model with the branches that every run takes in place of their Ifs; undefined where there are none. */
export function inlineBranches(model: Model, rules: Rules): Rewritten | undefined {
  if (!model.graph.nodes.some(({ op }) => op === "If")) return undefined;
  const flat = flatten(model);
  const decisions = decide(flat, rules);
  if (decisions.size === 0) return undefined;
  const { source: bytes } = model;
  const job: Job = {
    flat,
    decisions,
    unread: findUnread(flat, decisions),
    model,
    hoisted: [],
    nodeName: namesBeside(nodeNames(model.graph)),
  };
  const rope = rewritten(bytes, { start: 0, end: bytes.length }, (field) =>
    field.number === fields.graph ? embed(field.number, mainGraph(job, payload(field))) : undefined,
  );
  return { bytes: concat(rope.map(bytesOf)), count: decisions.size };
}

interface Job {
  readonly flat: FlatGraph;
  readonly decisions: Decisions;
  readonly unread: Unread;
  readonly model: Model;
  /** Gives nodes names that are not taken. */
  nodeName(base: string): string;
  /** Fields of the main graph for what branches stored. */
  readonly hoisted: Rope[];
}

function mainGraph(job: Job, span: Span): Rope {
  const { model, unread } = job;
  const { source: bytes, graph } = model;
  const scope: Renaming = { tensor: (name) => name, node: (name) => name };
  let index = 0;
  const changed = rewritten(bytes, span, (field) => {
    if (field.number === fields.node) {
      const node = graph.nodes[index++] as Node;
      return placed(job, node, field, scope);
    }
    if (field.number === fields.initializer)
      return unread.initializers.has(nameIn(bytes, payload(field), tensorName)) ? [] : undefined;
    if (field.number !== fields.valueInfo) return undefined;
    return unread.initializers.has(nameIn(bytes, payload(field), 1)) ? [] : undefined;
  });
  return [...changed, ...job.hoisted.flat()];
}

/** A node's field in the main graph: as it is (undefined), with other names, gone, or the branch that it takes. */
function placed(job: Job, node: Node, field: Field, renaming: Renaming): Rope | undefined {
  const { flat, decisions, unread, model } = job;
  const at = flat.place.get(node) as number;
  if (unread.nodes.has(at)) return [];
  const branch = flat.ends.get(at);
  const taken = branch === undefined ? undefined : decisions.get(branch);
  if (branch !== undefined && taken !== undefined) {
    const body = flat.branches[branch]?.bodies[taken] as Graph;
    const inside = bodySpan(model.source, payload(field), taken === 1 ? "then_branch" : "else_branch");
    return spliced(job, node, body, inside, renaming);
  }
  const changed = renamedNode({ bytes: model.source, span: payload(field) }, renaming);
  return changed && embed(field.number, changed);
}

function spliced(job: Job, node: Node, body: Graph, span: Span, { tensor: outer }: Renaming): Rope {
  const { flat, model, unread } = job;
  const { source: bytes } = model;
  const own = flat.names.get(body) as ReadonlyMap<string, string>;
  const made = new Set(body.nodes.flatMap(({ outputs }) => outputs));
  const bound = new Map<string, string>();
  const copies: [from: string, to: string][] = [];
  body.outputs.forEach(({ name }, i) => {
    const to = node.outputs[i] ?? "";
    if (to === "") return;
    if (made.has(name) && !bound.has(name)) bound.set(name, outer(to));
    else copies.push([name, outer(to)]);
  });
  const nodeName = (base: string): string => (base === "" ? "" : job.nodeName(base));
  const tensor = (name: string): string => bound.get(name) ?? own.get(name) ?? outer(name);
  const out: Rope[] = [];
  let index = 0;
  eachField(bytes, span, "graph", (field) => {
    if (field.number === fields.node) {
      const inside = body.nodes[index++] as Node;
      out.push(
        placed(job, inside, field, { tensor, node: nodeName }) ?? [bytes.subarray(field.start, field.end)],
      );
    }
    if (field.number !== fields.initializer) return;
    const name = nameIn(bytes, payload(field), tensorName);
    if (!unread.initializers.has(own.get(name) ?? name)) hoist(job, field, name, tensor(name), body);
  });
  return [...out, ...copies.map(([from, to]) => copy(tensor(from), to))].flat();
}

/** Moves an initializer of a branch into the main graph. */
function hoist({ model, hoisted }: Job, field: Field, name: string, to: string, body: Graph): void {
  const { source: bytes, irVersion } = model;
  const rename = rewrite(bytes, payload(field), ({ number }) =>
    number === tensorName ? [string(tensorName, to)] : undefined,
  );
  hoisted.push(rename ? embed(fields.initializer, rename) : [bytes.subarray(field.start, field.end)]);
  const weight = body.initializers.get(name);
  if (irVersion < irOfFreeInitializers && weight)
    hoisted.push(embed(fields.input, newInfo(to, weight.elementType, weight.shape)));
}

/** The GraphProto in a NodeProto's attribute of this name. */
function bodySpan(bytes: Uint8Array, node: Span, name: string): Span {
  let found: Span = { start: node.end, end: node.end };
  eachField(bytes, node, "node", (field) => {
    if (field.number !== fields.attribute || nameIn(bytes, payload(field), 1) !== name) return;
    eachField(bytes, payload(field), "attribute", (inside) => {
      if (inside.number === 6) found = payload(inside);
    });
  });
  return found;
}
