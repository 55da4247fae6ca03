import { atoms, type Names } from "../names/names.js";
import type { Parameter, Selector } from "../trace/value.js";

/** One axis (or bundle of axes) of a parameter, with what it selects by. */
export interface Member {
  readonly parameter: Parameter;
  readonly selector: Selector;
}

/** The atoms that occur in parameters, numbered from 0, and where: rows of a sparse matrix. */
export interface AtomIndex {
  readonly members: readonly Member[];
  /** Atom id by number, ascending. */
  readonly atoms: Int32Array;
  /** Number by atom id, or -1. */
  readonly numberOf: Int32Array;
  /** Occurrences of atom k are entries [start[k], start[k + 1]). */
  readonly start: Int32Array;
  readonly member: Int32Array;
  readonly position: Int32Array;
}

export function indexAtoms(names: Names, parameters: readonly Parameter[]): AtomIndex {
  const members = parameters.flatMap((parameter) =>
    parameter.selectors.map((selector) => ({ parameter, selector })),
  );
  const counts = new Int32Array(names.count);
  const each = (visit: (atom: number, member: number, position: number) => void): void => {
    members.forEach(({ selector: { ids } }, m) => {
      for (let i = 0; i < ids.length; i++)
        for (const atom of atoms(names, ids[i] as number)) visit(atom, m, i);
    });
  };
  let total = 0;
  each((atom) => {
    counts[atom] = (counts[atom] as number) + 1;
    total++;
  });
  const found = Int32Array.from(counts.keys()).filter((id) => counts[id] !== 0);
  const numberOf = new Int32Array(names.count).fill(-1);
  const start = new Int32Array(found.length + 1);
  found.forEach((atom, k) => {
    numberOf[atom] = k;
    start[k + 1] = (start[k] as number) + (counts[atom] as number);
  });
  const next = start.slice();
  const member = new Int32Array(total);
  const position = new Int32Array(total);
  each((atom, m, i) => {
    const k = numberOf[atom] as number;
    const at = next[k] as number;
    member[at] = m;
    position[at] = i;
    next[k] = at + 1;
  });
  return { members, atoms: found, numberOf, start, member, position };
}
