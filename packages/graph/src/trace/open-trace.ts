import { atOnce, type Steps } from "../breaths.js";
import { blamedBy } from "../cut/blame.js";
import { type Cut, createCut } from "../cut/cut.js";
import type { Finding } from "../cut/finding.js";
import { type Patches, patchesOf } from "../cut/patching.js";
import { type Groups, openGroups } from "../group/open-groups.js";
import type { Dim } from "../names/dim.js";
import { atoms, type Reason } from "../names/names.js";
import type { Plan } from "../plan/plan.js";
import type { Member } from "../units/atom-index.js";
import { collectFamilies, type Family } from "../units/families.js";
import type { Grid } from "../units/grids.js";
import { singleAtoms } from "../units/single-atoms.js";
import { collectingUnits, type IndexedUnits, type Units } from "../units/units.js";
import type { GraphNode, GraphSource } from "./graph.js";
import type { Frozen, State } from "./state.js";
import { tracingGraph, tracingNodes } from "./trace.js";
import type { Parameter, Value } from "./value.js";

/**
 * A traced graph: its units, the families they form, where they lie, and what cutting some of them would do. What is
 * asked of it never changes it.
 */
export interface Trace extends Groups {
  /** The model as it was shown to the trace. */
  readonly source: GraphSource;
  readonly units: Units;
  readonly families: readonly Family[];
  /** Tensors that the trace met, parameters included, by name. */
  readonly tensors: ReadonlyMap<string, Value>;
  /** A tensor by name; undefined for an omitted input and for what is neither computed nor stored. */
  tensor(name: string | undefined): Value | undefined;
  /** Parameters, once for every use that is cut on its own. */
  readonly parameters: readonly Parameter[];
  /** Whether a tensor is computed from constants alone and cut as computed. */
  isComputed(tensor: string): boolean;
  /** Parameters, or dims of them, that a node uses as a whole, which names nothing; `frozen()` lists these too. */
  readonly unnamed: readonly Frozen[];
  /** Names of all tensors as grids, whose rows keep equal counts. */
  readonly grids: readonly Grid[];
  /** Pairs of sizes that must be equal for the model to run, where that can't be told of their symbols. */
  readonly equalSizes: readonly (readonly [Dim, Dim])[];

  /** Axes of parameters that units occur in: what `family.members` number. */
  readonly members: readonly Member[];
  /** Calls back for every place of a unit: a member and a position along it. */
  eachPlace(unit: number, visit: (member: number, position: number) => void): void;
  /** Why a unit must stay; undefined when it may leave. */
  whyStays(unit: number): Reason | undefined;
  /** The atoms that a name is made of, ascending: a position lives while all of them do. */
  atomsOf(name: number): readonly number[];
  /** The unit that an atom belongs to, or -1 where no parameter holds it. */
  unitOf(atom: number): number;
  /** The units whose leaving takes any of these names along. */
  unitsAt(names: Iterable<number>): Set<number>;
  /** Whether nothing holds an atom by itself. */
  isFree(atom: number): boolean;

  /** Atoms that a plan removes. */
  atoms(plan: Plan): Int32Array;
  /** The cut of a plan; its `findings` say what stands against it. */
  cut(plan: Plan): Cut;
  /** How nodes change with a cut: those of whose inputs or outputs any changes, or those that `isConcerned` says. */
  patches(cut: Cut, isConcerned?: (node: GraphNode) => boolean): Patches;
  /** What an error of making a cut says of the plan: findings to give units back for, none when it says nothing. */
  blamedBy(error: unknown): readonly Finding[];
  /** The same trace with every atom a unit of its own, so that rows (heads, groups) may lose different positions. */
  ragged(): RaggedTrace;
}

/** A trace whose units are single atoms; plans for it take as many from each row. */
export interface RaggedTrace extends Trace {
  /** By unit, the unit of the plain trace that it is part of. */
  readonly columnOf: Int32Array;
}

/**
 * Runs a graph on the names of its channels: the trace that units, groups, dependencies and cuts are asked of.
 */
export const openTrace = <N extends GraphNode>(source: GraphSource<N>): Trace => atOnce(openingTrace(source));

