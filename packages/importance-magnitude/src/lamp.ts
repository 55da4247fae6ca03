import type { Importance } from "@prune/graph";
import { type MagnitudeOptions, magnitude } from "./magnitude.js";

/** Layer-adaptive magnitude (LAMP): each unit's share of what would be left, comparable across families. */
export const lamp = (options: Omit<MagnitudeOptions, "normaliser"> = {}): Importance => ({
  ...magnitude({ ...options, normaliser: "lamp" }),
  name: "lamp",
});
