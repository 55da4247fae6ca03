/** What one family of units loses when its units leave in their order. */
export interface CostCurve {
  readonly units: number;
  /** After each removal, rising. Fewer than `units`: the rest stays. */
  readonly costs: readonly number[];
  /** @default 1 */
  readonly weight?: number;
}

/** A part of the network whose work is proportional to the widths of some families. */
export interface Work {
  readonly macs: number;
  readonly families: readonly number[];
}

/**
 * How many units of each family leave so that the work falls to a target: again and again from where a removal costs
 * least for the work that it saves.
 */
export function allocateUnits(curves: readonly CostCurve[], work: readonly Work[], target: number): number[] {
  const removed = curves.map(() => 0);
  const share = (f: number): number => 1 - (removed[f] as number) / (curves[f] as CostCurve).units;
  const workOf = ({ macs, families }: Work): number => families.reduce((all, f) => all * share(f), macs);
  const touching = curves.map((_, f) => work.filter(({ families }) => families.includes(f)));
  let total = work.reduce((sum, part) => sum + workOf(part), 0);

  /** The last step may go too far: what fits comes back, dearest first. */
  const giveBack = (): void => {
    for (;;) {
      let best: { readonly f: number; readonly lost: number; readonly price: number } | undefined;
      curves.forEach(({ units, costs, weight = 1 }, f) => {
        const have = removed[f] as number;
        if (have === 0) return;
        const mine = (touching[f] as Work[]).reduce((sum, part) => sum + workOf(part), 0);
        const lost = mine / (units - have);
        const price = weight * ((costs[have - 1] as number) - (costs[have - 2] ?? 0));
        if (total + lost <= target && price > (best?.price ?? 0)) best = { f, lost, price };
      });
      if (!best) return;
      removed[best.f]!--;
      total += best.lost;
    }
  };

  while (total > target) {
    let best:
      | { readonly f: number; readonly n: number; readonly saved: number; readonly price: number }
      | undefined;
    curves.forEach(({ units, costs, weight = 1 }, f) => {
      const have = removed[f] as number;
      const spent = have === 0 ? 0 : (costs[have - 1] as number);
      const mine = (touching[f] as Work[]).reduce((sum, part) => sum + workOf(part), 0);
      const perUnit = mine / (units - have);
      const most = Math.min(have + Math.max(1, Math.ceil(units / 16)), costs.length);
      for (let n = have + 1; n <= most; n++) {
        const saved = perUnit * (n - have);
        const price = (weight * ((costs[n - 1] as number) - spent)) / saved;
        if (price < (best?.price ?? Infinity)) best = { f, n, saved, price };
      }
    });
    if (!best) break;
    removed[best.f] = best.n;
    total -= best.saved;
  }
  giveBack();
  return removed;
}
