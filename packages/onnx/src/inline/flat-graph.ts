import type { Graph, Model, Node, Weight } from "../model.js";
import { int } from "../operators/node.js";
import { implicitInputs, order } from "../order.js";
import { countNames, namesBeside } from "./names.js";

/** A body of an If, a Loop or a Scan of the flat graph, inside those around it. */
export interface Region {
  readonly branch: number;
  /** 1: the then branch; 0: the else branch, or a loop's body. */
  readonly taken: 0 | 1;
  readonly parent: Region | undefined;
}

/** An If with the two graphs that it chooses from, or a Loop or Scan with the one that it runs again and again. */
export interface Branch extends Bodies {
  readonly node: Node;
  readonly parent: Region | undefined;
  /** Inputs of a loop's body, by their names in the flat graph; branches have none. */
  readonly parameters: readonly string[];
  /** What each body gives, by its names in the flat graph. */
  readonly results: readonly (readonly string[])[];
}

interface Bodies {
  /** else, then; or the body of a loop. */
  readonly bodies: readonly Graph[];
  /** The attributes that hold them. */
  readonly held: readonly string[];
  /** How many values a loop hands from turn to turn; undefined for an If. */
  readonly carried: number | undefined;
}

/** A graph with the nodes of all its bodies beside its own, every name unique. */
export interface FlatGraph {
  readonly model: Model;
  /**
   * In topological order. An If is its condition and then, behind its branches' nodes, what it gives. A loop is a node
   * that hands its body what it gets and, behind the body's nodes, one that reads what the body got and what it
   * gives: see {@link loopPart}.
   */
  readonly nodes: readonly Node[];
  readonly regions: readonly (Region | undefined)[];
  /** What a node reads inside bodies of its own. */
  readonly captures: readonly (readonly string[])[];
  readonly branches: readonly Branch[];
  /** Number in `branches` of nodes at which one begins, or a loop does, and of those at which it ends. */
  readonly begins: ReadonlyMap<number, number>;
  readonly ends: ReadonlyMap<number, number>;
  /** Place among `nodes` of a node of the file. */
  readonly place: ReadonlyMap<Node, number>;
  /** Names in the flat graph of what a body defines. */
  readonly names: ReadonlyMap<Graph, ReadonlyMap<string, string>>;
  readonly initializers: ReadonlyMap<string, Weight>;
}

/** @param loops whether bodies of Loop and Scan stand beside what surrounds them, too */
export function flatten(model: Model, { loops = false } = {}): FlatGraph {
  const opset = model.opsets.get("") ?? 1;
  const counts = countNames(model.graph);
  const unused = namesBeside(new Set(counts.keys()));
  const nodes: Node[] = [];
  const regions: (Region | undefined)[] = [];
  const captures: (readonly string[])[] = [];
  const branches: Branch[] = [];
  const begins = new Map<number, number>();
  const ends = new Map<number, number>();
  const place = new Map<Node, number>();
  const names = new Map<Graph, ReadonlyMap<string, string>>();
  const initializers = new Map(model.graph.initializers);

  const push = (node: Omit<Node, "index">, region: Region | undefined, inside: readonly string[]): number => {
    regions.push(region);
    captures.push(inside);
    return nodes.push({ ...node, index: nodes.length }) - 1;
  };

  const add = (graph: Graph, scope: Scope, region: Region | undefined): void => {
    for (const index of order(graph)) {
      const node = graph.nodes[index] as Node;
      const found = branchesOf(node) ?? (loops ? loopOf(node, opset) : undefined);
      const inside = [...implicitInputs(node)].map(scope);
      const [inputs, outputs] = [node.inputs.map(scope), node.outputs.map(scope)];
      if (!found) {
        place.set(node, push({ ...node, inputs, outputs }, region, inside));
        continue;
      }
      const branch = branches.length;
      const scopes = found.bodies.map((body) => scopeOf(body, scope));
      const parameters =
        found.carried === undefined ? [] : found.bodies.flatMap((body, i) => namesOf(body.inputs, scopes[i]));
      const results = found.bodies.map((body, i) => namesOf(body.outputs, scopes[i]));
      branches.push({ node, parent: region, parameters, results, ...found });
      begins.set(push({ ...bare(node, found, true), inputs, outputs: parameters }, region, []), branch);
      found.bodies.forEach((body, taken) => {
        add(body, scopes[taken] as Scope, { branch, taken: taken as 0 | 1, parent: region });
      });
      const read = [...(found.carried === undefined ? inputs : parameters), ...results.flat()];
      // How often it turns is as long as what is scanned.
      if (node.op === "Scan") read.push(...inputs.slice(found.carried).slice(0, 1));
      const at = push({ ...bare(node, found, false), inputs: read, outputs }, region, []);
      ends.set(at, branch);
      place.set(node, at);
    }
  };

  const scopeOf = (body: Graph, outer: Scope): Scope => {
    const own = new Map<string, string>();
    const define = (name: string): void => {
      if (name !== "" && !own.has(name)) own.set(name, counts.get(name) === 1 ? name : unused(name));
    };
    for (const { name } of body.inputs) define(name);
    for (const name of body.initializers.keys()) define(name);
    for (const { outputs } of body.nodes) outputs.forEach(define);
    names.set(body, own);
    const scope: Scope = (name) => own.get(name) ?? outer(name);
    for (const [name, weight] of body.initializers)
      initializers.set(scope(name), { ...weight, name: scope(name) });
    return scope;
  };

  add(model.graph, (name) => name, undefined);
  return { model, nodes, regions, captures, branches, begins, ends, place, names, initializers };
}

