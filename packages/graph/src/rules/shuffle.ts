import { dimIsNamed, type Layout } from "../layout/layout.js";
import { refinement } from "../layout/view.js";
import type { Dim } from "../names/dim.js";
import type { GraphNode, Outcome } from "../trace/graph.js";
import type { Kit } from "../trace/kit.js";

/** Reshape, Transpose, Reshape one after the other, each the only reader of the last. */
export interface Shuffle {
  readonly nodes: readonly [GraphNode, GraphNode, GraphNode];
  /** Shape operands of the two Reshapes, as they are stored. */
  readonly opened: readonly number[];
  readonly closed: readonly number[];
  readonly perm: readonly number[];
  /** What the first node found out for the last. */
  carried?: { readonly source: Layout; readonly dim: number; readonly index: readonly number[] } | undefined;
}

/**
 * The chains of three that might move the positions of one axis about, by the first output of each node; `said` reads
 * a Reshape's shape and a Transpose's order, where they are stored.
 */
export function findShuffles<N extends GraphNode>(
  nodes: readonly N[],
  outputs: readonly string[],
  said: (node: N) => readonly number[] | undefined,
): Map<string, Shuffle> {
  const readers = new Map<string, N | undefined>();
  for (const node of nodes)
    for (const name of node.inputs) readers.set(name, readers.has(name) ? undefined : node);
  for (const name of outputs) readers.set(name, undefined);
  const found = new Map<string, Shuffle>();
  for (const first of nodes) {
    if (first.op !== "Reshape" || found.has(made(first))) continue;
    const middle = readers.get(made(first));
    const last = middle?.op === "Transpose" ? readers.get(made(middle)) : undefined;
    if (!middle || last?.op !== "Reshape" || last.inputs[0] !== made(middle)) continue;
    const [opened, perm, closed] = [said(first), said(middle), said(last)];
    if (!opened || !closed || !perm) continue;
    const shuffle: Shuffle = { nodes: [first, middle, last], opened, closed, perm };
    for (const node of shuffle.nodes) found.set(made(node), shuffle);
  }
  return found;
}

const made = ({ outputs }: GraphNode): string => outputs[0] as string;

/**
 * Follows a node of a channel shuffle: a permutation of one axis, not a grid, so that any of its positions may leave.
 * undefined where the chain does more than that.
 */
export function shuffled(
  shuffle: Shuffle,
  node: GraphNode,
  kit: Kit,
  resolve: (want: readonly Dim[], have: readonly Dim[]) => Dim[] | undefined,
): Outcome | undefined {
  const at = shuffle.nodes.findIndex((one) => made(one) === made(node));
  if (at === 0) shuffle.carried = permutation(shuffle, kit.layout(0), kit, resolve);
  const carried = shuffle.carried;
  if (!carried) return undefined;
  if (at === 0) return kit.fixed(resolve(shuffle.opened, kit.shape(0)) as Dim[]);
  if (at === 1) return kit.permute(kit.layout(0), shuffle.perm);
  const { source, dim, index } = carried;
  const of = shuffle.nodes[0].inputs[0] as string;
  kit.patch((cut) =>
    cut.changed(source) ? { gather: { of, axis: dim, index: cut.remap(source, dim, index) } } : undefined,
  );
  return kit.take(source, dim, index);
}

function permutation(
  { opened, closed, perm }: Shuffle,
  source: Layout,
  kit: Kit,
  resolve: (want: readonly Dim[], have: readonly Dim[]) => Dim[] | undefined,
): Shuffle["carried"] {
  const have = kit.shape(source);
  const open = resolve(opened, have);
  const moved = open && perm.map((d) => open[d] as Dim);
  const close = moved && resolve(closed, moved);
  if (!open || !close || String(close) !== String(have)) return undefined;
  const spans = refinement(have, open);
  if (!spans) return undefined;
  const named = have.flatMap((_, d) => (dimIsNamed(source, d) ? [d] : []));
  const dim = named[0];
  if (dim === undefined || named.length > 1) return undefined;
  const order = perm.map((d) => spans[d] as number);
  if (order.some((d, i) => i > 0 && d < (order[i - 1] as number))) return undefined;
  if (perm.some((d, i) => spans[d] !== dim && d !== i)) return undefined;
  const axes = perm.filter((d) => spans[d] === dim);
  const sizes = open as readonly number[];
  return {
    source,
    dim,
    index: positions(
      axes,
      sizes,
      open.flatMap((_, d) => (spans[d] === dim ? [d] : [])),
    ),
  };
}

/** Source position of each position of the permuted axis. */
function positions(axes: readonly number[], sizes: readonly number[], span: readonly number[]): number[] {
  const stride = new Map<number, number>();
  let step = 1;
  for (const d of [...span].reverse()) {
    stride.set(d, step);
    step *= sizes[d] as number;
  }
  let all = [0];
  for (const d of axes)
    all = all.flatMap((o) =>
      Array.from({ length: sizes[d] as number }, (_, k) => o + k * (stride.get(d) as number)),
    );
  return all;
}
