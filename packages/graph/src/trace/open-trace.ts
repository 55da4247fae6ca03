import { type Cut, createCut } from "../cut/cut.js";
import { type Groups, openGroups } from "../group/open-groups.js";
import type { Plan } from "../plan/plan.js";
import { collectFamilies, type Family } from "../units/families.js";
import { collectUnits, type Units } from "../units/units.js";
import type { GraphNode, GraphSource } from "./graph.js";
import type { State } from "./state.js";
import { traceGraph } from "./trace.js";

/** A traced graph: its units, the families they form, and what cutting some of them would do. */
export interface Trace extends Groups {
  readonly state: State;
  readonly units: Units;
  readonly families: readonly Family[];
  /** Atoms that a plan removes. */
  atoms(plan: Plan): Int32Array;
  /** The cut of a plan, checked: `findings` says what stands against it. */
  cut(plan: Plan): Cut;
}

export function openTrace<N extends GraphNode>(source: GraphSource<N>): Trace {
  const state = traceGraph(source as unknown as GraphSource);
  const units = collectUnits(state.names, state.parameters.all, state.grids.all, state.batches);
  const atoms = (plan: Plan): Int32Array => {
    const list = plan.units.flatMap((u) =>
      Array.from(units.atoms.subarray(units.start[u], units.start[u + 1])),
    );
    return Int32Array.from([...list, ...plan.atoms]);
  };
  const families = collectFamilies(units);
  const cut = (plan: Plan): Cut => createCut(state, atoms(plan));
  return { state, units, families, atoms, cut, ...openGroups(state, units, families, cut) };
}
