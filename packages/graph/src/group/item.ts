import { type Axis, type NamedAxis, printAxis } from "./axis.js";
import { type Marks, positionsToSlots } from "./cells.js";
import type { Dependency } from "./dependency.js";
import { compose, type IndexMap, invert, mapOfRows, printIndices, targetsOf } from "./index-map.js";
import { lazy } from "./lazy.js";
import type { Trunk } from "./trunk.js";
import { visit } from "./visit.js";
import type { Reached } from "./walk.js";

/** An axis of a group and what of it leaves. */
export interface GroupItem {
  /** How the walk came here; the root depends on itself. */
  readonly dependency: Dependency;
  readonly axis: Axis;
  readonly indices: readonly number[];
  /** For each index, the root's indices that it leaves with. */
  readonly rootIndices: readonly (readonly number[])[];
}

/** The axes of a walk that the kept slots reach, for some of the root's indices. */
export function itemsOf(trunk: Trunk, keeps: Uint8Array, indices: readonly number[]): GroupItem[] {
  const { slotAt } = trunk.choice;
  const leaving = indices.filter((i) => (slotAt[i] as number) >= 0);
  if (leaving.length === 0) return [];
  const walk = trunk.walk();
  const given = new Uint8Array(slotAt.length);
  for (const i of leaving) given[i] = 1;
  const rows = Array.from(slotAt, (slot, i) => (given[i] === 1 ? [slot] : []));
  const slotsToRoot = lazy(() => invert(mapOfRows(keeps.length, rows)));
  const shared = new Map<Marks, Leaving>();
  return visit(walk, keeps).map((step): GroupItem => {
    const { named, marks } = walk.axes[step.axis] as Reached;
    const made = (!named.cellOf && shared.get(marks)) || leavingOf(named, marks, keeps, slotsToRoot);
    if (!named.cellOf) shared.set(marks, made);
    return {
      dependency: trunk.dependency(step),
      axis: named.axis,
      get indices() {
        return made.indices();
      },
      get rootIndices() {
        return made.rootIndices();
      },
    };
  });
}

/** Positions that leave, and the root's that each leaves with. */
interface Leaving {
  readonly indices: () => number[];
  readonly rootIndices: () => number[][];
}

function leavingOf(named: NamedAxis, marks: Marks, keeps: Uint8Array, slotsToRoot: () => IndexMap): Leaving {
  const indices = lazy(() => keptPositions(named, marks, keeps));
  const rootIndices = lazy(() => {
    const back = compose(positionsToSlots(named, marks, keeps.length), slotsToRoot());
    return indices().map((i) => [...targetsOf(back, i)]);
  });
  return { indices, rootIndices };
}

function keptPositions(
  { cells: n, cellOf }: NamedAxis,
  { cells, slots }: Marks,
  keeps: Uint8Array,
): number[] {
  const leaves = new Uint8Array(n);
  cells.forEach((cell, e) => {
    leaves[cell] = (leaves[cell] as number) | (keeps[slots[e] as number] as number);
  });
  const found: number[] = [];
  const all = cellOf?.();
  for (let i = 0; i < (all?.length ?? n); i++) if (leaves[all ? (all[i] as number) : i] === 1) found.push(i);
  return found;
}

/** `Relu "relu1": "a" dim 1 => "b" dim 1 [2, 6, 9]`. */
export function printItem({ dependency: { source, via }, axis, indices }: GroupItem): string {
  const step = source === axis ? printAxis(axis) : `${printAxis(source)} => ${printAxis(axis)}`;
  return `${via.op} "${via.node}": ${step} [${printIndices(indices)}]`;
}
