import type { Family, Plan, Trace } from "@prune/graph";
import type { Member, Parameter } from "@prune/graph/advanced";

/**
 * The part that a family plays: `channels` of a plain axis; `columns`, positions inside rows, such as dims inside
 * heads; `rows`, such as heads and groups; `copies`, rows inside rows, such as the query heads of a key/value group;
 * `numbers`, stored numbers that no layer makes or reads: boundaries, thresholds, learned tokens.
 */
export type Part = "channels" | "columns" | "rows" | "copies" | "numbers";

const known = new WeakMap<Trace, readonly Part[]>();

/** Parts of a trace's families, by family; found once for each trace, as it takes longer than choosing units does. */
export function partsOf(trace: Trace): readonly Part[] {
  const parts = known.get(trace) ?? findParts(trace);
  known.set(trace, parts);
  return parts;
}

function findParts(trace: Trace): Part[] {
  const rows = rowsOf(trace);
  const dims = dimsOf(trace);
  return trace.families.map((family) => {
    if (isNumbers(trace, family)) return "numbers";
    const others = rowsBeside(trace, family, rows, dims);
    if (family.kind === "channels") return others.size > 0 ? "columns" : "channels";
    if (others.size === 0) return "rows";
    const cells = cellsOf(trace, family);
    const outer = [...others].some((f) =>
      f >= 0
        ? (trace.families[f] as Family).members.length > family.members.length ||
          reachesFurther(trace, (trace.families[f] as Family).units[0] as number, cells)
        : isAround(trace, unitAt(f), family, cells),
    );
    return outer ? "copies" : "rows";
  });
}

/** Whether rows also lie where none of others do: where queries, keys and values are packed, keys have no copies. */
function reachesFurther(trace: Trace, row: number, cells: ReadonlySet<number>): boolean {
  let found = false;
  trace.eachPlace(row, (member, position) => {
    found ||= !cells.has(cell(member, position));
  });
  return found;
}

/** Where a family's rows lie. */
function cellsOf(trace: Trace, { units }: Family): ReadonlySet<number> {
  const cells = new Set<number>();
  for (const u of units)
    if (trace.units.rows[u] !== 0)
      trace.eachPlace(u, (member, position) => cells.add(cell(member, position)));
  return cells;
}

/** A member and a position as one number. */
const cell = (member: number, position: number): number => member * 2 ** 31 + position;

/** A plan without stored numbers that no layer makes or reads. */
export function withoutNumbers(trace: Trace, { units, atoms }: Plan): Plan {
  const { start, atoms: all } = trace.units;
  const parts = partsOf(trace);
  const own = new Set(
    trace.families.flatMap((family) => (parts[family.id] === "numbers" ? [...family.units] : [])),
  );
  const within = new Set([...own].flatMap((u) => [...all.subarray(start[u], start[u + 1])]));
  return {
    units: units.filter((unit) => !own.has(unit)),
    atoms: atoms.filter((atom) => !within.has(atom)),
  };
}

/**
 * Positions of no layer are summed as they are: set to zero, a threshold still counts what passes it, and a token is
 * still one of those that a mean is over.
 */
const isNumbers = (trace: Trace, { members }: Family): boolean =>
  members.every((m) => trace.members[m]?.selector.role === "value");

/**
 * Whether a unit that must stay lies in all axes of a family and in more: a key and value head that a cache holds, around
 * the query heads that share it.
 */
function isAround(trace: Trace, unit: number, { members }: Family, cells: ReadonlySet<number>): boolean {
  const around = new Set<number>();
  trace.eachPlace(unit, (member) => around.add(member));
  const isMore = around.size > members.length || reachesFurther(trace, unit, cells);
  return isMore && members.every((member) => around.has(member));
}

/** Units that must stay stand among families as numbers below 0. */
const held = (unit: number): number => -1 - unit;
const unitAt = held;

/** Where rows of families (or of `held` units) lie. */
interface Rows {
  /** By member. */
  readonly along: ReadonlyMap<number, ReadonlySet<number>>;
  /** By member and position, at the first unit of each family. */
  readonly at: ReadonlyMap<number, ReadonlySet<number>>;
}

function rowsOf(trace: Trace): Rows {
  const { units, families } = trace;
  const familyOf = Int32Array.from({ length: units.count }, (_, unit) => held(unit));
  const at = new Map<number, Set<number>>();
  for (const { id, units: own } of families) {
    for (const u of own) familyOf[u] = id;
    trace.eachPlace(own[0] as number, (member, position) => at.set(cell(member, position), new Set()));
  }
  const along = new Map<number, Set<number>>();
  for (let u = 0; u < units.count; u++) {
    if (units.rows[u] === 0) continue;
    const family = familyOf[u] as number;
    let last = -1;
    trace.eachPlace(u, (member, position) => {
      if (member !== last) {
        along.set(member, (along.get(member) ?? new Set()).add(family));
        last = member;
      }
      at.get(cell(member, position))?.add(family);
    });
  }
  return { along, at };
}

function rowsBeside(trace: Trace, family: Family, rows: Rows, dims: Dims): Set<number> {
  const beside = new Set<number>();
  trace.eachPlace(family.units[0] as number, (member, position) => {
    for (const f of rows.at.get(cell(member, position)) ?? []) if (f !== family.id) beside.add(f);
  });
  for (const m of family.members)
    for (const other of sameProduct(trace, m, dims))
      for (const f of rows.along.get(other) ?? [])
        if (f !== family.id && !family.members.includes(other)) beside.add(f);
  return beside;
}

/** Members by their parameter. */
type Dims = ReadonlyMap<Parameter, readonly number[]>;

function dimsOf({ members }: Trace): Dims {
  const dims = new Map<Parameter, number[]>();
  members.forEach(({ parameter }, m) => {
    const list = dims.get(parameter);
    if (list) list.push(m);
    else dims.set(parameter, [m]);
  });
  return dims;
}

/** Other dims of the same parameter that play the same part: [inputs, heads, size] makes or reads heads and their dims. */
function sameProduct({ members }: Trace, m: number, dims: Dims): readonly number[] {
  const { parameter, selector } = members[m] as Member;
  if (selector.role === "value") return [];
  return (dims.get(parameter) ?? []).filter((i) => i !== m && members[i]?.selector.role === selector.role);
}
