import type { Family, Trace } from "@prune/graph";
import { eachRun, type Parameter, type Selector } from "@prune/graph/advanced";

/** What the gates of units multiply: parameters, by the positions of units along their axes. */
export interface Gates {
  /** Stored tensors that some gate multiplies. */
  readonly tensors: readonly string[];
  /** Units that have a gate. */
  readonly units: readonly number[];
  /** The values of a tensor with those of closed gates set to zero. */
  masked(tensor: string, values: Float32Array, open: (unit: number) => boolean): Float32Array;
  /**
   * Adds, by unit, the slope of a loss by its gate: the sum of value times slope over all that the gate multiplies, where
   * `slopes` are those by the elements of the tensor as it was fed.
   */
  addSlopes(tensor: string, values: Float32Array, slopes: Float32Array, into: Float64Array): void;
}

/** One axis of a parameter: which position each run of elements is at, and which units are at a position. */
interface GatedAxis {
  readonly run: number;
  readonly position: Int32Array;
  /** Units at position p are [start[p], start[p + 1]) of `unit`. */
  readonly start: Int32Array;
  readonly unit: Int32Array;
}

/**
 * Gates of units at what reads them: the columns of the layers that contract over a unit. There a gate is exactly one on
 * the unit's values, behind norms and activations, so that its slope is right for closed gates too; a gate at what makes
 * a unit would have none behind a Relu. Units that no stored layer reads are gated at what makes them.
 * @param unitsOf what the units of a family are called, in its order; undefined for families without gates
 */
export function gatesOf(
  trace: Trace,
  unitsOf: (family: Family) => Int32Array | undefined,
  has: (parameter: Parameter) => boolean,
): Gates {
  const places = new Map<
    Selector,
    { readonly tensor: string; readonly at: [position: number, unit: number][] }
  >();
  const gated: number[] = [];
  for (const family of trace.families) {
    const numbers = unitsOf(family);
    if (!numbers) continue;
    const usable = family.members.filter((m) =>
      has((trace.members[m] as Trace["members"][number]).parameter),
    );
    const readers = usable.filter((m) => trace.members[m]?.selector.role === "in");
    const used = new Set(readers.length > 0 ? readers : usable);
    if (used.size === 0) continue;
    family.units.forEach((own, i) => {
      const unit = numbers[i] as number;
      gated.push(unit);
      trace.eachPlace(own, (m, position) => {
        const member = trace.members[m];
        if (!used.has(m) || !member) return;
        const place = places.get(member.selector) ?? { tensor: member.parameter.tensor, at: [] };
        places.set(member.selector, place);
        place.at.push([position, unit]);
      });
    });
  }
  const axes = new Map<string, GatedAxis[]>();
  for (const [selector, { tensor, at }] of places) {
    const own = axes.get(tensor) ?? [];
    axes.set(tensor, own);
    own.push(gatedAxis(selector, at));
  }
  return {
    tensors: [...axes.keys()],
    units: gated,
    masked(tensor, values, open) {
      const masked = Float32Array.from(values);
      for (const { run, position, start, unit } of axes.get(tensor) ?? []) {
        const lives = new Uint8Array(start.length - 1);
        for (let p = 0; p < lives.length; p++)
          lives[p] = unit.subarray(start[p], start[p + 1]).every(open) ? 1 : 0;
        for (let r = 0; r < position.length; r++)
          if (lives[position[r] as number] === 0) masked.fill(0, r * run, (r + 1) * run);
      }
      return masked;
    },
    addSlopes(tensor, values, slopes, into) {
      for (const { run, position, start, unit } of axes.get(tensor) ?? []) {
        const sums = new Float64Array(start.length - 1);
        for (let r = 0, i = 0; r < position.length; r++) {
          let sum = 0;
          for (const end = i + run; i < end; i++) sum += (values[i] as number) * (slopes[i] as number);
          sums[position[r] as number]! += sum;
        }
        for (let p = 0; p < sums.length; p++)
          for (let i = start[p] as number; i < (start[p + 1] as number); i++)
            into[unit[i] as number]! += sums[p] as number;
      }
    },
  };
}

function gatedAxis(selector: Selector, at: [position: number, unit: number][]): GatedAxis {
  at.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const distinct = at.filter(([p, u], i) => p !== at[i - 1]?.[0] || u !== at[i - 1]?.[1]);
  const start = new Int32Array(selector.ids.length + 1);
  for (const [p] of distinct) start[p + 1]!++;
  for (let p = 1; p < start.length; p++) start[p]! += start[p - 1] as number;
  let run = 0;
  const position: number[] = [];
  eachRun(selector, (from, to, index) => {
    run = to - from;
    position.push(index);
  });
  const unit = Int32Array.from(distinct, ([, u]) => u);
  return { run, position: Int32Array.from(position), start, unit };
}
