import { anything, type Interval, isConstant } from "./interval.js";

/** What is known of the cells that have one name in one activation. */
export interface Fact {
  readonly values: Interval;
  /** Names of equal print hold equal cells, in order; 0 where that is not known. */
  readonly print: number;
}

/** By name. */
export type Facts = ReadonlyMap<number, Fact>;

/** Where facts are looked up: by activation and name. */
interface Known {
  readonly facts: ReadonlyMap<string, Facts>;
}

export const unknown: Fact = { values: anything, print: 0 };

export const factOf = (view: Known, tensor: string, name: number): Fact =>
  view.facts.get(tensor)?.get(name) ?? unknown;

export const constantOf = (view: Known, tensor: string, name: number): number | undefined => {
  const { values } = factOf(view, tensor, name);
  return isConstant(values) ? values.lo : undefined;
};
