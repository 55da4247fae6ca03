import { shapeOf } from "../layout/layout.js";
import { ownersOfView } from "../layout/view.js";
import { atomSets } from "../names/atom-sets.js";
import type { Names } from "../names/names.js";
import type { State } from "../trace/state.js";
import type { IndexedUnits } from "../units/units.js";
import type { AxisTable, NamedAxis } from "./axis.js";
import { pinAt } from "./choose.js";

/** Positions of a parameter's dim that must stay, and what holds them. */
export interface FrozenAxis {
  readonly tensor: string;
  readonly dim: number;
  readonly size: number;
  /** Of the dim's positions, those that stay for this reason: 0 to 1. */
  readonly share: number;
  readonly reason: string;
  readonly node: string | undefined;
}

/** What of the parameters can't be cut, one entry for each dim and reason; dims of size 1 go without saying. */
export function collectFrozenAxes(state: State, units: IndexedUnits, table: AxisTable): FrozenAxis[] {
  const found = new Map<string, FrozenAxis>();
  const add = (frozen: FrozenAxis): void => {
    const key = JSON.stringify([frozen.tensor, frozen.dim, frozen.reason, frozen.node]);
    if ((found.get(key)?.share ?? 0) < frozen.share) found.set(key, frozen);
  };
  for (const parameter of unnamed(state)) {
    const { tensor, shape, selectors, use } = parameter;
    const named = new Set(
      selectors.flatMap(({ view, dims }) => dims.map((d) => ownersOfView(shape, view)[d])),
    );
    shape.forEach((size, dim) => {
      if (size === 1 || named.has(dim)) return;
      const { why, node } = whyUnnamed(state, tensor, dim, use?.node);
      add({ tensor, dim, size, share: 1, reason: why, node });
    });
  }
  for (const named of table.parameters) {
    const { tensor, dims, view, size } = named.axis;
    const shape = state.source.parameter(tensor) ?? computedShape(state, tensor);
    const owner = view && shape && ownersOfView(shape, view)[dims.at(-1) ?? 0];
    // A computed tensor whose shape is not known is said to be held along the view's own dim.
    const dim = owner ?? dims[0] ?? 0;
    for (const [pin, count] of heldBy(state.names, units, named)) {
      const why = state.names.reasons[pin - 1];
      const reason = why?.text ?? "tied to positions that must stay";
      add({ tensor, dim, size, share: count / size, reason, node: why?.node });
    }
  }
  return [...found.values()];
}

/** Shape of a tensor that is computed from constants. */
function computedShape(state: State, tensor: string): number[] | undefined {
  const layout = state.value(tensor)?.layout;
  return layout && (shapeOf(layout) as number[]);
}

interface Used {
  readonly tensor: string;
  readonly shape: readonly number[];
  readonly selectors: readonly { readonly view: readonly number[]; readonly dims: readonly number[] }[];
  readonly use?: { readonly node: number } | undefined;
}

/** Parameters as the trace used them, and those that it froze before they got names. */
function unnamed(state: State): Used[] {
  const known = new Set(state.parameters.all.map(({ tensor }) => tensor));
  const frozen = [...new Set(state.frozen.map(({ tensor }) => tensor))].filter((name) => !known.has(name));
  const inside = new Map(state.source.inside?.map(({ tensor, shape }) => [tensor, shape]));
  const others = frozen.map((tensor) => ({
    tensor,
    shape: state.source.parameter(tensor) ?? inside.get(tensor) ?? [],
    selectors: [],
  }));
  return [...state.parameters.all, ...others];
}

function whyUnnamed(
  { frozen, source }: State,
  tensor: string,
  dim: number,
  use: number | undefined,
): { why: string; node: string | undefined } {
  const stated = frozen.find((f) => f.tensor === tensor && (f.dim === dim || f.dim === undefined));
  if (stated) return stated;
  const user =
    use === undefined ? source.nodes.find((node) => node.inputs.includes(tensor)) : source.nodes[use];
  return { why: `${user?.op ?? "the graph"} uses it as a whole`, node: user?.name };
}

/** How many positions have no name that may leave, by the reason that holds them (0: none known). */
function heldBy(names: Names, units: IndexedUnits, named: NamedAxis): Map<number, number> {
  const counts = new Map<number, number>();
  const pinOf = (atom: number): number => {
    const k = units.index.numberOf[atom] as number;
    return k < 0 ? (names.pins[atom] as number) : (units.pins[units.unitOf[k] as number] as number);
  };
  const { start, end, list } = atomSets(names);
  for (let i = 0; i < named.cells; i++) {
    let pin = 0;
    let free = false;
    for (const ids of named.parts)
      for (let e = start[ids[i] as number] as number; e < (end[ids[i] as number] as number); e++) {
        const held = pinOf(list[e] as number);
        if (held === 0) free = true;
        pin ||= held;
      }
    if (free) continue;
    const why = pin || pinAt(names, named, i);
    counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  return counts;
}
