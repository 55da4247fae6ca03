import type { Cut } from "../cut/cut.js";
import type { Plan } from "../plan/plan.js";
import type { Family } from "../units/families.js";
import type { IndexedUnits } from "../units/units.js";
import type { Choice } from "./choose.js";
import { createDependency, type Dependency } from "./dependency.js";
import { lazy } from "./lazy.js";
import type { Visit } from "./visit.js";
import { type Paths, type Reached, type Walk, walkFrom } from "./walk.js";

/** What groups share. */
export interface GroupContext {
  readonly paths: Paths;
  readonly units: IndexedUnits;
  /** Family by unit; undefined for units that must stay. */
  readonly familyOf: readonly (Family | undefined)[];
  cut(plan: Plan): Cut;
}

/** A root, what it is removed by, and the walk from there, made when first needed. */
export interface Trunk {
  readonly choice: Choice;
  walk(): Walk;
  /** A dependency of the walk, the same one for every group. */
  dependency(visit: Visit): Dependency;
  /** `channels`, `rows`, or how else the atoms were asked for. */
  readonly kind: string;
}

export function createTrunk({ paths }: GroupContext, choice: Choice, kind: string): Trunk {
  const made = new Map<string, Dependency>();
  const once = lazy(() => walkFrom(paths, choice));
  return {
    choice,
    kind,
    walk: once,
    dependency({ from, axis, node }) {
      const key = `${from} ${axis} ${node}`;
      const known = made.get(key);
      if (known) return known;
      const { nodes } = paths.state.source;
      const own = (once().axes[axis] as Reached).named.axis.node;
      const at = nodes[node >= 0 ? node : paths.nodeNamed(own)];
      const via = { node: at?.name ?? own, op: at?.op ?? "" };
      const dependency = createDependency(once(), from, axis, via);
      made.set(key, dependency);
      return dependency;
    },
  };
}
