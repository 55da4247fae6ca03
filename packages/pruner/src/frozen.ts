import { atoms, keptShape, type Trace } from "@prune/graph";
import { axisOf, axisText } from "./axis.js";

/** Positions of an axis that can't leave, and why. */
export interface FrozenAxis {
  readonly tensor: string;
  /** The axis as text; the tensor alone when all of it stays. */
  readonly axis: string;
  /** How many of its positions stay for this reason. */
  readonly positions: number;
  readonly why: string;
  readonly node: string;
}

/** What can't be cut, with the reasons: axes without names first, then units that must stay, by axis and reason. */
export function frozenAxes({ state, units }: Trace): FrozenAxis[] {
  const list: FrozenAxis[] = state.frozen.map(({ tensor, dim, why, node }) => {
    const shape = state.source.parameter(tensor) ?? [];
    const positions = dim === undefined ? shape.reduce((a, b) => a * b, 1) : (shape[dim] ?? 0);
    return { tensor, axis: dim === undefined ? tensor : `${tensor}:${dim}`, positions, why, node };
  });
  const pinned = new Map<string, FrozenAxis & { positions: number }>();
  const { index } = units;
  for (let u = 0; u < units.count; u++) {
    const pin = units.pins[u] as number;
    if (pin === 0) continue;
    const reason = state.names.reasons[pin - 1];
    const k = index.numberOf[units.atoms[units.start[u] as number] as number] as number;
    const member = index.members[index.member[index.start[k] as number] as number];
    if (!member) continue;
    const axis = axisOf(member);
    const key = `${axisText(axis)}\n${pin}`;
    const known = pinned.get(key);
    if (known) known.positions++;
    else
      pinned.set(key, {
        tensor: axis.tensor,
        axis: axisText(axis),
        positions: 1,
        why: reason?.text ?? "",
        node: reason?.node ?? "",
      });
  }
  return [...list, ...pinned.values()];
}

/** How many elements of the parameters lie at positions that could leave, of how many. */
export function prunableElements({ state, families, units }: Trace): { prunable: number; total: number } {
  const free = new Uint8Array(units.count);
  for (const family of families) for (const u of family.units) free[u] = 1;
  const stays = new Uint8Array(state.names.count).fill(1);
  const seen = new Uint8Array(state.names.count);
  let prunable = 0;
  let total = 0;
  const tensors = new Set<string>();
  for (const { tensor, shape, selectors } of state.parameters.all) {
    if (tensors.has(tensor)) continue;
    tensors.add(tensor);
    for (const { ids } of selectors)
      for (const id of ids) {
        if (seen[id]) continue;
        seen[id] = 1;
        const loose = atoms(state.names, id).some((atom) => {
          const k = units.index.numberOf[atom] as number;
          return k >= 0 && free[units.unitOf[k] as number] === 1;
        });
        if (loose) stays[id] = 0;
      }
    const all = shape.reduce((a, b) => a * b, 1);
    const left = keptShape(shape, selectors, stays).reduce((a, b) => a * b, 1);
    total += all;
    prunable += all - left;
  }
  return { prunable, total };
}
