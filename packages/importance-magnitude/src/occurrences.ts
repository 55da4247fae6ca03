import type { Family, Probe, Trace } from "@prune/graph";
import type { Member } from "@prune/graph/advanced";

/** One axis of a parameter that a family's units occur in, and where: rows of a sparse matrix by position. */
export interface Occurrences {
  readonly member: Member;
  /** Units (their places in the family) at position p are [start[p], start[p + 1]) of `unit`. */
  readonly start: Int32Array;
  readonly unit: Int32Array;
}

/** Where a family's units occur, axis by axis. */
export function occurrences(trace: Trace, family: Family): Occurrences[] {
  const found = new Map<number, { position: number[]; unit: number[] }>();
  family.units.forEach((u, i) => {
    trace.eachPlace(u, (m, position) => {
      const list = found.get(m) ?? { position: [], unit: [] };
      found.set(m, list);
      list.position.push(position);
      list.unit.push(i);
    });
  });
  return [...found.keys()]
    .sort((a, b) => a - b)
    .map((m) => {
      const { position, unit } = found.get(m) as { position: number[]; unit: number[] };
      return byPosition(trace.members[m] as Member, position, unit);
    });
}

/** A unit counts once per position, however many of its atoms are there. */
function byPosition(member: Member, position: readonly number[], unit: readonly number[]): Occurrences {
  const size = member.selector.ids.length;
  const order = Array.from(position.keys()).sort(
    (a, b) => (position[a] as number) - (position[b] as number) || (unit[a] as number) - (unit[b] as number),
  );
  const start = new Int32Array(size + 1);
  const list: number[] = [];
  let last = -1;
  for (const i of order) {
    const p = position[i] as number;
    const u = unit[i] as number;
    if (p === last && list.at(-1) === u) continue;
    last = p;
    list.push(u);
    start[p + 1]!++;
  }
  for (let p = 0; p < size; p++) start[p + 1]! += start[p] as number;
  return { member, start, unit: Int32Array.from(list) };
}

/** Weights of a member's parameter, or undefined where it has none to compare (integers, say). */
export const weightsOf = (probe: Probe, { parameter }: Member): Float32Array | undefined =>
  probe.weights(parameter.tensor)?.data;
