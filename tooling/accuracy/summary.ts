import type { Ranking } from "./criteria.js";
import type { Run } from "./runs.js";

export const mean = (list: readonly number[]): number =>
  list.reduce((a, b) => a + b, 0) / Math.max(1, list.length);

/** Accuracy at a share of the MACs, on the line between the runs around it; undefined where no run leaves so little. */
export function accuracyAt(
  list: readonly Run[],
  of: { readonly model: string; readonly criterion: string; readonly ranking: Ranking },
  macs: number,
): number | undefined {
  const line = list
    .filter(({ model }) => model === of.model)
    .filter(
      ({ ratio, criterion, ranking }) =>
        ratio === 0 || (criterion === of.criterion && ranking === of.ranking),
    )
    .sort((a, b) => b.macs - a.macs);
  for (let i = 1; i < line.length; i++) {
    const [before, after] = [line[i - 1] as Run, line[i] as Run];
    if (after.macs > macs) continue;
    const share = before.macs === after.macs ? 1 : (before.macs - macs) / (before.macs - after.macs);
    return before.top1 + (after.top1 - before.top1) * share;
  }
  return undefined;
}
