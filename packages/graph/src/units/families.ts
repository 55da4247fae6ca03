import { fingerprint } from "../names/unite.js";
import { createDisjoint } from "./disjoint.js";
import type { IndexedUnits } from "./units.js";

/** Units that play the same part: they occur equally often in the same parameter axes. */
export interface Family {
  readonly id: number;
  /** Ascending in order of first occurrence. */
  readonly units: Int32Array;
  /** `rows`: heads, key/value groups, groups of a grouped convolution; `channels`: everything else. */
  readonly kind: "channels" | "rows";
  readonly notes: number;
  /** Members of the atom index that the units occur in. */
  readonly members: readonly number[];
  /** Families that share a producing axis have the same group. */
  readonly group: number;
}

/** Free units by family, in order of first occurrence; units that must stay are in none. */
export function collectFamilies(units: IndexedUnits): Family[] {
  const { index } = units;
  const prints = new Float64Array(units.count);
  const visits = new Int32Array(units.count);
  for (let k = 0; k < index.atoms.length; k++) {
    const u = units.unitOf[k] as number;
    for (let e = index.start[k] as number; e < (index.start[k + 1] as number); e++) {
      prints[u]! += fingerprint(index.member[e] as number);
      visits[u]!++;
    }
  }
  const sizeOf = (u: number): number => (units.start[u + 1] as number) - (units.start[u] as number);
  const isAlike = (u: number, other: number): boolean =>
    visits[u] === visits[other] && sizeOf(u) === sizeOf(other) && units.rows[u] === units.rows[other];
  const lists: number[][] = [];
  const byPrint = new Map<number, number[][]>();
  for (let u = 0; u < units.count; u++) {
    if (units.pins[u] !== 0) continue;
    const print = prints[u] as number;
    const near = byPrint.get(print);
    const list = near?.find(([first]) => isAlike(u, first as number));
    if (list) list.push(u);
    else {
      const made = [u];
      lists.push(made);
      if (near) near.push(made);
      else byPrint.set(print, [made]);
    }
  }
  const members = lists.map((list) => membersOf(units, list[0] as number));
  const groups = grouped(units, members);
  return lists.map((list, id) => ({
    id,
    units: Int32Array.from(list),
    kind: units.rows[list[0] as number] === 1 ? "rows" : "channels",
    notes: list.reduce((all, u) => all | (units.notes[u] as number), 0),
    members: members[id] as number[],
    group: groups[id] as number,
  }));
}

function membersOf({ index, atoms, start }: IndexedUnits, unit: number): number[] {
  const found = new Set<number>();
  for (let i = start[unit] as number; i < (start[unit + 1] as number); i++) {
    const k = index.numberOf[atoms[i] as number] as number;
    for (let e = index.start[k] as number; e < (index.start[k + 1] as number); e++)
      found.add(index.member[e] as number);
  }
  return [...found].sort((a, b) => a - b);
}

/** Families joined by the axes that produce their positions; without one, by any axis. */
function grouped({ index }: IndexedUnits, families: readonly (readonly number[])[]): number[] {
  const joined = createDisjoint(families.length);
  const first = new Map<number, number>();
  families.forEach((members, f) => {
    const producers = members.filter((m) => index.members[m]?.selector.role === "out");
    for (const m of producers.length > 0 ? producers : members) {
      const other = first.get(m);
      if (other === undefined) first.set(m, f);
      else joined.union(f, other);
    }
  });
  const number = new Map<number, number>();
  return families.map((_, f) => {
    const root = joined.find(f);
    if (!number.has(root)) number.set(root, number.size);
    return number.get(root) as number;
  });
}
