import type { Trace } from "@prune/graph";
import type { Model } from "../model.js";
import { type Linear, linears } from "../refit/linear.js";
import { columnOf, isSuspect, nameOf, printOf, type Refusal, type Summing, type Uses } from "./candidates.js";
import { constantOf } from "./facts.js";
import type { View } from "./view.js";

/** `unread`: nothing depends on it; `zero`: it holds 0; `constant`: another number; `duplicate`: what another unit holds. */
export type Kind = "unread" | "zero" | "constant" | "duplicate";

/** A unit that can leave, and what its consumers take over. */
export interface Leaving {
  readonly unit: number;
  readonly kind: Kind;
  /** To add to biases: per output of a node. */
  readonly shifts: readonly { readonly linear: Linear; readonly by: ReadonlyMap<number, number> }[];
  /** Columns to add to those of the unit that stays, position by position. */
  readonly merges: readonly {
    readonly linear: Linear;
    readonly from: readonly number[];
    readonly to: readonly number[];
  }[];
}

export interface Decisions {
  readonly leaving: readonly Leaving[];
  readonly refused: ReadonlyMap<number, Refusal>;
}

/** Units that can leave without changing any output, and why others that look like it can't. */
export function decide(model: Model, trace: Trace, view: View, usesOf: (unit: number) => Uses): Decisions {
  const linear = new Map(linears(model).map((made) => [made.node.index, made]));
  const leaving: Leaving[] = [];
  const refused = new Map<number, Refusal>();
  for (const { units } of trace.families) {
    const others = new Map<string, { unit: number; uses: Uses }[]>();
    for (const unit of units) {
      const uses = usesOf(unit);
      const found = constantUnit(unit, uses, view, linear);
      if ("kind" in found) {
        leaving.push(found);
        continue;
      }
      if (isSuspect(trace, view, unit, uses)) refused.set(unit, found);
      const print = printOf(trace, view, unit, uses);
      if (print !== undefined) others.set(print, [...(others.get(print) ?? []), { unit, uses }]);
    }
    for (const [first, ...copies] of others.values())
      for (const copy of copies) {
        const found = duplicateUnit(copy.unit, copy.uses, (first as typeof copy).uses, view, linear);
        if ("kind" in found) leaving.push(found);
        else refused.set(copy.unit, found);
      }
  }
  const gone = new Set(leaving.map(({ unit }) => unit));
  for (const unit of gone) refused.delete(unit);
  for (let unit = 0; unit < trace.units.count; unit++) {
    if (trace.units.pins[unit] === 0 || !isSuspect(trace, view, unit, usesOf(unit))) continue;
    const { text = "it must stay", node = "" } = trace.whyStays(unit) ?? {};
    refused.set(unit, { why: text, node });
  }
  return { leaving, refused };
}

type Linears = ReadonlyMap<number, Linear>;

function constantUnit(unit: number, { sums, refused }: Uses, view: View, linear: Linears): Leaving | Refusal {
  if (refused) return refused;
  const shifts: Leaving["shifts"][number][] = [];
  const holdsZero = sums.every(({ of, name }) => constantOf(view, of.input, name) === 0);
  let kind: Kind = holdsZero && sums.length > 0 ? "zero" : "unread";
  for (const sum of sums) {
    const column = columnOf(sum, view);
    if (column.size === 0) continue;
    const node = nameOf(sum.of.node);
    const value = constantOf(view, sum.of.input, sum.name);
    if (value === undefined) return { why: "what it holds varies", node };
    if (kind === "unread") kind = "zero";
    if (value === 0) continue;
    if (sum.of.padded)
      return { why: "it holds a constant other than 0, and the convolution pads with zeros", node };
    const into = linear.get(sum.of.node.index);
    if (!into || !isTold(sum, view)) return { why: "there is no bias that could take its constant", node };
    kind = "constant";
    shifts.push({ linear: into, by: new Map([...column].map(([o, weight]) => [o, weight * value])) });
  }
  return { unit, kind, shifts, merges: [] };
}

function duplicateUnit(
  unit: number,
  uses: Uses,
  stays: Uses,
  view: View,
  linear: Linears,
): Leaving | Refusal {
  const merges: Leaving["merges"][number][] = [];
  const fits = uses.sums.length === stays.sums.length;
  for (const [i, sum] of uses.sums.entries()) {
    const { of, positions } = sum;
    if (columnOf(sum, view).size === 0) continue;
    const to = stays.sums[i];
    const into = linear.get(of.node.index);
    const why = "a copy's weights can't be added to those of the unit that stays";
    const same = fits && to?.of === of && to.positions.length === positions.length;
    if (!same || !into || of.groups > 1 || !isTold(sum, view)) return { why, node: nameOf(of.node) };
    merges.push({ linear: into, from: positions, to: to.positions });
  }
  return { unit, kind: "duplicate", shifts: [], merges };
}

/** Whether the outputs that stay can be told from those that leave. */
const isTold = ({ of }: Summing, view: View): boolean =>
  view.along(of.output, of.outDim) !== undefined ||
  ![...view.names(of.output)].some(([name, dims]) => dims.includes(of.outDim) && view.trace.isFree(name));
