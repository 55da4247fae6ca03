/** How the scores of a unit in several parameters become one: by a name, or by a function of all of them. */
export type Reduction = ReductionName | StackReduction;

/** The names that a reduction may have. */
export const reductionNames = ["mean", "sum", "max", "product", "first", "gate"] as const;

/** How scores of the members of a unit become one: see `Reduction`. */
export type ReductionName = (typeof reductionNames)[number];

/** Given the scores of all units in each parameter, in graph order, one score for each unit. */
export type StackReduction = (members: readonly Float64Array[]) => ArrayLike<number>;

/** One vector of scores from those of each member, in graph order. */
export function reduceScores(
  members: readonly Float64Array[],
  reduction: Reduction,
  units: number,
): Float64Array {
  const out = new Float64Array(units);
  const [first] = members;
  if (!first) return out;
  if (typeof reduction === "function") return Float64Array.from(reduction(members));
  if (reduction === "first") return first;
  if (reduction === "gate") return members.at(-1) as Float64Array;
  for (let u = 0; u < units; u++) {
    let value = first[u] as number;
    for (let m = 1; m < members.length; m++) value = combine[reduction](value, members[m]?.[u] as number);
    out[u] = reduction === "mean" ? value / members.length : value;
  }
  return out;
}

const add = (a: number, b: number): number => a + b;
const combine = { sum: add, mean: add, max: Math.max, product: (a: number, b: number): number => a * b };
