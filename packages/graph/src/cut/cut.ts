import { factorsOf, type Layout, sizesOf } from "../layout/layout.js";
import { type Dim, product } from "../names/dim.js";
import { keptShape } from "../plan/kept-shape.js";
import type { State } from "../trace/state.js";
import type { Parameter } from "../trace/value.js";
import { findingsOf } from "./check.js";
import type { Finding } from "./finding.js";
import { type GridCounts, gridCounts } from "./grid.js";
import { livesAfter } from "./life.js";
import { liveAlong } from "./live-along.js";
import { type RemovedPositions, removedElements, removedPositions } from "./removed.js";
import { type Selection, select } from "./selection.js";

/**
 * A graph with some atoms removed: what every tensor becomes. Nothing is replayed, layouts are filtered. Nothing that
 * is asked of a cut changes it.
 */
export interface Cut {
  /** What stands against it; a cut can be made when there is nothing. */
  readonly findings: readonly Finding[];
  /** Whether nothing is removed. */
  readonly isEmpty: boolean;
  /** Whether positions of a name are left. */
  lives(name: number): boolean;
  /** 1 for each name that lives, 0 for those that are dead; undefined where all live. */
  living(names: Int32Array): Uint8Array | undefined;
  /** Layout of a tensor of the original graph. */
  layout(tensor: string): Layout | undefined;
  /** Shape of a layout, or of a tensor by name, after the cut. */
  shape(of: Layout | string): readonly Dim[];
  changed(of: Layout | string): boolean;
  /** Positions that are left of a tensor's dim, as `keptBy` gives them. */
  kept(tensor: string, dim: number): readonly number[] | undefined;
  /** Whether a parameter loses anything. */
  isCut(parameter: Pick<Parameter, "selectors">): boolean;
  /** What a parameter loses, by those of its selectors that lose something. */
  removed(parameter: Pick<Parameter, "selectors">): readonly RemovedPositions[];
  /** 1 for every element that a parameter loses, row-major; undefined where it loses none. */
  removedElements(parameter: Pick<Parameter, "shape" | "selectors">): Uint8Array | undefined;
  /** Shape of what is left of a parameter, by counts alone: no element is visited. */
  shapeLeft(parameter: Pick<Parameter, "shape" | "selectors">): readonly number[];
  /** What is left of a parameter; undefined when the survivors don't form a full grid. */
  select(parameter: Pick<Parameter, "shape" | "selectors">): Selection | undefined;
}

const lives = new WeakMap<Cut, Uint8Array>();

/** 1 for every name that lives after a cut: for this package, which indexes by names. */
export function lifeOf(cut: Cut): Uint8Array {
  const life = lives.get(cut);
  if (!life) throw new TypeError("this cut is no trace's: make it by `trace.cut(plan)`");
  return life;
}

/** The cut that removes some atoms. */
export function createCut(state: State, removed: Iterable<number>): Cut {
  const life = livesAfter(state.names, removed);
  const cache = new Map<Int32Array, Map<string, GridCounts>>();
  let findings: readonly Finding[] | undefined;
  const counts = (ids: Int32Array, sizes: readonly number[]): GridCounts => {
    const known = cache.get(ids) ?? new Map<string, GridCounts>();
    cache.set(ids, known);
    const key = sizes.length === 1 ? "" : sizes.join();
    const result = known.get(key) ?? gridCounts(ids, sizes, life);
    known.set(key, result);
    return result;
  };
  const resolve = (of: Layout | string): Layout | undefined =>
    typeof of === "string" ? state.value(of)?.layout : of;
  const factorsAfter = (layout: Layout): Dim[] => {
    const factors = [...layout.factors];
    for (const block of layout.blocks) {
      const after = counts(block.ids, sizesOf(layout, block.at)).counts;
      block.at.forEach((f, i) => {
        factors[f] = after[i] as number;
      });
    }
    return factors;
  };
  const cut: Cut = {
    get findings() {
      findings ??= findingsOf(state, life);
      return findings;
    },
    get isEmpty() {
      return life.every((flag) => flag === 1);
    },
    lives: (name) => life[name] === 1,
    living(names) {
      if (!anyDead(names, life)) return undefined;
      const flags = new Uint8Array(names.length);
      for (let i = 0; i < names.length; i++) flags[i] = life[names[i] as number] as number;
      return flags;
    },
    layout: (tensor) => state.value(tensor)?.layout,
    shape(of) {
      const layout = resolve(of);
      if (!layout) return [];
      const after = factorsAfter(layout);
      return Array.from({ length: layout.rank }, (_, dim) =>
        product(factorsOf(layout, dim).map((f) => after[f] as Dim)),
      );
    },
    changed(of) {
      const layout = resolve(of);
      if (!layout) return false;
      const after = factorsAfter(layout);
      return layout.factors.some((size, i) => size !== after[i]);
    },
    kept(tensor, at) {
      const layout = state.value(tensor)?.layout;
      const dim = layout && at < 0 ? at + layout.rank : at;
      if (!layout || dim >= layout.rank) return undefined;
      const sizes = layout.factors.filter((_, f) => layout.owner[f] === dim);
      const size = sizes.reduce<number>((n, factor) => n * Number(factor), 1);
      const all = Array.from({ length: size }, (_, i) => i);
      if (!cut.changed(layout)) return all;
      const [flags] = liveAlong(layout, dim, life);
      return all.filter((i) => flags?.[i]);
    },
    isCut: ({ selectors }) => selectors.some(({ ids }) => anyDead(ids, life)),
    removed: ({ selectors }) => removedPositions(selectors, life),
    removedElements: ({ shape, selectors }) => removedElements(shape, removedPositions(selectors, life)),
    shapeLeft: ({ shape, selectors }) => keptShape(shape, selectors, life),
    select: ({ shape, selectors }) => select(shape, selectors, life),
  };
  lives.set(cut, life);
  return cut;
}

function anyDead(names: Int32Array, life: Uint8Array): boolean {
  for (let i = 0; i < names.length; i++) if (life[names[i] as number] === 0) return true;
  return false;
}

/** Positions of a tensor's dim (from the end where negative) that are left, in the original's coordinates; undefined where that is not known or there is no such dim. */
export type Kept = (tensor: string, dim: number) => readonly number[] | undefined;

/** Which positions of a tensor's dim a cut leaves. */
export const keptBy =
  (cut: Cut): Kept =>
  (tensor, dim) =>
    cut.kept(tensor, dim);
