import type { Draft } from "../cut/draft.js";
import type { Graph, Node } from "../model.js";
import { implicitInputs } from "../order.js";
import { cachesOf } from "./caches.js";

/** Inputs and outputs that go, and new names of those that stay. */
export interface ChangedEnds {
  readonly gone: ReadonlySet<string>;
  readonly renamed: ReadonlyMap<string, string>;
}

/**
 * What becomes of caches when their layers have left: keys and values that nothing computes with any more go, input and
 * output together, and the layers behind them count down. A cache of which only the shape is read (how many steps there
 * were) goes where another one of the same declared shape can tell it; else it stays, and is fed through.
 * @param isFree whether an input or output may go
 */
export function cachesLeft(graph: Graph, draft: Draft, isFree: (name: string) => boolean): ChangedEnds {
  const { pairs, names } = cachesOf(graph);
  const outputs = graph.outputs.map(({ name }) => name);
  const others = outputs.filter((name) => !names.has(name));
  const before = needed(nodesOf(graph, undefined), others);
  const now = needed(nodesOf(graph, draft), others);
  const shapeAlone = shapesRead(graph, draft, now);
  const isUnused = (name: string): boolean =>
    isFree(name) && before.has(name) && (!now.has(name) || shapeAlone.has(name));
  const twin = new Map(
    pairs.flatMap(
      ({ input, output }) =>
        [
          [input, output],
          [output, input],
        ] as const,
    ),
  );
  const gone = new Set([...names].filter((name) => isUnused(name) && isUnused(twin.get(name) ?? name)));
  for (const name of [...gone]) {
    const readers = shapeAlone.get(name);
    if (!readers) continue;
    const other = alike(graph, name, (one) => names.has(one) && !gone.has(one) && now.has(one));
    if (other === undefined) {
      gone.delete(name);
      gone.delete(twin.get(name) ?? name);
    } else for (const index of readers) draft.setInput(index, 0, other);
  }
  return {
    gone,
    renamed: countedDown([...names], gone, new Set([...outputs, ...graph.inputs.map(({ name }) => name)])),
  };
}

type Read = Pick<Node, "inputs" | "outputs"> & { readonly more: Iterable<string> };

/** Nodes as edited so far. */
function nodesOf(graph: Graph, draft: Draft | undefined): Read[] {
  const own = graph.nodes.flatMap((node): Read[] => {
    const change = draft?.nodes.get(node.index);
    if (change === null) return [];
    const { inputs = node.inputs, outputs = node.outputs } = change ?? {};
    return [{ inputs, outputs, more: implicitInputs(node) }];
  });
  return [...own, ...(draft?.inserted ?? []).map(({ node }) => ({ ...node, more: [] }))];
}

/** Tensors that some of a graph's outputs follow from, and what the same nodes make beside these. */
function needed(nodes: readonly Read[], outputs: readonly string[]): ReadonlySet<string> {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const found = new Set(outputs);
  for (const name of found) {
    const node = makers.get(name);
    if (name === "" || !node) continue;
    for (const other of [...node.inputs, ...node.more, ...node.outputs]) found.add(other);
  }
  return found;
}

/** Inputs of which nodes that are needed read nothing but the shape, with these nodes. */
function shapesRead(
  graph: Graph,
  draft: Draft,
  now: ReadonlySet<string>,
): ReadonlyMap<string, readonly number[]> {
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const found = new Map<string, number[]>();
  const computed = new Set<string>();
  for (const node of graph.nodes) {
    const change = draft.nodes.get(node.index);
    if (change === null || !(change?.outputs ?? node.outputs).some((name) => now.has(name))) continue;
    for (const name of [...draft.inputs(node.index), ...implicitInputs(node)]) {
      if (!inputs.has(name)) continue;
      if (node.op !== "Shape" || change?.op) computed.add(name);
      else found.set(name, [...(found.get(name) ?? []), node.index]);
    }
  }
  for (const name of computed) found.delete(name);
  return found;
}

/** An input that is declared as another is, symbol by symbol: a symbol is one size wherever it stands. */
function alike(graph: Graph, name: string, isOne: (name: string) => boolean): string | undefined {
  const wanted = graph.inputs.find((info) => info.name === name);
  if (!wanted?.shape?.every((size) => size !== undefined && size !== "")) return undefined;
  return graph.inputs.find((info) => isOne(info.name) && String(info.shape) === String(wanted.shape))?.name;
}

/** The layer that a cache belongs to, by the first number in its name; undefined where there is none. */
export const layerOfCache = (name: string): number | undefined => {
  const [digits] = /\d+/.exec(name) ?? [];
  return digits === undefined ? undefined : Number(digits);
};

/** New names of caches that stay, where those of whole layers have gone: `past_key_values.5.key` of the fourth that is left. */
function countedDown(
  names: readonly string[],
  gone: ReadonlySet<string>,
  taken: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const layers = new Set(names.map(layerOfCache));
  if (layers.has(undefined)) return new Map();
  const kept = new Set(names.filter((name) => !gone.has(name)).map(layerOfCache));
  const left = [...layers].filter((layer) => !kept.has(layer)) as number[];
  const renamed = new Map<string, string>();
  for (const name of names) {
    const layer = layerOfCache(name) as number;
    const lower = left.filter((other) => other < layer).length;
    if (!gone.has(name) && lower > 0) renamed.set(name, name.replace(/\d+/, String(layer - lower)));
  }
  const isFree = (name: string): boolean => !taken.has(name) || gone.has(name) || renamed.has(name);
  return [...renamed.values()].every(isFree) ? renamed : new Map();
}

/** Gives inputs and outputs new names wherever nodes read and make them. */
export function renameEnds(graph: Graph, draft: Draft, renamed: ReadonlyMap<string, string>): void {
  if (renamed.size === 0) return;
  const now = (name: string): string => renamed.get(name) ?? name;
  for (const node of graph.nodes) {
    const change = draft.nodes.get(node.index);
    if (change === null) continue;
    const [inputs, outputs] = [draft.inputs(node.index), change?.outputs ?? node.outputs];
    if (inputs.some((name) => renamed.has(name))) draft.edit(node.index, { inputs: inputs.map(now) });
    if (outputs.some((name) => renamed.has(name))) draft.edit(node.index, { outputs: outputs.map(now) });
  }
  draft.inserted.forEach(({ before, node }, i) => {
    draft.inserted[i] = {
      before,
      node: { ...node, inputs: node.inputs.map(now), outputs: node.outputs.map(now) },
    };
  });
}
