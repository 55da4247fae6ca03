import type { Importance } from "@prune/graph";
import { checkTaken } from "@prune/graph/advanced";
import { type MagnitudeOptions, magnitude, takenBySums } from "./magnitude.js";

/** Layer-adaptive magnitude (LAMP): each unit's share of what would be left, comparable across families. */
export function lamp(options: Omit<MagnitudeOptions, "normaliser"> = {}): Importance {
  const { normaliser: _, ...taken } = takenBySums;
  checkTaken("lamp", options, { ...taken, p: [] });
  return { ...magnitude({ ...options, normaliser: "lamp" }), name: "lamp" };
}
