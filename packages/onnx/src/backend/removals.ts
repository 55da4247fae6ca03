import { type Cut, type Removal, removalsOf as removalsFrom, type Trace } from "@prune/graph";
import type { Model } from "../model.js";
import { storedRemovals } from "./computed.js";
import { sourceOf } from "./source-of.js";

/** What a cut removes from every stored tensor, and from those computed ones that have no coordinates in them. */
export function removalsOf(_: Model, trace: Trace, cut: Cut): Removal[] {
  const source = sourceOf(trace);
  const removals: Removal[] = [];
  const computed: Removal[] = [];
  for (const removal of removalsFrom(trace, cut)) {
    const weight = source.weight(removal.tensor);
    if (weight?.filled) removals.push({ ...removal, computed: true });
    else if (weight) removals.push(removal);
    else computed.push({ ...removal, computed: true });
  }
  return [...removals, ...storedRemovals(source, computed)];
}
