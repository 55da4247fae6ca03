import { OnnxError } from "../errors.js";
import type { Region } from "../inline/flat-graph.js";
import type { Graph, GraphEdit, Model, NewNode, Node, NodeEdit } from "../model.js";
import { flatGraphOf, flatName } from "./flat-model.js";

/** An edit of a flat model as one of the model that it was made of, with edits of its bodies inside. */
export function nestedEdit(flat: Model, edit: GraphEdit): GraphEdit {
  const graph = flatGraphOf(flat);
  if (!graph) return edit;
  const { place, ends, begins, branches, regions, names } = graph;
  const places = placesOf(flat, edit);
  const plain = new Map(
    [...names.values()].flatMap((own) => [...own].map(([from, to]) => [to, from] as const)),
  );
  const back = (name: string): string => plain.get(name) ?? name;
  const begun = new Map([...begins].map(([at, branch]) => [branch, at]));

  const editOf = (inside: Graph, region: Region | undefined): GraphEdit => {
    const named = flatName(graph, inside);
    const own = new Set([...inside.initializers.keys(), ...inside.nodes.flatMap(({ outputs }) => outputs)]);
    const tensors = new Map(
      [...own].flatMap((name) => {
        const change = edit.tensors.get(named(name));
        return change ? [[name, change] as const] : [];
      }),
    );
    const nodes = new Map<number, NodeEdit | null>();
    const starts: [flatIndex: number, index: number][] = [];
    for (const node of inside.nodes) {
      const at = place.get(node) as number;
      const branch = ends.get(at);
      starts.push([branch === undefined ? at : (begun.get(branch) as number), node.index]);
      const change = edit.nodes.get(at);
      if (change === null) nodes.set(node.index, null);
      else if (branch !== undefined) {
        const graphs = new Map<string, GraphEdit>();
        const { bodies = [], held = [], results = [] } = branches[branch] ?? {};
        const begins = edit.nodes.get(begun.get(branch) as number);
        const given = givenAnew(flat.graph.nodes[at] as Node, change, begins, results);
        bodies.forEach((body, taken) => {
          const inner = editOf(body, regionOf(branch, taken as 0 | 1, region));
          const made = withResults(inner, body, results[taken] ?? [], given, back);
          if (!isEmpty(made, body)) graphs.set(held[taken] as string, made);
        });
        const { inputs } = begins ?? {};
        const { outputs } = change ?? {};
        if (graphs.size > 0 || inputs || outputs)
          nodes.set(node.index, {
            ...(graphs.size > 0 && { graphs }),
            ...renamed({ ...(inputs && { inputs }), ...(outputs && { outputs }) }, back),
          });
      } else if (change) nodes.set(node.index, renamed(change, back));
    }
    starts.sort(([a], [b]) => a - b);
    const inserted = edit.inserted.flatMap(({ before, node }, i) => {
      if (!sameRegion(places[i], region)) return [];
      const [, index] = starts.find(([at], k) => before <= lastOf(starts, k, at)) ?? [0, inside.nodes.length];
      return [
        { before: index, node: { ...node, inputs: node.inputs.map(back), outputs: node.outputs.map(back) } },
      ];
    });
    const main = region === undefined;
    const dropped = [...inside.initializers.keys()].filter((name) =>
      edit.droppedInitializers.has(named(name)),
    );
    const sized = [...inside.inputs, ...inside.outputs].flatMap(({ name }) => {
      const sizes = edit.resized?.get(named(name));
      return sizes ? [[name, sizes] as const] : [];
    });
    return {
      tensors,
      nodes,
      inserted,
      added: main ? edit.added : [],
      droppedInitializers: new Set(dropped),
      keepValueInfo: (name) => edit.keepValueInfo(named(name)),
      ...(sized.length > 0 && { resized: new Map(sized) }),
      ...(main && edit.ends && { ends: edit.ends }),
    };
  };

  /** The last place at which something goes before a node: an If begins before its branches' nodes and ends behind them. */
  function lastOf(starts: readonly (readonly [number, number])[], k: number, at: number): number {
    const branch = begins.get(at);
    if (branch === undefined) return at;
    for (const [end, ended] of ends) if (ended === branch) return end;
    return starts[k + 1]?.[0] ?? at;
  }

  function regionOf(branch: number, taken: 0 | 1, parent: Region | undefined): Region {
    return regions.find((r) => r?.branch === branch && r.taken === taken) ?? { branch, taken, parent };
  }

  return editOf(nestedGraphOf(flat), undefined);
}

