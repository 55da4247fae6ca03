import { type Backend, type Family, keptBy, macsOf, type Plan, type Trace } from "@prune/graph";
import type { Model } from "@prune/onnx";
import { agreement } from "@prune/recovery";
import {
  allocateUnits,
  type CostCurve,
  eliminate,
  type MeasuredCost,
  rescale,
  type Work,
} from "@prune/recovery/advanced";
import type { ValuesByName } from "@prune/runtime-ort";
import { answersOf } from "../judging/outputs.js";
import { refitSymmetric } from "../recovery/symmetric.js";
import { firstSamples } from "../samples/count.js";
import { type CollectOptions, collectStatistics } from "../statistics/collect.js";
import { readersOf } from "./readers.js";

export interface ChooserOptions extends CollectOptions {
  /** Samples that measure what the loss of a family does to the model's output. @default 256 */
  readonly probes?: number;
  /** The largest share that any family may lose. @default 0.9 */
  readonly maxRatio?: number;
  /** Families to choose from. @default all that some linear layer reads */
  readonly wanted?: (family: Family) => boolean;
}

/** Plans for any budget, from one pass over the samples. */
export interface Chooser {
  /** The plan that leaves this share of the multiply-accumulates, or as little as the families allow. */
  plan(share: number): Plan;
  readonly families: readonly Family[];
  readonly curves: readonly CostCurve[];
}

/**
 * Chooses units by the exact cost of reconstructing what reads them, and how many of each family by what removing a
 * quarter, a half and three quarters of it, refitted, does to the model's output.
 */
export async function chooser(
  backend: Backend<Model>,
  model: Model,
  trace: Trace,
  samples: readonly ValuesByName[],
  options: ChooserOptions = {},
): Promise<Chooser> {
  const { probes = 256, maxRatio = 0.9, wanted = () => true, signal } = options;
  const statistics = await collectStatistics(model, samples, options);
  const read = trace.families
    .filter(wanted)
    .map((family) => ({ family, readers: readersOf(trace, family, statistics) }));
  const used = read.filter(({ family, readers }) => readers.length > 0 && family.units.length > 1);
  const some = firstSamples(samples, probes);
  const dense = await answersOf(model, some, options, signal);
  const curves: CostCurve[] = [];
  const orders: (readonly number[])[] = [];
  for (const { family, readers } of used) {
    signal?.throwIfAborted();
    const n = family.units.length;
    const { order, costs } = eliminate(readers, n);
    const measured: MeasuredCost[] = [];
    for (const share of [0.25, 0.5, 0.75]) {
      const removed = Math.round(n * share);
      const cut = trace.cut({
        units: order.slice(0, removed).map((i) => family.units[i] as number),
        atoms: [],
      });
      if (removed === 0 || removed === n || cut.findings.length > 0) continue;
      const smaller = refitSymmetric(statistics, backend.cut(model, trace, cut), keptBy(cut));
      measured.push({
        removed,
        cost: agreement(dense, await answersOf(smaller, some, options, signal)).error,
      });
    }
    orders.push(order);
    curves.push({ units: n, costs: rescale(costs, measured).slice(0, Math.floor(n * maxRatio)) });
  }
  const families = used.map(({ family }) => family);
  const work = workOf(backend, model, trace, families);
  const total = work.reduce((sum, { macs }) => sum + macs, 0);
  return {
    families,
    curves,
    plan(share) {
      const counts = allocateUnits(curves, work, share * total);
      const units = counts.flatMap((n, f) =>
        (orders[f] ?? []).slice(0, n).map((i) => families[f]!.units[i] as number),
      );
      return { units, atoms: [] };
    },
  };
}

/** Which families every node's work follows, seen by halving them one at a time. */
function workOf(backend: Backend<Model>, model: Model, trace: Trace, families: readonly Family[]): Work[] {
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
