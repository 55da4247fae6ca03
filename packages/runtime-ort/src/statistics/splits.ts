import { addMoments, emptyMoments, type Moments, type Split } from "@prune/recovery";
import type { Outputs } from "../run.js";
import type { RowShape } from "./layout.js";
import { momentsFrom } from "./moments-graph.js";

/** Empty moments by group; squares of the inputs that are known already are shared. */
export function emptySplits({ groups, inputs, targets }: RowShape, known?: readonly Split[]): Split[] {
  const make = (squares?: Moments): Moments => {
    const empty = emptyMoments(squares ? 0 : inputs / groups, targets / groups);
    if (!squares) return empty;
    const n = inputs / groups;
    const xy = new Float64Array((n * targets) / groups);
    return { ...empty, inputs: n, meanX: new Float64Array(n), xx: squares.xx, xy };
  };
  return Array.from({ length: groups }, (_, g) => ({
    train: make(known?.[g]?.train),
    heldOut: make(known?.[g]?.heldOut),
  }));
}

/** Adds the moments of a batch or chunk of rows. */
export function addBatch(splits: readonly Split[], outputs: Outputs, count: number, heldOut: boolean): void {
  momentsFrom(outputs, count, splits.length).forEach((batch, g) => {
    const { train, heldOut: out } = splits[g] as Split;
    addMoments(heldOut ? out : train, batch);
  });
}
