/**
 * A set of positions of one axis to a set of positions of another, as data: position i goes to
 * `targets[start[i]..start[i + 1])`, ascending. Many to many; its inverse is another map.
 */
export interface IndexMap {
  /** Sizes of the two axes. */
  readonly from: number;
  readonly to: number;
  readonly start: Int32Array;
  readonly targets: Int32Array;
}

/** The same as plain JSON. */
export interface IndexMapJson {
  readonly from: number;
  readonly to: number;
  readonly start: readonly number[];
  readonly targets: readonly number[];
}

/** Positions that some of the indices go to, ascending, each once. Indices outside the axis go nowhere. */
export function apply({ from, to, start, targets }: IndexMap, indices: Iterable<number>): number[] {
  const hit = new Uint8Array(to);
  for (const i of indices) {
    if (!(i >= 0 && i < from)) continue;
    for (let e = start[i] as number; e < (start[i + 1] as number); e++) hit[targets[e] as number] = 1;
  }
  const found: number[] = [];
  for (let j = 0; j < to; j++) if (hit[j] === 1) found.push(j);
  return found;
}

/** The map back: j is in `apply(map, [i])` exactly when i is in `apply(invert(map), [j])`. */
export function invert({ from, to, start, targets }: IndexMap): IndexMap {
  const back = new Int32Array(to + 1);
  for (const j of targets) back[j + 1]!++;
  for (let j = 0; j < to; j++) back[j + 1]! += back[j] as number;
  const next = back.slice();
  const sources = new Int32Array(targets.length);
  for (let i = 0; i < from; i++)
    for (let e = start[i] as number; e < (start[i + 1] as number); e++)
      sources[next[targets[e] as number]!++] = i;
  return { from: to, to: from, start: back, targets: sources };
}

/** First one map, then the other. */
export function compose(first: IndexMap, second: IndexMap): IndexMap {
  const seen = new Int32Array(second.to).fill(-1);
  const start = new Int32Array(first.from + 1);
  const targets: number[] = [];
  for (let i = 0; i < first.from; i++) {
    const begin = targets.length;
    for (let e = first.start[i] as number; e < (first.start[i + 1] as number); e++) {
      const k = first.targets[e] as number;
      for (let f = second.start[k] as number; f < (second.start[k + 1] as number); f++) {
        const j = second.targets[f] as number;
        if (seen[j] === i) continue;
        seen[j] = i;
        targets.push(j);
      }
    }
    start[i + 1] = targets.length;
    if (!isAscending(targets, begin)) {
      const row = targets.splice(begin).sort((a, b) => a - b);
      targets.push(...row);
    }
  }
  return { from: first.from, to: second.to, start, targets: Int32Array.from(targets) };
}

function isAscending(list: readonly number[], begin: number): boolean {
  for (let i = begin + 1; i < list.length; i++)
    if ((list[i] as number) < (list[i - 1] as number)) return false;
  return true;
}

/** Whether two maps have axes of the same sizes and send every position to the same ones. */
export function sameMap(a: IndexMap, b: IndexMap): boolean {
  return a.from === b.from && a.to === b.to && equal(a.start, b.start) && equal(a.targets, b.targets);
}

const equal = (a: Int32Array, b: Int32Array): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);

/** Positions that each position goes to, ascending. */
export function mapOfRows(to: number, rows: readonly ArrayLike<number>[]): IndexMap {
  const start = new Int32Array(rows.length + 1);
  rows.forEach((row, i) => {
    start[i + 1] = (start[i] as number) + row.length;
  });
  const targets = new Int32Array(start[rows.length] as number);
  rows.forEach((row, i) => {
    targets.set(row, start[i] as number);
  });
  return { from: rows.length, to, start, targets };
}

/** A map as plain JSON, which `mapFromJson` reads back. */
export const mapToJson = ({ from, to, start, targets }: IndexMap): IndexMapJson => ({
  from,
  to,
  start: [...start],
  targets: [...targets],
});

/** The map that `mapToJson` wrote. What it is given is not checked. */
export const mapFromJson = ({ from, to, start, targets }: IndexMapJson): IndexMap => ({
  from,
  to,
  start: Int32Array.from(start),
  targets: Int32Array.from(targets),
});

/** One line for a person, runs of positions that keep their order or their width as one. */
export function printMap(map: IndexMap): string {
  const parts: string[] = [];
  let i = 0;
  while (i < map.from) {
    const row = targetsOf(map, i);
    let end = i + 1;
    if (row.length === 0) {
      i = end;
      continue;
    }
    while (end < map.from && isShifted(map, i, end, row.length)) end++;
    const last = targetsOf(map, end - 1);
    const targets = row.length === 1 ? [row[0] as number, last[0] as number] : undefined;
    if (end - i > 2 && targets) parts.push(`${i}..${end - 1} -> ${targets[0]}..${targets[1]}`);
    else if (end - i > 2) parts.push(`${i} -> ${printIndices(row)}, ... ${end - 1} -> ${printIndices(last)}`);
    else for (let k = i; k < end; k++) parts.push(`${k} -> ${printIndices(targetsOf(map, k))}`);
    i = end;
  }
  return parts.length === 0 ? "nothing" : parts.join("; ");
}

/** Positions that one position goes to. */
export const targetsOf = ({ start, targets }: IndexMap, i: number): Int32Array =>
  targets.subarray(start[i] as number, start[i + 1] as number);

/** Whether `row` is the row before it with every position moved by as much as the run's rows are apart. */
function isShifted(map: IndexMap, first: number, row: number, width: number): boolean {
  const before = targetsOf(map, row - 1);
  const here = targetsOf(map, row);
  const step = (targetsOf(map, first + 1)[0] as number) - (targetsOf(map, first)[0] as number);
  return here.length === width && here.every((j, k) => j === (before[k] as number) + step);
}

/** "2, 6, 9" or "0..15, 80..95". */
export function printIndices(indices: ArrayLike<number>): string {
  const parts: string[] = [];
  for (let i = 0; i < indices.length; ) {
    let end = i + 1;
    while (end < indices.length && indices[end] === (indices[end - 1] as number) + 1) end++;
    if (end - i > 2) parts.push(`${indices[i]}..${indices[end - 1]}`);
    else for (let k = i; k < end; k++) parts.push(String(indices[k]));
    i = end;
  }
  return parts.join(", ");
}
