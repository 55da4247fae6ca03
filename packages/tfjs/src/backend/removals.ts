import { type Cut, type Removal, removalsOf as removalsFrom, type Trace } from "@prune/graph";
import { sourceOf } from "../source.js";

/** What a cut removes from every stored tensor, and from those that are computed. */
export function removalsOf(trace: Trace, cut: Cut): Removal[] {
  const source = sourceOf(trace);
  return removalsFrom(trace, cut).map((removal) =>
    source.weight(removal.tensor) ? removal : { ...removal, computed: true },
  );
}