/** The same in steps, between which others may work. */
export function* openingTrace<N extends GraphNode>(source: GraphSource<N>): Steps<Trace> {
  const state = yield* tracingGraph(source as unknown as GraphSource);
  const units = yield* collectingUnits(state.names, state.parameters.all, state.grids.all, state.batches);
  const trace: Trace = {
    ...questionsOf(state, units),
    ragged() {
      const { units: single, columnOf } = singleAtoms(
        state.names,
        state.parameters.all,
        state.grids.all,
        units,
      );
      return { ...trace, ...unitQuestions(state, single), columnOf };
    },
  };
  return trace;
}

/** Tensors of a graph as its rules follow them, without names: shapes and contents alone. */
export type Followed = Pick<Trace, "source" | "tensors" | "tensor">;

/** What rules say of a graph's tensors; takes much less time than `openTrace`, which finds out what leaves together. */
export const followGraph = <N extends GraphNode>(source: GraphSource<N>): Followed =>
  atOnce(followingGraph(source));

/** The same in steps. */
export function* followingGraph<N extends GraphNode>(source: GraphSource<N>): Steps<Followed> {
  const { values, value, source: shown } = yield* tracingNodes(source as unknown as GraphSource);
  return { source: shown, tensors: values, tensor: value };
}

function questionsOf(state: State, units: IndexedUnits): Omit<Trace, "ragged"> {
  const { names, source, values, parameters, frozen, derived, grids } = state;
  const unitsAsked = unitQuestions(state, units);
  return {
    source,
    tensors: values,
    tensor: state.value,
    parameters: parameters.all,
    isComputed: (tensor) => derived.has(tensor),
    unnamed: frozen,
    grids: grids.all,
    equalSizes: state.equal,
    ...unitsAsked,
    atomsOf: (name) => atoms(names, name),
    isFree: (atom) => names.pins[atom] === 0,
    patches(cut, isConcerned) {
      const changes = (name: string): boolean => name !== "" && cut.changed(name);
      const touched = ({ inputs, outputs }: GraphNode): boolean =>
        inputs.some(changes) || outputs.some(changes);
      const concerned = isConcerned ?? touched;
      return patchesOf(state, cut, (node) => concerned(source.nodes[node] as GraphNode));
    },
    blamedBy: (error) => blamedBy(state, error),
    ...openGroups(state, units, unitsAsked.families, unitsAsked.cut),
  };
}

type UnitQuestions = Pick<
  Trace,
  "units" | "families" | "members" | "eachPlace" | "whyStays" | "unitOf" | "unitsAt" | "atoms" | "cut"
>;

/** The questions whose answers depend on what a unit is. */
function unitQuestions(state: State, units: IndexedUnits): UnitQuestions {
  const { names } = state;
  const { index } = units;
  const unitOf = (atom: number): number => {
    const k = index.numberOf[atom] ?? -1;
    return k < 0 ? -1 : (units.unitOf[k] as number);
  };
  const atomsOf = (plan: Plan): Int32Array => {
    const sizeOf = (u: number): number => (units.start[u + 1] as number) - (units.start[u] as number);
    const list = new Int32Array(plan.units.reduce((sum, u) => sum + sizeOf(u), plan.atoms.length));
    let at = 0;
    for (const u of plan.units) {
      list.set(units.atoms.subarray(units.start[u], units.start[u + 1]), at);
      at += sizeOf(u);
    }
    list.set(plan.atoms, at);
    return list;
  };
  return {
    units,
    families: collectFamilies(units),
    members: index.members,
    eachPlace(unit, visit) {
      for (let a = units.start[unit] as number; a < (units.start[unit + 1] as number); a++) {
        const k = index.numberOf[units.atoms[a] as number] as number;
        for (let e = index.start[k] as number; e < (index.start[k + 1] as number); e++)
          visit(index.member[e] as number, index.position[e] as number);
      }
    },
    whyStays: (unit) => {
      const pin = units.pins[unit] as number;
      return pin === 0 ? undefined : names.reasons[pin - 1];
    },
    unitOf,
    unitsAt(list) {
      const found = new Set<number>();
      for (const id of list)
        for (const atom of atoms(names, id)) {
          const unit = unitOf(atom);
          if (unit >= 0) found.add(unit);
        }
      return found;
    },
    atoms: atomsOf,
    cut: (plan) => createCut(state, atomsOf(plan)),
  };
}
