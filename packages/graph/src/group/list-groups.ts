import { atoms, type Names } from "../names/names.js";
import type { Family } from "../units/families.js";
import type { IndexedUnits } from "../units/units.js";
import type { NamedAxis } from "./axis.js";

/** Families whose units leave by the positions of one root. */
export interface Part {
  readonly root: NamedAxis;
  readonly families: readonly Family[];
}

/**
 * Every family once, by the first axis that produces its positions (by the first it occurs in if none does).
 * Families of different positions of a root are one part: the chunks of a Split. Families that meet at a position
 * are apart: heads, and dims within heads.
 */
export function listParts(
  names: Names,
  units: IndexedUnits,
  families: readonly Family[],
  familyOf: readonly (Family | undefined)[],
  ofMember: readonly NamedAxis[],
): Part[] {
  const byRoot = new Map<NamedAxis, Family[]>();
  const roots = families.map(({ members }) => {
    const produced = members.find((m) => ofMember[m]?.axis.role === "out");
    return ofMember[produced ?? (members[0] as number)] as NamedAxis;
  });
  families.forEach((family, f) => {
    const root = roots[f] as NamedAxis;
    byRoot.set(root, [...(byRoot.get(root) ?? []), family]);
  });
  return [...byRoot.keys()]
    .sort((a, b) => a.id - b.id)
    .flatMap((root) => {
      const here = byRoot.get(root) as Family[];
      const meets = here.length > 1 ? meetings(names, units, familyOf, root) : new Set<string>();
      const parts: Family[][] = [];
      for (const family of here) {
        const part = parts.find((others) =>
          others.every(({ kind, id }) => kind === family.kind && !meets.has(`${id} ${family.id}`)),
        );
        if (part) part.push(family);
        else parts.push([family]);
      }
      return parts.map((list) => ({ root, families: list }));
    });
}

/** Pairs of families that share a position. */
function meetings(
  names: Names,
  units: IndexedUnits,
  familyOf: readonly (Family | undefined)[],
  { parts, cells }: NamedAxis,
): Set<string> {
  const found = new Set<string>();
  for (let i = 0; i < cells; i++) {
    const here: number[] = [];
    for (const ids of parts)
      for (const atom of atoms(names, ids[i] as number)) {
        const k = units.index.numberOf[atom] ?? -1;
        const family = k < 0 ? undefined : familyOf[units.unitOf[k] as number];
        if (family && !here.includes(family.id)) here.push(family.id);
      }
    if (here.length > 1) for (const f of here) for (const g of here) if (f !== g) found.add(`${f} ${g}`);
  }
  return found;
}