/** What bodies are to give instead of what they give, by the names of the flat graph; refuses what no body could do. */
function givenAnew(
  end: Node,
  change: NodeEdit | undefined,
  begins: NodeEdit | null | undefined,
  results: readonly (readonly string[])[],
): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  const those = new Set(results.flat());
  change?.inputs?.forEach((name, k) => {
    const before = end.inputs[k] ?? "";
    if (name === before) return;
    if (those.has(before)) given.set(before, name);
    // What the node itself reads is read where it begins, too.
    else if (!begins?.inputs?.includes(name)) refuse(end, "what its body gets");
  });
  if (change?.op !== undefined || change?.attributes || begins?.op !== undefined || begins?.attributes)
    refuse(end, "the node itself");
  if (begins?.outputs) refuse(end, "what its body gets");
  return given;
}

function refuse({ op, outputs }: Node, what: string): never {
  throw new OnnxError("inconsistent-cut", {
    tensor: outputs.find((name) => name !== "") ?? "",
    what: `an edit of the ${op} that gives it changes ${what}`,
  });
}

/** A body gives what it gave under the same names: these are copies now, as a body can't give what lies outside it. */
function withResults(
  edit: GraphEdit,
  body: Graph,
  results: readonly string[],
  given: ReadonlyMap<string, string>,
  back: (name: string) => string,
): GraphEdit {
  const copies = body.outputs.flatMap(({ name: output }, i) => {
    const from = given.get(results[i] ?? "");
    if (from === undefined) return [];
    const maker = body.nodes.find(({ outputs }) => outputs.includes(output));
    const isFree = maker ? edit.nodes.get(maker.index) === null : edit.droppedInitializers.has(output);
    if (!isFree)
      throw new OnnxError("inconsistent-cut", {
        tensor: output,
        what: "a body gives another tensor by this name while something still reads the old one",
      });
    const node = {
      name: `${from}_given`,
      op: "Identity",
      domain: "",
      inputs: [back(from)],
      outputs: [output],
    };
    return [{ before: body.nodes.length, node: { ...node, attributes: new Map() } }];
  });
  return copies.length > 0 ? { ...edit, inserted: [...edit.inserted, ...copies] } : edit;
}

/** The graph with its branches inside: what the flat one was made of. */
const nestedGraphOf = (flat: Model): Graph => (flatGraphOf(flat)?.model ?? flat).graph;

const sameRegion = (a: Region | undefined, b: Region | undefined): boolean =>
  a?.branch === b?.branch && a?.taken === b?.taken;

function renamed(change: NodeEdit, back: (name: string) => string): NodeEdit {
  return {
    ...change,
    ...(change.inputs && { inputs: change.inputs.map(back) }),
    ...(change.outputs && { outputs: change.outputs.map(back) }),
  };
}

/** In which branch every inserted node stands: the innermost that what it reads is made in. */
function placesOf(flat: Model, { inserted, nodes: changes }: GraphEdit): (Region | undefined)[] {
  const graph = flatGraphOf(flat);
  const made = new Map<string, Region | undefined>();
  graph?.nodes.forEach((node, i) => {
    const begun = graph.begins.get(i);
    // What a loop hands its body is there inside the body alone.
    const region =
      begun === undefined ? graph.regions[i] : { branch: begun, taken: 0 as const, parent: graph.regions[i] };
    for (const name of changes.get(i)?.outputs ?? node.outputs) made.set(name, region);
    // What an edit renamed is made by what stands behind it.
  });
  const depth = (region: Region | undefined): number => {
    let steps = 0;
    for (let at = region; at; at = at.parent) steps++;
    return steps;
  };
  for (const [body, own] of graph?.names ?? []) {
    const region = regionOfBody(graph, body);
    for (const [from, to] of own) if (body.initializers.has(from)) made.set(to, region);
  }
  const placeOf = (node: NewNode): Region | undefined =>
    node.inputs
      .map((name) => made.get(name))
      .reduce<Region | undefined>(
        (deepest, region) => (depth(region) > depth(deepest) ? region : deepest),
        undefined,
      );
  return inserted.map(({ node }) => {
    const region = placeOf(node);
    for (const name of node.outputs) made.set(name, region);
    return region;
  });
}

function regionOfBody(graph: ReturnType<typeof flatGraphOf>, body: Graph): Region | undefined {
  const at = graph?.branches.findIndex(({ bodies }) => bodies.includes(body)) ?? -1;
  const branch = graph?.branches[at];
  return branch && { branch: at, taken: branch.bodies.indexOf(body) as 0 | 1, parent: branch.parent };
}

const isEmpty = (edit: GraphEdit, body: Graph): boolean =>
  edit.tensors.size === 0 &&
  edit.nodes.size === 0 &&
  edit.inserted.length === 0 &&
  edit.droppedInitializers.size === 0 &&
  !edit.resized &&
  [...body.valueInfo.keys()].every((name) => edit.keepValueInfo(name));
