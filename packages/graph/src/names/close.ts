import { type AtomSets, atomSets } from "./atom-sets.js";
import { atoms, difference, type Names, type Projection, pinName, reason } from "./names.js";
import { commonAtoms } from "./rows.js";
import { unite } from "./unite.js";

/**
 * Catches atoms that became common to a whole row after the row was named: removing one would take the row behind
 * its name's back. With one such row it is tied to the row's name; common to several rows it stays.
 */
export function close(names: Names): void {
  let why = 0;
  for (let changed = true; changed; ) {
    changed = false;
    const sets = atomSets(names);
    for (const projection of names.projections) {
      if (!changed && !hasStrays(names, sets, projection)) continue;
      const { ids, rows } = projection;
      const extra = commonAtoms(names, ids, rows.length).map((set, r) =>
        difference(set, atoms(names, rows[r] as number)),
      );
      const owners = new Map<number, number>();
      for (const set of extra) for (const atom of set) owners.set(atom, (owners.get(atom) ?? 0) + 1);
      if (owners.size === 0) continue;
      changed = true;
      why ||= reason(names, { code: "row", text: "belongs to several rows of a grid at once" });
      extra.forEach((set, r) => {
        for (const atom of set) tie(names, atom, rows[r] as number, owners.get(atom) === 1, why);
      });
    }
  }
}

/** Whether any row has a free atom in every cell that is not in its name; `sets` are those of the names as they are. */
function hasStrays({ pins }: Names, sets: AtomSets, { ids, rows }: Projection): boolean {
  const cols = ids.length / rows.length;
  for (let r = 0; r < rows.length; r++) {
    const first = ids[r * cols] as number;
    for (let e = sets.start[first] as number; e < (sets.end[first] as number); e++) {
      const atom = sets.list[e] as number;
      if (pins[atom] !== 0 || has(sets, rows[r] as number, atom)) continue;
      let i = r * cols + 1;
      while (i < (r + 1) * cols && has(sets, ids[i] as number, atom)) i++;
      if (i === (r + 1) * cols) return true;
    }
  }
  return false;
}

function has({ start, end, list }: AtomSets, id: number, atom: number): boolean {
  for (let e = start[id] as number; e < (end[id] as number); e++) if (list[e] === atom) return true;
  return false;
}

function tie(names: Names, atom: number, row: number, alone: boolean, why: number): void {
  if (alone && atoms(names, row).length > 0) unite(names, Int32Array.of(atom), Int32Array.of(row), why);
  else pinName(names, atom, why);
}
