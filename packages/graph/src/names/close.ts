import { atoms, difference, type Names, pinName, reason } from "./names.js";
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
    for (const { ids, rows } of names.projections) {
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

function tie(names: Names, atom: number, row: number, alone: boolean, why: number): void {
  if (alone && atoms(names, row).length > 0) unite(names, Int32Array.of(atom), Int32Array.of(row), why);
  else pinName(names, atom, why);
}
