import type { State } from "../trace/state.js";
import type { AtomIndex } from "../units/atom-index.js";
import type { AxisTable, NamedAxis } from "./axis.js";
import { beyond } from "./beyond.js";
import { createMarkers, type Marker, type Marks } from "./cells.js";
import type { Choice } from "./choose.js";

/** An axis that some chosen atom reaches. */
export interface Reached {
  readonly named: NamedAxis;
  readonly marks: Marks;
  readonly steps: Step[];
}

/** To another reached axis that shares a chosen atom, over a node that has both. */
export interface Step {
  readonly to: number;
  readonly node: number;
  /** Both carry the atoms, but not through this node, as far as one can tell; gone last. */
  readonly aside: boolean;
}

/** The axes that the atoms chosen on a root reach and how they hang together; axis 0 is the root. */
export interface Walk {
  readonly choice: Choice;
  readonly axes: readonly Reached[];
}

/** What walks over a graph share. */
export interface Paths {
  readonly state: State;
  readonly index: AtomIndex;
  readonly table: AxisTable;
  nodesOf(named: NamedAxis): readonly number[];
  /** Nodes that read the tensor, then the one that makes it. */
  around(tensor: string): readonly number[];
  /** First node of this name. */
  nodeNamed(name: string): number;
  /** -1 by atom id, and so left behind by every walk. */
  readonly scratch: Int32Array;
  marker(slotOf: Int32Array): Marker;
}

export function createPaths(state: State, index: AtomIndex, table: AxisTable): Paths {
  const around = new Map<string, number[]>();
  const byName = new Map<string, number>();
  const link = (tensor: string, node: number): void => {
    const nodes = around.get(tensor);
    if (!nodes) around.set(tensor, [node]);
    else if (!nodes.includes(node)) nodes.push(node);
  };
  state.source.nodes.forEach((node, n) => {
    for (const tensor of node.inputs) if (tensor) link(tensor, n);
    if (!byName.has(node.name)) byName.set(node.name, n);
  });
  state.source.nodes.forEach((node, n) => {
    for (const tensor of node.outputs) if (tensor) link(tensor, n);
  });
  return {
    state,
    index,
    table,
    around: (tensor) => around.get(tensor) ?? [],
    nodesOf: ({ axis, use }) => (use ? [use.node] : (around.get(axis.tensor) ?? [])),
    nodeNamed: (name) => byName.get(name) ?? -1,
    scratch: new Int32Array(index.numberOf.length).fill(-1),
    marker: createMarkers(state.names),
  };
}

