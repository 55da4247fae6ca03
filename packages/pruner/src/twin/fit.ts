import type { Removal, Trace } from "@prune/graph";
import type { Parameter, Selector } from "@prune/graph/advanced";

/** For each selector of a parameter the positions that leave: one reading of what a recipe says of its twin. */
export type Fit = readonly (readonly number[])[];

/**
 * All readings: what a recipe removes along some of the twin's axes, laid on axes of the parameter that have as many
 * positions. Readings that remove the same are one.
 */
export function fitsOf(trace: Trace, { selectors }: Parameter, removed: Removal["selectors"]): Fit[] {
  let partial: (readonly number[] | undefined)[][] = [selectors.map(() => undefined)];
  for (const { view, dims, removed: positions } of removed) {
    const size = dims.reduce((n, d) => n * (view[d] as number), 1);
    partial = partial.flatMap((fit) =>
      selectors.flatMap((selector, s) =>
        selector.ids.length === size && fit[s] === undefined
          ? orders(trace, selector, positions).map((order) =>
              fit.map((known, k) => (k === s ? order : known)),
            )
          : [],
      ),
    );
  }
  const fits = partial.map((fit) => fit.map((positions) => [...(positions ?? [])].sort((a, b) => a - b)));
  return [...new Map(fits.map((fit) => [JSON.stringify(fit), fit])).values()];
}

/**
 * Positions as they are and, where an axis was flattened from channels and places, as they are in the other order of the
 * two: channels come first in one format and last in the other.
 */
function orders(trace: Trace, { ids }: Selector, positions: readonly number[]): (readonly number[])[] {
  const n = ids.length;
  const names = Array.from(ids, (id) => looseAtoms(trace, id));
  const k = new Set(names).size;
  if (k === n || n % k !== 0) return [positions];
  const places = n / k;
  if (names.every((name, i) => name === names[i % k]))
    return [positions, positions.map((r) => (r % places) * k + Math.floor(r / places))];
  if (names.every((name, i) => name === names[i - (i % places)]))
    return [positions, positions.map((r) => (r % k) * places + Math.floor(r / k))];
  return [positions];
}

/** The atoms of a name that may leave. */
const looseAtoms = (trace: Trace, id: number): string =>
  trace
    .atomsOf(id)
    .filter((atom) => {
      const unit = trace.unitOf(atom);
      return unit >= 0 && trace.units.pins[unit] === 0;
    })
    .join();
