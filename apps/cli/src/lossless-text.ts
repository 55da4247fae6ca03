import { type LosslessPart, losslessKeptText } from "@prune/workflow/advanced";

/** How many units of each kind left, and why others had to stay. */
export function losslessText({ removed: gone, refused, equal }: LosslessPart): string {
  const kinds = new Map<string, number>();
  for (const { kind, units } of gone) kinds.set(kind, (kinds.get(kind) ?? 0) + units);
  const total = [...kinds.values()].reduce((a, b) => a + b, 0);
  const list = [...kinds].map(([kind, units]) => `${units} ${kind}`).join(", ");
  const checked = equal
    ? `equal to the original within ${equal.error.toExponential(1)} (at most ${equal.tolerance}; ${equal.seeds} random inputs)`
    : "not compared with the original";
  return `${total} ${total === 1 ? "unit" : "units"} removed without loss${list && ` (${list})`}${losslessKeptText({ refused })}\n${checked}`;
}
