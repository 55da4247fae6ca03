import type { Split } from "./choose-fit.js";
import { emptyMoments, type Moments } from "./moments.js";

/** What a layer's rows are: inputs and targets of all groups of its channels. */
export interface RowShape {
  readonly groups: number;
  readonly inputs: number;
  readonly targets: number;
}

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
