import type { Cut } from "../cut/cut.js";
import { GraphError } from "../errors.js";
import { shapeOf } from "../layout/layout.js";
import { refinement } from "../layout/view.js";
import type { Plan } from "../plan/plan.js";
import type { State } from "../trace/state.js";
import type { Family } from "../units/families.js";
import type { IndexedUnits } from "../units/units.js";
import { type Axis, createAxisTable, type NamedAxis } from "./axis.js";
import { type Allows, choose } from "./choose.js";
import { collectFrozenAxes, type FrozenAxis } from "./frozen-axes.js";
import { createGroup, type Group, indicesWithin } from "./group.js";
import { lazy } from "./lazy.js";
import { listParts } from "./list-groups.js";
import { createTrunk, type GroupContext, type Trunk } from "./trunk.js";
import { createPaths } from "./walk.js";

/** A dim of a tensor by name, or an axis that a trace has given out. */
export type Root = { readonly tensor: string; readonly dim: number } | Axis;

/** What the positions of a group leave by. */
export interface GroupOptions {
  /**
   * What the positions leave by where they may leave by several: themselves, the rows of a grid that they are in
   * (heads, groups), or the units of one family. @default channels, and rows where there are none
   */
  readonly family?: "channels" | "rows" | Family;
}

/** The dependency graph, read off a trace. */
export interface Groups {
  /** All parameter axes in graph order, or all axes of one tensor. */
  axes(tensor?: string): readonly Axis[];
  /** @throws {GraphError} `unknown-tensor`, `unknown-axis` */
  axis(root: Root): Axis;
  /** What leaves with some positions of an axis; with all that may leave when none are given. */
  group(root: Root, indices?: Iterable<number>, options?: GroupOptions): Group;
  /** Everything that may leave, each unit in one group, in graph order. Listing walks nowhere. */
  groups(): readonly Group[];
  /** What of the parameters must stay, and why. */
  frozen(): readonly FrozenAxis[];
}

export function openGroups(
  state: State,
  units: IndexedUnits,
  families: readonly Family[],
  cut: (plan: Plan) => Cut,
): Groups {
  const table = lazy(() => createAxisTable(state));
  const context = lazy((): GroupContext => {
    const familyOf = new Array<Family | undefined>(units.count).fill(undefined);
    for (const family of families) for (const u of family.units) familyOf[u] = family;
    return { paths: createPaths(state, units.index, table()), units, familyOf, cut };
  });
  const trunks = new Map<string, Trunk>();

  const trunkOf = (
    root: NamedAxis,
    key: string,
    kind: string | undefined,
    allows: Allows | undefined,
  ): Trunk => {
    const known = trunks.get(`${root.id} ${key}`);
    if (known) return known;
    const choice = choose(state.names, units, root, allows);
    const isRow = (k: number): boolean => units.rows[units.unitOf[k] as number] === 1;
    const rows = choice.numbers.length > 0 && choice.numbers.every(isRow);
    const trunk = createTrunk(context(), choice, kind ?? (rows ? "rows" : "channels"));
    trunks.set(`${root.id} ${key}`, trunk);
    return trunk;
  };

  /** Positions whose unit may leave; all of them if none may, so that the group says why. */
  const leaving = ({ choice: { slotAt, numbers } }: Trunk): number[] => {
    const all = [...slotAt.keys()];
    const free = all.filter((i) => {
      const slot = slotAt[i] as number;
      return slot >= 0 && units.pins[units.unitOf[numbers[slot] as number] as number] === 0;
    });
    return free.length > 0 ? free : all;
  };

  const partsTrunk = (root: NamedAxis, part: readonly Family[]): Trunk => {
    const { familyOf } = context();
    const allows: Allows = (k) => part.includes(familyOf[units.unitOf[k] as number] as Family);
    const ids = part.map(({ id }) => id).join();
    return trunkOf(root, `families ${ids}`, part[0]?.kind ?? "channels", allows);
  };

  const groups = lazy((): readonly Group[] =>
    listParts(state.names, units, families, context().familyOf, table().ofMember).map((part) => {
      const trunk = partsTrunk(part.root, part.families);
      return createGroup(context(), trunk, leaving(trunk));
    }),
  );

  return {
    axes: (tensor) =>
      (tensor === undefined ? table().parameters : known(state, tensor, table().of(tensor))).map(
        ({ axis }) => axis,
      ),
    axis: (root) => find(state, table().of(root.tensor), root).axis,
    group(from, indices, { family } = {}) {
      const root = find(state, table().of(from.tensor), from);
      const some = indices && indicesWithin(root.axis, indices);
      const trunk =
        family === undefined
          ? trunkOf(root, "", undefined, undefined)
          : typeof family === "object"
            ? partsTrunk(root, [family])
            : trunkOf(
                root,
                family,
                family,
                (k) => units.rows[units.unitOf[k] as number] === +(family === "rows"),
              );
      return createGroup(context(), trunk, some ?? leaving(trunk));
    },
    groups,
    frozen: lazy(() => collectFrozenAxes(state, units, table())),
  };
}

function known<T>(state: State, tensor: string, value: T): T {
  if (!state.values.has(tensor) && !state.source.parameter(tensor))
    throw new GraphError("unknown-tensor", { tensor });
  return value;
}

/** The axis given, or the one that says most of the dim alone: of that dim only, else of a view or grid it ends. */
function find(state: State, axes: readonly NamedAxis[], root: Root): NamedAxis {
  const { tensor } = root;
  known(state, tensor, undefined);
  if (!("dim" in root)) {
    const text = JSON.stringify(root);
    const same = axes.find(({ axis }) => axis === root || JSON.stringify(axis) === text);
    if (same) return same;
    throw new GraphError("unknown-axis", { tensor, dim: root.dims?.[0] ?? Number.NaN });
  }
  const layout = state.values.get(tensor)?.layout;
  const shape = state.source.parameter(tensor) ?? (layout && shapeOf(layout).map(Number)) ?? [];
  const rank = ({ axis: { dims, view } }: NamedAxis): number => {
    const owners = view ? refinement(shape, view) : undefined;
    const inShape = dims.map((d) => (owners ? owners[d] : d));
    if (!inShape.includes(root.dim)) return 0;
    return inShape.length === 1 ? 3 : inShape[inShape.length - 1] === root.dim ? 2 : 1;
  };
  const best = axes.reduce<NamedAxis | undefined>((a, b) => (rank(b) > (a ? rank(a) : 0) ? b : a), undefined);
  if (!best) throw new GraphError("unknown-axis", { tensor, dim: root.dim });
  return best;
}
