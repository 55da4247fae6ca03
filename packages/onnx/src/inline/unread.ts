import type { Decisions, reached } from "./decide.js";
import type { FlatGraph } from "./flat-graph.js";

/** Nodes (by place in the flat graph) and initializers that only conditions and branches that are gone did read. */
export interface Unread {
  readonly nodes: ReadonlySet<number>;
  readonly initializers: ReadonlySet<string>;
}

export function findUnread(flat: FlatGraph, decisions: Decisions): Unread {
  const { model, nodes, regions, begins, initializers } = flat;
  const isLeft = nodes.map((_, at) => stays(regions[at], decisions));
  const [before, after] = [new Map<string, number>(), new Map<string, number>()];
  nodes.forEach((_, at) => {
    count(before, readBy(flat, at, undefined));
    if (isLeft[at]) count(after, readBy(flat, at, decisions));
  });
  const outputs = new Set(model.graph.outputs.map(({ name }) => name));
  const given = new Set(model.graph.inputs.map(({ name }) => name));
  const isUnread = (name: string): boolean => name === "" || (!after.get(name) && !outputs.has(name));
  const maker = new Map(nodes.flatMap(({ outputs: made }, at) => made.map((name) => [name, at] as const)));
  const gone = new Set<number>();
  const dropped = new Set<string>();
  const queue = [...before.keys()].filter(isUnread);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const at = maker.get(name);
    if (at === undefined && initializers.has(name) && !given.has(name)) dropped.add(name);
    if (at === undefined || gone.has(at) || begins.has(at) || !nodes[at]?.outputs.every(isUnread)) continue;
    gone.add(at);
    if (!isLeft[at]) continue;
    for (const input of readBy(flat, at, decisions)) {
      after.set(input, (after.get(input) ?? 0) - 1);
      if (isUnread(input)) queue.push(input);
    }
  }
  return { nodes: gone, initializers: dropped };
}

/** Whether a region is part of the model still: taken, or of an If that stays. */
function stays(region: Parameters<typeof reached>[0], decisions: Decisions): boolean {
  for (let around = region; around; around = around.parent) {
    const taken = decisions.get(around.branch);
    if (taken !== undefined && taken !== around.taken) return false;
  }
  return true;
}

function readBy(flat: FlatGraph, at: number, decisions: Decisions | undefined): readonly string[] {
  const { nodes, captures, begins, ends, branches } = flat;
  const { inputs = [] } = nodes[at] ?? {};
  const begun = begins.get(at);
  if (begun !== undefined) return decisions?.has(begun) ? [] : inputs;
  const ended = ends.get(at);
  if (ended === undefined) return [...inputs, ...(captures[at] ?? [])];
  const results = branches[ended]?.results ?? [];
  const taken = decisions?.get(ended);
  return taken === undefined ? results.flat() : (results[taken] ?? []);
}

function count(readers: Map<string, number>, names: readonly string[]): void {
  for (const name of names) readers.set(name, (readers.get(name) ?? 0) + 1);
}
