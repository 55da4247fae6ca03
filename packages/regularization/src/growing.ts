import type { Probe } from "@prune/graph";
import { smallness } from "./group-norm.js";
import type { PenaltyOptions, UnitRates } from "./penalty.js";
import { familiesOf, unitSquares } from "./places.js";

/** From where, by how much and up to where rates grow, and of which units. */
export interface GrowOptions extends Omit<PenaltyOptions, "rate"> {
  /** Rate of every unit at the start. @default 0 */
  readonly start?: number;
  /** What the fastest rate grows by. @default 1e-4 */
  readonly delta?: number;
  /** No rate grows beyond it. @default 1 */
  readonly ceiling?: number;
  /** The units that are to leave, of a plan: only they grow, all by the same amount. Else every unit grows, the smaller the faster. */
  readonly units?: Iterable<number>;
}

/**
 * Growing regularisation (GReg, Wang et al. 2021): rates for `unitDecay` that rise every some steps of the training, so
 * that what is to leave goes to zero while the others take over. Without `units` a unit's rate grows by
 * delta x (max - norm) / (max - min) within its family. Returns new rates and changes none.
 */
export function growRates(probe: Probe, rates: UnitRates | undefined, options: GrowOptions = {}): UnitRates {
  const { start = 0, delta = 1e-4, ceiling = 1, bias = false } = options;
  const leaving = options.units && new Set(options.units);
  const grown = new Map<number, Float64Array>();
  for (const family of familiesOf(probe, options)) {
    const before = rates?.get(family.id) ?? new Float64Array(family.units.length).fill(start);
    const speed = leaving
      ? Float64Array.from(family.units, (unit) => (leaving.has(unit) ? 1 : 0))
      : smallness(unitSquares(probe, family, bias).map(Math.sqrt));
    grown.set(
      family.id,
      before.map((rate, u) => Math.max(rate, Math.min(ceiling, rate + delta * (speed[u] as number)))),
    );
  }
  return grown;
}
