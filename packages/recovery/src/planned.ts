/** What is left of one dim of a tensor of the original. */
export interface Picked {
  readonly axis: number;
  readonly kept: readonly number[];
}

/** How a layer of the pruned net is fitted to its dense twin. */
export interface PlannedFit {
  /** Channels of the dense layer's output and input that are left. */
  readonly outputs: readonly number[];
  readonly inputs: readonly number[] | undefined;
  /**
   * whole: from all its inputs; mixed: its input's channels, the same at all places of the window; scaled: its outputs one
   * by one, where there are too many inputs.
   */
  readonly kind: "whole" | "mixed" | "scaled";
  /** Where its rows lie among the original's, if they are fewer. */
  readonly rows: readonly Picked[];
}

/**
 * What is left of the dims of a tensor that are fewer than in the original, but for one that is looked at by itself;
 * undefined where that isn't known. Sizes may be symbols.
 */
export function pickedOf(
  before: readonly unknown[],
  after: readonly unknown[],
  kept: (axis: number) => readonly number[] | undefined,
  except?: number,
): readonly Picked[] | undefined {
  if (before.length !== after.length) return undefined;
  const picked = after.flatMap((size, axis): Picked[] =>
    axis === except || size === before[axis] ? [] : [{ axis, kept: kept(axis) ?? [] }],
  );
  const isKnown = ({ axis, kept: list }: Picked): boolean => list.length > 0 && list.length === after[axis];
  return picked.every(isKnown) ? picked : undefined;
}

/** For every tensor the last layer that it follows from, by number; nodes in order, with all that they read. */
export function lastLayers(
  nodes: Iterable<{ readonly inputs: readonly string[]; readonly outputs: readonly string[] }>,
  layers: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const { inputs, outputs } of nodes) {
    const before = inputs.reduce((most, name) => Math.max(most, last.get(name) ?? -1), -1);
    for (const name of outputs) last.set(name, Math.max(before, layers.get(name) ?? -1));
  }
  return last;
}
