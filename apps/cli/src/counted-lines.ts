import type { Cost } from "@prune/graph";
import { countedText } from "@prune/graph/advanced";

/** A line about the sizes that MACs are counted at, where a model leaves some open. */
export function countedLines(before: Cost, after?: Cost): string[] {
  const text = countedText(before, after);
  if (text === undefined) return [];
  const isAssumed = before.sizes?.some(({ from }) => from === "assumed") ?? false;
  const hint = isAssumed
    ? `; --size ${before.sizes?.find(({ from }) => from === "assumed")?.name}=N sets it`
    : "";
  return [`${text}${hint}`];
}