type Scope = (name: string) => string;

const namesOf = (infos: Graph["inputs"], scope: Scope | undefined): string[] =>
  infos.map(({ name }) => scope?.(name) ?? name);

const bare = (
  { name, op, domain, attributes }: Node,
  { carried }: Bodies,
  begins: boolean,
): Pick<Node, "name" | "op" | "domain" | "attributes"> => {
  if (carried === undefined) return { name, op, domain, attributes: new Map() };
  const plain = [...attributes].filter(([, { kind }]) => kind !== "graph");
  const mark = [begins ? begun : ended, { kind: "int", value: carried }] as const;
  return { name, op, domain, attributes: new Map([...plain, mark]) };
};

/** Attributes of a loop's two nodes: how many values it hands from turn to turn. */
const [begun, ended] = ["begins", "ends"];

/** Which of a loop's two nodes in a flat graph a node is, and what it reads and gives. */
export interface LoopPart {
  readonly part: "begins" | "ends";
  readonly carried: number;
  /** How many inputs the body has that say which turn it is: of a Loop, two. */
  readonly counts: number;
  /** How many inputs the body has; the node at which the loop ends reads them first. */
  readonly parameters: number;
  /** Where the loop ends: the first input that is a value which the body hands on. */
  readonly given: number;
  /** Where a Scan ends: the input along which it turns. */
  readonly scanned: number | undefined;
}

/** undefined for any other node. */
export function loopPart({
  op,
  attributes,
  inputs,
}: Pick<Node, "op" | "attributes" | "inputs">): LoopPart | undefined {
  const begins = int({ attributes }, begun as string);
  const carried = begins ?? int({ attributes }, ended as string);
  if (carried === undefined) return undefined;
  const counts = op === "Loop" ? 2 : 0;
  const slices = int({ attributes }, "num_scan_inputs", 0);
  const parameters = counts + carried + slices;
  // A Loop's body says first whether it goes on.
  const given = parameters + (op === "Loop" ? 1 : 0);
  const part = begins === undefined ? "ends" : "begins";
  const scanned = part === "ends" && op === "Scan" && slices > 0 ? inputs.length - 1 : undefined;
  return { part, carried, counts, parameters, given, scanned };
}

/** Where an output of a loop's node has its type from: an input, or one of its own; undefined for any other node. */
export function loopType(
  node: Pick<Node, "op" | "attributes" | "inputs">,
  output: number,
): { readonly like: number } | "int64" | "bool" | undefined {
  const loop = loopPart(node);
  if (!loop) return undefined;
  if (loop.part === "ends") return { like: loop.given + output };
  if (output < loop.counts) return output === 0 ? "int64" : "bool";
  return { like: output };
}

/** Else and then; undefined for other nodes and for bodies that can't move: with inputs, or with sparse weights. */
function branchesOf({ op, domain, attributes }: Node): Bodies | undefined {
  const [no, yes] = [attributes.get("else_branch"), attributes.get("then_branch")];
  if (op !== "If" || domain !== "" || no?.kind !== "graph" || yes?.kind !== "graph") return undefined;
  const bodies = [no.value, yes.value];
  return bodies.every((body) => isPlain(body) && body.inputs.every(({ name }) => body.initializers.has(name)))
    ? { bodies, held: ["else_branch", "then_branch"], carried: undefined }
    : undefined;
}

/** The body of a Loop or a Scan; undefined for other nodes, for a Scan over batches, and for a body that can't move. */
function loopOf({ op, domain, attributes, inputs, outputs }: Node, opset: number): Bodies | undefined {
  const body = attributes.get("body");
  if (domain !== "" || body?.kind !== "graph" || !isPlain(body.value)) return undefined;
  const scanned = int({ attributes }, "num_scan_inputs");
  const { inputs: taken, outputs: made, initializers } = body.value;
  if (taken.some(({ name }) => initializers.has(name))) return undefined;
  const fits = (read: number, more: number): boolean =>
    taken.length === read && made.length >= outputs.length + more;
  const whole = { bodies: [body.value], held: ["body"] };
  if (op === "Loop")
    return inputs.length >= 2 && fits(inputs.length, 1)
      ? { ...whole, carried: inputs.length - 2 }
      : undefined;
  if (op !== "Scan" || opset < 9 || scanned === undefined || !fits(inputs.length, 0)) return undefined;
  return scanned <= inputs.length ? { ...whole, carried: inputs.length - scanned } : undefined;
}

const isPlain = ({ sparseInitializers }: Graph): boolean => !sparseInitializers?.size;
