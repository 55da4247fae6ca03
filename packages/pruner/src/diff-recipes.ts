import type { Removal } from "@prune/graph";
import type { Recipe, UseRemoval } from "./recipe.js";

/** What two recipes remove otherwise from one axis of a tensor, in the original's coordinates. */
export interface AxisDifference {
  readonly tensor: string;
  readonly use?: NonNullable<UseRemoval["use"]>;
  readonly view: readonly number[];
  readonly dims: readonly number[];
  /** Positions that only the first recipe removes, and those that only the second does. */
  readonly onlyFirst: readonly number[];
  readonly onlySecond: readonly number[];
  /** How many both remove. */
  readonly both: number;
}

/** In what two recipes differ. */
export interface RecipeDifference {
  /** Both are of the same file. */
  readonly sameModel: boolean;
  /** Axes that lose other positions; none: both recipes make the same model of the same file. */
  readonly axes: readonly AxisDifference[];
}

/** Where two recipes differ: two criteria on one model, say, or one criterion before and after training. */
export function diffRecipes(first: Recipe, second: Recipe): RecipeDifference {
  const [ours, theirs] = [axesOf(first), axesOf(second)];
  const axes: AxisDifference[] = [];
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const one = ours.get(key);
    const other = theirs.get(key);
    const { removed: _, ...axis } = (one ?? other) as RemovedAxis;
    const [a, b] = [new Set(one?.removed), new Set(other?.removed)];
    const onlyFirst = [...a].filter((i) => !b.has(i)).sort(ascending);
    const onlySecond = [...b].filter((i) => !a.has(i)).sort(ascending);
    if (onlyFirst.length + onlySecond.length > 0)
      axes.push({ ...axis, onlyFirst, onlySecond, both: a.size - onlyFirst.length });
  }
  return { sameModel: first.source.sha256 === second.source.sha256, axes };
}

interface RemovedAxis extends Pick<AxisDifference, "tensor" | "use" | "view" | "dims"> {
  readonly removed: Set<number>;
}

const ascending = (a: number, b: number): number => a - b;

/** Removed positions by axis; selectors of the same axis count together. */
function axesOf({ parameters, uses = [] }: Recipe): Map<string, RemovedAxis> {
  const found = new Map<string, RemovedAxis>();
  const all: readonly (Removal & Pick<UseRemoval, "use">)[] = [...parameters, ...uses];
  for (const { tensor, use, selectors } of all)
    for (const { view, dims, removed } of selectors) {
      const key = JSON.stringify([tensor, use ?? null, view, dims]);
      const axis = found.get(key) ?? { tensor, ...(use && { use }), view, dims, removed: new Set<number>() };
      found.set(key, axis);
      for (const i of removed) axis.removed.add(i);
    }
  return found;
}
