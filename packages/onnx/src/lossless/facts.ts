import { isStandard } from "../operators/operators.js";
import { cellwise } from "./cellwise-facts.js";
import { contracted } from "./contracted-facts.js";
import { contractionOf } from "./contraction.js";
import { anything, type Interval, isConstant } from "./interval.js";
import { moved } from "./moved-facts.js";
import type { View } from "./view.js";

/** What is known of the cells that have one name in one activation. */
export interface Fact {
  readonly values: Interval;
  /** Names of equal print hold equal cells, in order; 0 where that is not known. */
  readonly print: number;
}

/** By name. */
export type Facts = ReadonlyMap<number, Fact>;

export const unknown: Fact = { values: anything, print: 0 };

export const factOf = (view: View, tensor: string, name: number): Fact =>
  view.facts.get(tensor)?.get(name) ?? unknown;

export const constantOf = (view: View, tensor: string, name: number): number | undefined => {
  const { values } = factOf(view, tensor, name);
  return isConstant(values) ? values.lo : undefined;
};

/** Interprets the graph channel by channel: what every activation's channels hold for any input of the model. */
export function findFacts(view: View): void {
  for (const node of view.source.nodes) {
    if (!isStandard(node) || node.shuffle) continue;
    const contraction = contractionOf(node, view);
    node.outputs.forEach((output, i) => {
      if (output === "" || view.source.isConstant(output) || view.names(output).size === 0) return;
      const found = contraction
        ? contracted(contraction, view)
        : (cellwise(node, i, view) ?? moved(node, i, view));
      if (found) view.facts.set(output, found);
    });
  }
}
