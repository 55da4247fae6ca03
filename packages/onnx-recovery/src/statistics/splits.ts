import { addMoments } from "@prune/recovery";
import type { Split } from "@prune/recovery/advanced";
import type { Outputs } from "@prune/runtime-ort";
import { momentsFrom } from "./moments-graph.js";

/** Adds the moments of a batch or chunk of rows. */
export function addBatch(splits: readonly Split[], outputs: Outputs, count: number, heldOut: boolean): void {
  momentsFrom(outputs, count, splits.length).forEach((batch, g) => {
    const { train, heldOut: out } = splits[g] as Split;
    addMoments(heldOut ? out : train, batch);
  });
}
