import type { Cut, Plan, Trace } from "@prune/graph";
import type { GateTrial } from "./trial.js";

/** What a unit of a family takes of that which the budget is on, with the other widths as they are by now. */
export function costsOf(
  trace: Trace,
  families: readonly number[],
  price: GateTrial["price"],
): { of(family: number): number; follow(plan: Plan, cut: Cut): void } {
  const costs = new Map<number, number>();
  let widths: readonly number[] = [];
  const follow = (plan: Plan, cut: Cut): void => {
    if (!price) return;
    const gone = new Set(plan.units);
    const left = families.map((id) =>
      (trace.families[id]?.units ?? []).filter((unit: number) => !gone.has(unit)),
    );
    const now = left.map(({ length }) => length);
    const isSame = now.every((n, i) => Math.abs(n - (widths[i] ?? 0)) <= 0.05 * n);
    if (isSame) return;
    widths = now;
    const whole = price(cut);
    families.forEach((id, i) => {
      const units = left[i] as Int32Array;
      const some = units.subarray(0, Math.max(1, units.length >> 2));
      if (units.length < 2) return;
      const less = trace.cut({ units: [...plan.units, ...some], atoms: plan.atoms });
      const saved = (whole - price(less)) / some.length;
      if (saved > 0) costs.set(id, saved);
    });
    const mean = [...costs.values()].reduce((sum, cost) => sum + cost, 0) / (costs.size || 1);
    for (const [id, cost] of costs) costs.set(id, cost / mean);
  };
  return { of: (family) => costs.get(family) ?? 1, follow };
}
