import type { Cut, Plan, Removal, Trace } from "@prune/graph";
import { type Parameter, removedElements } from "@prune/graph/advanced";

/** What a plan of another graph is on this one. */
export interface SharedPlan {
  readonly plan: Plan;
  /** Tensors of the other graph of which this one can't lose the same, by name. */
  readonly misfits: ReadonlySet<string>;
}

/**
 * What leaves of a graph when tensors that it shares with another lose what they lose there.
 * @param pairs tensors here, and those that they are there
 * @param removals what leaves there, by tensor
 */
export function sharedPlan(
  trace: Trace,
  pairs: ReadonlyMap<string, string>,
  removals: ReadonlyMap<string, Removal>,
): SharedPlan {
  const shared = trace.parameters.filter(({ tensor, use, derived }) => !use && !derived && pairs.has(tensor));
  const wanted = shared.map((parameter) =>
    goneOf(parameter, removals.get(pairs.get(parameter.tensor) as string)),
  );
  const [named, lives] = [new Set<number>(), new Set<number>()];
  shared.forEach(({ selectors }, p) => {
    selectors.forEach(({ ids }, s) => {
      const gone = wanted[p]?.[s] as Uint8Array;
      ids.forEach((id, i) => {
        for (const atom of trace.atomsOf(id)) (gone[i] === 1 ? named : lives).add(atom);
      });
    });
  });
  const atoms = [...named].filter((atom) => !lives.has(atom)).sort((a, b) => a - b);
  const plan = { units: [], atoms };
  return { plan, misfits: misfitsOf(trace, trace.cut(plan), { shared, wanted, pairs, removals }) };
}

/** For each selector, 1 at the positions of which nothing is left. */
function goneOf({ shape, selectors }: Parameter, removal: Removal | undefined): Uint8Array[] {
  return selectors.map(({ view, dims, ids }) => {
    const gone = new Uint8Array(ids.length);
    if (!removal) return gone;
    const same = removal.selectors.find(
      (s) => String(s.view) === String(view) && String(s.dims) === String(dims),
    );
    if (same) {
      for (const i of same.removed) gone[i] = 1;
      return gone;
    }
    const dead = removedElements(shape, removal.selectors);
    if (!dead) return gone;
    gone.fill(1);
    const steps = view.map((_, d) => {
      const at = dims.indexOf(d);
      return at < 0 ? 0 : dims.slice(at + 1).reduce((n, e) => n * (view[e] as number), 1);
    });
    for (let cell = 0; cell < dead.length; cell++) {
      if (dead[cell] === 1) continue;
      let [rest, place] = [cell, 0];
      for (let d = view.length - 1; d >= 0; d--) {
        place += (rest % (view[d] as number)) * (steps[d] as number);
        rest = Math.floor(rest / (view[d] as number));
      }
      gone[place] = 0;
    }
    return gone;
  });
}

interface Compared {
  readonly shared: readonly Parameter[];
  readonly wanted: readonly (readonly Uint8Array[])[];
  readonly pairs: ReadonlyMap<string, string>;
  readonly removals: ReadonlyMap<string, Removal>;
}

/** Tensors that would lose something else here, and those behind what stands against it. */
export function misfitsOf(
  trace: Trace,
  cut: Cut,
  { shared, wanted, pairs, removals }: Compared,
): Set<string> {
  const misfits = new Set<string>();
  const held = new Set(cut.findings.flatMap(({ ids }) => [...ids].flatMap((id) => trace.atomsOf(id))));
  shared.forEach((parameter, p) => {
    const there = pairs.get(parameter.tensor) as string;
    const loses = removals.get(there);
    const differs = parameter.selectors.some(({ ids }, s) =>
      ids.some((id, i) => {
        const gone = wanted[p]?.[s]?.[i] === 1;
        return gone === cut.lives(id) || (gone && trace.atomsOf(id).some((atom) => held.has(atom)));
      }),
    );
    const whole = parameter.selectors.length === 0 && loses !== undefined;
    if (differs || whole || (loses && !sameShape(parameter, loses, cut))) misfits.add(there);
  });
  return misfits;
}

/** Whether as much is left here as there. */
function sameShape(parameter: Parameter, { shape, selectors }: Removal, cut: Cut): boolean {
  const dead = removedElements(shape, selectors);
  const left = dead ? dead.reduce((n, gone) => n + (gone ? 0 : 1), 0) : shape.reduce((a, b) => a * b, 1);
  return cut.shapeLeft(parameter).reduce((a, b) => a * b, 1) === left;
}
