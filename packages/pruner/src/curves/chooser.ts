import { type Backend, type Cut, type Family, macsOf, type Plan, type Trace } from "@prune/graph";
import { allocateUnits, type CostCurve, type Work } from "./allocate-units.js";
import { type MeasuredCost, rescale } from "./rescale.js";

/** In which order the units of a family leave, and what the loss of those up to each is estimated to cost. */
export interface UnitLosses {
  readonly family: Family;
  /** Positions in `family.units`. */
  readonly order: readonly number[];
  /** After each removal, rising. */
  readonly costs: readonly number[];
}

/** What the loss of units costs: estimated for each, and measured for a few cuts, which brings families to one scale. */
export interface Losses {
  readonly families: readonly UnitLosses[];
  /** What a cut costs the model's output, all that it leaves made as good as it can be. */
  errorOf(cut: Cut): Promise<number>;
}

/** How far a family may shrink, and what ends the measuring. */
export interface ChooserOptions {
  /** The largest share that any family may lose. @default 0.9 */
  readonly maxRatio?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Plans for any budget of work, from one look at what units cost. */
export interface Chooser {
  /** The plan that leaves this share of the multiply-accumulates, or as little as the families allow. */
  plan(share: number): Plan;
  readonly families: readonly Family[];
  readonly curves: readonly CostCurve[];
}

/**
 * Chooses how many units of each family leave by what removing a quarter, a half and three quarters of it costs. Which
 * leave first is the losses' to say: `reconstructionLosses` of `@prune/onnx-recovery` are those of a refit.
 */
export async function chooser<Model>(
  backend: Backend<Model>,
  model: Model,
  trace: Trace,
  { families: losses, errorOf }: Losses,
  { maxRatio = 0.9, signal }: ChooserOptions = {},
): Promise<Chooser> {
  const curves: CostCurve[] = [];
  for (const { family, order, costs } of losses) {
    signal?.throwIfAborted();
    const n = family.units.length;
    const measured: MeasuredCost[] = [];
    for (const share of [0.25, 0.5, 0.75]) {
      const removed = Math.round(n * share);
      const cut = trace.cut({
        units: order.slice(0, removed).map((i) => family.units[i] as number),
        atoms: [],
      });
      if (removed === 0 || removed === n || cut.findings.length > 0) continue;
      measured.push({ removed, cost: await errorOf(cut) });
    }
    curves.push({ units: n, costs: rescale(costs, measured).slice(0, Math.floor(n * maxRatio)) });
  }
  const families = losses.map(({ family }) => family);
  const work = workOf(backend, model, trace, families);
  const total = work.reduce((sum, { macs }) => sum + macs, 0);
  return {
    families,
    curves,
    plan(share) {
      const counts = allocateUnits(curves, work, share * total);
      const units = counts.flatMap((n, f) =>
        (losses[f]?.order ?? []).slice(0, n).map((i) => families[f]!.units[i] as number),
      );
      return { units, atoms: [] };
    },
  };
}

/** Which families every node's work follows, seen by halving them one at a time. */
function workOf<Model>(
  backend: Backend<Model>,
  model: Model,
  trace: Trace,
  families: readonly Family[],
): Work[] {
  macsOf(backend.cost(model, trace));
  const whole = backend.costs(model, trace);
  const halves = families.map(({ units }) => {
    const cut = trace.cut({ units: [...units.slice(0, Math.floor(units.length / 2))], atoms: [] });
    return backend.costs(model, trace, cut);
  });
  return whole.map(({ macs: counted }, node) => {
    const macs = counted ?? 0;
    return {
      macs,
      families: halves.flatMap((half, f) => ((half[node]?.macs ?? macs) < macs * 0.99 ? [f] : [])),
    };
  });
}
