import { RecoveryError } from "../errors.js";
import type { Skipped } from "../twins.js";
import type { MapSizes } from "./maps.js";
import { type Tail, withoutResidual } from "./tail.js";

/** What is left of one dim of a tensor of the original. */
export interface Picked {
  readonly axis: number;
  readonly kept: readonly number[];
}

/** A linear layer as a plan looks at it, whatever format it is of. */
export interface LayerView extends MapSizes {
  /** The tensor that it gives, which names it, and the one that it reads. */
  readonly output: string;
  readonly input: string;
  /** The axis of its channels in both; -1 is the last. */
  readonly axis: number;
  /** Channels that it reads, of one group. */
  readonly channels: number;
  /** Its window has several places, or may. */
  readonly isWindow: boolean;
}

/** A layer of the pruned net, its dense twin, and how it is fitted. */
export interface PlannedLayer<L> {
  readonly linear: L;
  readonly whole: L;
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

/** Layers with what follows each; a residual that is added depends on no layer that is fitted later. */
export interface LayerPlan<L, T extends Tail = Tail> {
  readonly layers: readonly (PlannedLayer<L> & { readonly tail: T })[];
  /** What can't be refitted, and why. */
  readonly skipped: readonly Skipped[];
}

/** Two nets as a plan is made of them. */
export interface Planning<L, T extends Tail> {
  /** What can be refitted, in topological order. */
  readonly linears: { readonly dense: readonly L[]; readonly pruned: readonly L[] };
  /** What of the pruned net can't be, and why. */
  readonly others: readonly Skipped[];
  /** Nodes of the pruned net in order, with all that they read. */
  readonly nodes: Iterable<Reads>;
  view(linear: L): LayerView;
  /** What is left of a dim of a tensor of the original; undefined where that isn't known. */
  kept(tensor: string, axis: number): readonly number[] | undefined;
  /** Inputs times places of the window that a layer has at most to be fitted from all of them. */
  readonly maxInputs: number;
  /** Where a layer's rows lie; undefined where that isn't known. @default all are left, as far as is known yet */
  rows?(linear: L): readonly Picked[] | undefined;
  tail(linear: L): T;
  /** Whether a residual can be taken from the sum of a layer with these outputs left. */
  takes?(linear: L, tail: T, outputs: readonly number[]): boolean;
}

/**
 * What can be refitted of a pruned model, in order, and why the rest can't.
 * @throws {RecoveryError} "other-cut" where the smaller model is not what the cut leaves.
 */
export function planLayers<L, T extends Tail>({
  linears,
  others,
  nodes,
  view,
  kept,
  maxInputs,
  rows = () => [],
  tail,
  takes = () => true,
}: Planning<L, T>): LayerPlan<L, T> {
  const twins = new Map(linears.dense.map((linear) => [view(linear).output, linear]));
  const skipped: Skipped[] = [...others];
  const found = linears.pruned.flatMap((linear): PlannedLayer<L>[] => {
    const { output, input, axis, groups, inputs, outputs, channels, isWindow } = view(linear);
    const skip = (reason: string): [] => {
      skipped.push({ layer: output, reason });
      return [];
    };
    const whole = twins.get(output);
    if (!whole) return skip("the original has no layer with this output");
    const left = kept(output, axis);
    if (!left || left.length === 0) return skip("which of the original's outputs are left is not known");
    if (left.length !== groups * outputs)
      throw new RecoveryError("other-cut", { layer: output, left: left.length, outputs: groups * outputs });
    const picked = rows(linear);
    if (!picked) return skip("which of the original's rows are left is not known");
    const read = kept(input, axis);
    const known = read?.length === groups * channels ? read : undefined;
    const isMixed = isWindow && groups === 1 && known && picked.length === 0 && channels <= maxInputs;
    const kind = inputs <= maxInputs ? "whole" : isMixed ? "mixed" : "scaled";
    return [{ linear, whole, outputs: left, inputs: known, kind, rows: picked }];
  });
  const last = lastLayers(nodes, new Map(found.map(({ linear }, i) => [view(linear).output, i])));
  const layers = found.map((layer, i) => {
    const full = tail(layer.linear);
    const isReady =
      full.residual &&
      (last.get(full.residual.other) ?? -1) < i &&
      takes(layer.linear, full, layer.outputs) &&
      layer.kind === "whole";
    return { ...layer, tail: isReady ? full : withoutResidual(full) };
  });
  return { layers, skipped };
}

interface Reads {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
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
  nodes: Iterable<Reads>,
  layers: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const { inputs, outputs } of nodes) {
    const before = inputs.reduce((most, name) => Math.max(most, last.get(name) ?? -1), -1);
    for (const name of outputs) last.set(name, Math.max(before, layers.get(name) ?? -1));
  }
  return last;
}
