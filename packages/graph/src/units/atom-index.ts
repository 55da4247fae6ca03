import type { AtomSets } from "../names/atom-sets.js";
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

export function indexAtoms(sets: AtomSets, parameters: readonly Parameter[]): AtomIndex {
  const members = parameters.flatMap((parameter) =>
    parameter.selectors.map((selector) => ({ parameter, selector })),
  );
  const counts = new Int32Array(sets.start.length);
  for (const { selector } of members) count(sets, selector.ids, counts);
  const found = listed(counts);
  const start = new Int32Array(found.length + 1);
  for (let k = 0; k < found.length; k++)
    start[k + 1] = (start[k] as number) + (counts[found[k] as number] as number);
  // In place of the counts, which big networks have millions of.
  const numberOf = counts.fill(-1);
  for (let k = 0; k < found.length; k++) numberOf[found[k] as number] = k;
  const total = start[found.length] as number;
  const next = start.slice();
  const member = new Int32Array(total);
  const position = new Int32Array(total);
  members.forEach(({ selector: { ids } }, m) => {
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] as number;
      for (let e = sets.start[id] as number; e < (sets.end[id] as number); e++) {
        const k = numberOf[sets.list[e] as number] as number;
        const at = next[k] as number;
        member[at] = m;
        position[at] = i;
        next[k] = at + 1;
      }
    }
  });
  return { members, atoms: found, numberOf, start, member, position };
}

function count(sets: AtomSets, ids: Int32Array, counts: Int32Array): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    for (let e = sets.start[id] as number; e < (sets.end[id] as number); e++) {
      const atom = sets.list[e] as number;
      counts[atom] = (counts[atom] as number) + 1;
    }
  }
}

function listed(counts: Int32Array): Int32Array {
  let n = 0;
  for (let id = 0; id < counts.length; id++) if (counts[id] !== 0) n++;
  const found = new Int32Array(n);
  n = 0;
  for (let id = 0; id < counts.length; id++) if (counts[id] !== 0) found[n++] = id;
  return found;
}
