import type { Graph, Model, Node, Weight } from "../model.js";
import { implicitInputs, order } from "../order.js";
import { countNames, namesBeside } from "./names.js";

/** A branch of an If of the flat graph, inside the branches around it. */
export interface Region {
  readonly branch: number;
  /** 1: the then branch; 0: the else branch. */
  readonly taken: 0 | 1;
  readonly parent: Region | undefined;
}

/** An If with the two graphs that it chooses from. */
export interface Branch {
  readonly node: Node;
  /** else, then. */
  readonly bodies: readonly [Graph, Graph];
  readonly parent: Region | undefined;
  /** What the branches give, by their names in the flat graph: else, then. */
  readonly results: readonly [readonly string[], readonly string[]];
}

/** A graph with the nodes of all its branches beside its own, every name unique. */
export interface FlatGraph {
  readonly model: Model;
  /** In topological order. An If is its condition and then, behind its branches' nodes, what it gives. */
  readonly nodes: readonly Node[];
  readonly regions: readonly (Region | undefined)[];
  /** What a node reads inside bodies of its own. */
  readonly captures: readonly (readonly string[])[];
  readonly branches: readonly Branch[];
  /** Number in `branches` of nodes at which one begins, and of those at which it ends. */
  readonly begins: ReadonlyMap<number, number>;
  readonly ends: ReadonlyMap<number, number>;
  /** Place among `nodes` of a node of the file. */
  readonly place: ReadonlyMap<Node, number>;
  /** Names in the flat graph of what a body defines. */
  readonly names: ReadonlyMap<Graph, ReadonlyMap<string, string>>;
  readonly initializers: ReadonlyMap<string, Weight>;
}

export function flatten(model: Model): FlatGraph {
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
      const bodies = bodiesOf(node);
      const inside = [...implicitInputs(node)].map(scope);
      const [inputs, outputs] = [node.inputs.map(scope), node.outputs.map(scope)];
      if (!bodies) {
        place.set(node, push({ ...node, inputs, outputs }, region, inside));
        continue;
      }
      const branch = branches.length;
      begins.set(push({ ...bare(node), inputs, outputs: [] }, region, []), branch);
      branches.push({ node, bodies, parent: region, results: [[], []] });
      const results = bodies.map((body, taken) =>
        enter(body, scope, { branch, taken: taken as 0 | 1, parent: region }),
      ) as [string[], string[]];
      branches[branch] = { node, bodies, parent: region, results };
      const at = push({ ...bare(node), inputs: [...inputs, ...results.flat()], outputs }, region, []);
      ends.set(at, branch);
      place.set(node, at);
    }
  };

  const enter = (body: Graph, outer: Scope, region: Region): string[] => {
    const own = new Map<string, string>();
    const define = (name: string): void => {
      if (name !== "" && !own.has(name)) own.set(name, counts.get(name) === 1 ? name : unused(name));
    };
    for (const name of body.initializers.keys()) define(name);
    for (const { outputs } of body.nodes) outputs.forEach(define);
    names.set(body, own);
    const scope: Scope = (name) => own.get(name) ?? outer(name);
    for (const [name, weight] of body.initializers)
      initializers.set(scope(name), { ...weight, name: scope(name) });
    add(body, scope, region);
    return body.outputs.map(({ name }) => scope(name));
  };

  add(model.graph, (name) => name, undefined);
  return { model, nodes, regions, captures, branches, begins, ends, place, names, initializers };
}

type Scope = (name: string) => string;

const bare = ({ name, op, domain }: Node): Pick<Node, "name" | "op" | "domain" | "attributes"> => ({
  name,
  op,
  domain,
  attributes: new Map(),
});

/** Else, then; undefined for other nodes and for bodies that can't move: with inputs, or with sparse weights. */
function bodiesOf({ op, domain, attributes }: Node): [Graph, Graph] | undefined {
  const [no, yes] = [attributes.get("else_branch"), attributes.get("then_branch")];
  if (op !== "If" || domain !== "" || no?.kind !== "graph" || yes?.kind !== "graph") return undefined;
  const bodies: [Graph, Graph] = [no.value, yes.value];
  return bodies.every(
    (body) => body.inputs.every(({ name }) => body.initializers.has(name)) && !body.sparseInitializers?.size,
  )
    ? bodies
    : undefined;
}
