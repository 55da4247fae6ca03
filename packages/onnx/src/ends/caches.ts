import type { Graph, Node, ValueInfo } from "../model.js";
import { recordOf } from "../operators/operators.js";

/** An input that the next run takes from an output of this one: keys and values so far, the state of an LSTM. */
export interface CachePair {
  readonly input: string;
  readonly output: string;
}

/** What a graph carries from run to run. */
export interface Caches {
  readonly pairs: readonly CachePair[];
  /** Inputs and outputs that hold a cache, those of `pairs` and those whose other side is in another graph. */
  readonly names: ReadonlySet<string>;
}

/** TensorProto.DataType numbers of what caches hold: floats, and bytes where they are quantised. */
const held: ReadonlySet<number> = new Set([1, 2, 3, 10, 11, 16]);

/** Names that exporters give caches: `past_key_values.0.key`, `past_0`, `present.0.decoder.value`, `cache_k`. */
const cacheName = /^past([._]|_key|$)|^present([._]|_key|$)|(^|[._])(kv_?)?cache([._]|$)/i;

/** Finds caches by what exporters call them, and by the operators that read and make them. */
export function cachesOf({ inputs, outputs, nodes, initializers }: Graph): Caches {
  const fed = inputs.filter((info) => !initializers.has(info.name) && isHeld(info));
  const made = outputs.filter(isHeld);
  const pairs: CachePair[] = [];
  const taken = new Set<string>();
  const pair = (input: ValueInfo | undefined, output: ValueInfo): void => {
    if (!input || taken.has(input.name) || !alike(input, output)) return;
    pairs.push({ input: input.name, output: output.name });
    taken.add(input.name);
    taken.add(output.name);
  };
  const byPlace = new Map(fed.map((info) => [placeIn(info.name), info]));
  for (const output of made) {
    const place = placeIn(output.name);
    if (place !== undefined) pair(byPlace.get(place), output);
  }
  const rest = new Map(fed.filter(({ name }) => !taken.has(name)).map((info) => [info.name, info]));
  if (rest.size > 0) {
    const producers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    for (const output of made)
      if (!taken.has(output.name)) pair(stateBehind(output.name, producers, rest), output);
  }
  const named = [...fed, ...made].filter(({ name }) => cacheName.test(name)).map(({ name }) => name);
  return { pairs, names: new Set([...taken, ...named]) };
}

const isHeld = ({ elementType, shape }: ValueInfo): boolean =>
  held.has(elementType) && (shape?.length ?? 0) > 1;

/** The same type and rank, and equal sizes but for the one that grows. */
function alike(a: ValueInfo, b: ValueInfo): boolean {
  const [p, q] = [a.shape ?? [], b.shape ?? []];
  if (a.elementType !== b.elementType || p.length !== q.length) return false;
  return (
    p.filter((size, i) => typeof size === "number" && typeof q[i] === "number" && size !== q[i]).length <= 1
  );
}

/** What a cache's name says beside that it is read or made: ".0.key"; undefined for other names. */
function placeIn(name: string): string | undefined {
  if (cacheName.test(name))
    return name
      .toLowerCase()
      .replace(/^(past|present)(_key_values)?|(past|present|new|next|in|out)_|_(in|out|new|next)$/g, "");
  const state = /^(?:input|in|output|out|new|next|prev|old|initial|final)_(.*(?:state|hidden|cell).*)$/i.exec(
    name,
  );
  if (state) return state[1]?.toLowerCase();
  const letter = /^(h|c|state)_?(0|n|in|out)?$/i.exec(name);
  return letter?.[1]?.toLowerCase();
}

/** The input that an output goes on from, through operators that carry a state and those that only move elements. */
function stateBehind(
  output: string,
  producers: ReadonlyMap<string, Node>,
  inputs: ReadonlyMap<string, ValueInfo>,
): ValueInfo | undefined {
  const seen = new Set<string>([output]);
  let carried = false;
  for (const name of seen) {
    const found = inputs.get(name);
    if (found && carried) return found;
    const node = producers.get(name);
    if (!node) continue;
    const at = node.outputs.indexOf(name);
    const record = recordOf(node);
    const from = appended(node, inputs) ? 0 : record?.carries?.find(([made]) => made === at)?.[1];
    if (from !== undefined) carried = true;
    const moves = record?.moves;
    const next = from !== undefined ? [from] : moves === "all" ? [...node.inputs.keys()] : (moves ?? []);
    for (const i of next) if (node.inputs[i]) seen.add(node.inputs[i]);
  }
  return undefined;
}

/** Whether a node joins keys or values, [.., steps, size], behind those of earlier steps. */
function appended(
  { op, inputs: [past = "", ...more], attributes }: Node,
  inputs: ReadonlyMap<string, ValueInfo>,
): boolean {
  const rank = inputs.get(past)?.shape?.length ?? 0;
  const axis = attributes.get("axis");
  if (op !== "Concat" || more.length !== 1 || rank < 3 || axis?.kind !== "int") return false;
  return (axis.value + rank) % rank === rank - 2;
}