/** Follows chosen atoms from axis to axis over the nodes that have both; parameters that no path reaches come last. */
export function walkFrom(paths: Paths, choice: Choice): Walk {
  const { scratch } = paths;
  const mark = paths.marker(scratch);
  const axes: Reached[] = [];
  const numberOf = new Map<number, number>();
  const marksOf = (named: NamedAxis): number => {
    const known = numberOf.get(named.id);
    if (known !== undefined) return known;
    const marks = mark(named);
    const number = marks ? axes.push({ named, marks, steps: [] }) - 1 : -1;
    numberOf.set(named.id, number);
    return number;
  };
  choice.atoms.forEach((atom, slot) => {
    scratch[atom] = slot;
  });
  marksOf(choice.root);
  const places = new Map<number, Place>();
  const seen = new Int32Array(choice.atoms.length).fill(-1);
  const summed = new Int32Array(choice.atoms.length).fill(-1);
  const queue: number[] = [];
  const queued = new Set<number>();
  const add = (s: number): void => {
    if (!queued.has(s)) queue.push(s);
    queued.add(s);
  };
  let next = 0;
  const ahead = (): void => {
    for (; next < queue.length; next++) {
      const s = queue[next] as number;
      const from = axes[s] as Reached;
      for (const slot of from.marks.slots) seen[slot] = s;
      for (const node of paths.nodesOf(from.named)) {
        if (!places.has(node)) places.set(node, placeOf(paths, node, marksOf, axes, summed));
        const { around, contracted } = places.get(node) as Place;
        if (!around.includes(s)) continue;
        for (const to of around) {
          const { marks } = axes[to] as Reached;
          if (to === s || (marks !== from.marks && !anyIs(marks.slots, seen, s))) continue;
          from.steps.push({ to, node, aside: contracted.has(s) !== contracted.has(to) });
          add(to);
        }
      }
    }
  };
  add(0);
  ahead();
  const members = membersOf(paths, choice, marksOf);
  const missed = (): number[] => members.filter((s) => !queued.has(s));
  for (let i = 0, left = missed(); i < queue.length && left.length > 0; i++) {
    const s = queue[i] as number;
    for (const { to: named, node } of beyond(paths, (axes[s] as Reached).named)) {
      const to = marksOf(named);
      if (to < 0 || to === s || !share(axes[s] as Reached, axes[to] as Reached)) continue;
      axes[s]?.steps.push({ to, node, aside: false });
      axes[to]?.steps.push({ to: s, node, aside: false });
      add(to);
    }
    if (next < queue.length) {
      ahead();
      left = missed();
    }
  }
  for (const to of missed()) {
    const { named } = axes[to] as Reached;
    axes[0]?.steps.push({ to, node: named.use?.node ?? paths.nodeNamed(named.axis.node), aside: true });
  }
  for (const atom of choice.atoms) scratch[atom] = -1;
  return { choice, axes };
}

/** Whether any of the slots holds the value. */
function anyIs(slots: Int32Array, held: Int32Array, value: number): boolean {
  for (let i = 0; i < slots.length; i++) if (held[slots[i] as number] === value) return true;
  return false;
}

function share(a: Reached, b: Reached): boolean {
  const slots = new Set(a.marks.slots);
  return b.marks.slots.some((slot) => slots.has(slot));
}

/** The parameter axes that carry chosen atoms. */
function membersOf({ index, table }: Paths, choice: Choice, marksOf: (named: NamedAxis) => number): number[] {
  const found = new Set<number>();
  for (const k of choice.numbers)
    for (let e = index.start[k] as number; e < (index.start[k + 1] as number); e++)
      found.add(index.member[e] as number);
  const members = [...found].sort((a, b) => a - b);
  return [...new Set(members.map((m) => marksOf(table.ofMember[m] as NamedAxis)))];
}

/** The reached axes of a node's tensors, inputs first, and those of them that are summed over there. */
interface Place {
  readonly around: readonly number[];
  readonly contracted: ReadonlySet<number>;
}

/**
 * What a node contracts it does not hand on: where x and y of `y = W x` carry the same names, they got them elsewhere.
 * `summed` tells of each slot which node sums over it.
 */
function placeOf(
  { state, table }: Paths,
  node: number,
  marksOf: (named: NamedAxis) => number,
  axes: readonly Reached[],
  summed: Int32Array,
): Place {
  const { inputs, outputs } = state.source.nodes[node] as (typeof state.source.nodes)[number];
  const reached = (list: readonly NamedAxis[]): number[] => list.map(marksOf).filter((s) => s >= 0);
  const given = reached(inputs.flatMap((_, i) => table.at(node, i)));
  const made = reached(outputs.flatMap((name) => (name ? table.of(name) : [])));
  const role = (s: number): string | undefined => (axes[s] as Reached).named.flows;
  const slotsOf = (s: number): Int32Array => (axes[s] as Reached).marks.slots;
  for (const s of given) if (role(s) === "in") for (const slot of slotsOf(s)) summed[slot] = node;
  const operands = given.filter((s) => role(s) === undefined && anyIs(slotsOf(s), summed, node));
  const contracted = operands.length === 0 ? [] : [...operands, ...given.filter((s) => role(s) === "in")];
  return { around: [...new Set([...given, ...made])], contracted: new Set(contracted) };
}
