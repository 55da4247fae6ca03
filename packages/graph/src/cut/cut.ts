import { factorsOf, type Layout, shapeOf, sizesOf, stridesOf } from "../layout/layout.js";
import type { Dim } from "../names/dim.js";
import { product } from "../names/dim.js";
import { find } from "../names/names.js";
import type { State } from "../trace/state.js";
import { type GridCounts, gridCounts } from "./grid.js";
import { livesAfter } from "./life.js";

/** Something that keeps a cut from being made. */
export interface Finding {
  readonly kind: "empty" | "irregular" | "row" | "index" | "frozen";
  readonly text: string;
  readonly tensor: string | undefined;
  /** Names involved: removing fewer of their atoms mends it. */
  readonly ids: Int32Array;
}

/** A graph with some atoms removed: what every layout becomes. Nothing is replayed, layouts are filtered. */
export interface Cut {
  readonly life: Uint8Array;
  readonly findings: Finding[];
  /** Layout of a tensor of the original graph. */
  layout(tensor: string): Layout | undefined;
  /** Shape of a layout, or of a tensor by name, after the cut. */
  shape(of: Layout | string): readonly Dim[];
  changed(of: Layout | string): boolean;
  /** Survivors among the positions of a dim, in new coordinates, in the order given. */
  remap(layout: Layout, dim: number, index: ArrayLike<number>): number[];
}

/** The cut of some atoms, checked: `findings` says what stands against making it. */
export function createCut(state: State, removed: Iterable<number>): Cut {
  const life = livesAfter(state.names, removed);
  const cache = new Map<Int32Array, Map<string, GridCounts>>();
  const findings: Finding[] = [];

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
    life,
    findings,
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
    remap(layout, dim, index) {
      const variants = liveAlong(layout, dim, life);
      let first: number[] | undefined;
      for (const flags of variants) {
        const mapped = ranks(flags, index);
        if (first && mapped.join() !== first.join()) {
          const ids = layout.blocks.flatMap((block) => [...block.ids]);
          const text = "rows keep different positions of an axis that is indexed the same way in all of them";
          findings.push({ kind: "index", text, tensor: undefined, ids: Int32Array.from(ids) });
          break;
        }
        first ??= mapped;
      }
      return first ?? [];
    },
  };
  findings.push(...checkCut(state, cut));
  return cut;
}

function ranks(flags: Uint8Array, index: ArrayLike<number>): number[] {
  const rank = new Int32Array(flags.length);
  let next = 0;
  for (let i = 0; i < flags.length; i++) rank[i] = flags[i] ? next++ : -1;
  const out: number[] = [];
  for (let k = 0; k < index.length; k++) {
    const to = rank[index[k] as number] as number;
    if (to >= 0) out.push(to);
  }
  return out;
}

/** Which positions of a dim live, once for every way rows differ. */
export function liveAlong(layout: Layout, dim: number, life: Uint8Array): Uint8Array[] {
  const at = factorsOf(layout, dim);
  const size = shapeOf(layout)[dim];
  if (typeof size !== "number") return [];
  const sizes = sizesOf(layout, at);
  const touching = layout.blocks.filter((block) => block.at.some((f) => at.includes(f)));
  const base = new Uint8Array(size).fill(1);
  const variants: Uint8Array[] = [];
  for (const block of touching) {
    const strides = stridesOf(sizesOf(layout, block.at));
    const last = Math.max(...block.at.map((f, i) => (at.includes(f) ? i : -1)));
    const outside = block.at.filter((f, i) => i < last && !at.includes(f));
    const inside = block.at.filter((_, i) => i > last);
    const over = (factors: readonly number[]): number[] =>
      offsets(
        sizesOf(layout, factors),
        factors.map((f) => strides[block.at.indexOf(f)] as number),
      );
    const along = at.map((f) => (block.at.includes(f) ? (strides[block.at.indexOf(f)] as number) : 0));
    const cols = offsets(sizes, along);
    const within = over(inside);
    for (const row of over(outside)) {
      const flags = outside.length === 0 ? base : new Uint8Array(size);
      let any = 0;
      cols.forEach((col, i) => {
        const lives = within.some((cell) => life[block.ids[row + col + cell] as number] === 1) ? 1 : 0;
        flags[i] = outside.length === 0 ? (flags[i] as number) & lives : lives;
        any |= lives;
      });
      if (outside.length > 0 && any) variants.push(flags);
    }
  }
  if (variants.length === 0) return [base];
  for (const flags of variants)
    for (let i = 0; i < size; i++) flags[i] = (flags[i] as number) & (base[i] as number);
  return variants;
}

function offsets(sizes: readonly number[], strides: readonly number[]): number[] {
  let all = [0];
  sizes.forEach((n, d) => {
    all = all.flatMap((o) => Array.from({ length: n }, (_, k) => o + k * (strides[d] as number)));
  });
  return all;
}

/** Checks names that must stay, every grid of every tensor and every row name; the findings say what a cut would break. */
export function checkCut(state: State, cut: Pick<Cut, "life">): readonly Finding[] {
  const { names } = state;
  const findings = frozenFindings(state, cut.life);
  for (const { ids, sizes, tensor } of state.grids.all) {
    if (ids.length === 0) continue;
    const { fault } = gridCounts(ids, sizes, cut.life);
    if (!fault) continue;
    const text =
      fault === "empty"
        ? `nothing would be left of an axis of "${tensor}"`
        : `rows of "${tensor}" would keep different numbers of positions`;
    findings.push({ kind: fault, text, tensor, ids });
  }
  for (const { ids, rows } of names.projections) {
    const cols = ids.length / rows.length;
    for (let r = 0; r < rows.length; r++) {
      let any = 0;
      for (let i = r * cols; i < (r + 1) * cols; i++) any |= cut.life[ids[i] as number] as number;
      if (any === (cut.life[rows[r] as number] as number)) continue;
      const text = any
        ? "a row would lose its name but keep positions"
        : "a row that must stay would lose all its positions";
      findings.push({
        kind: "row",
        text,
        tensor: undefined,
        ids: ids.subarray(r * cols, (r + 1) * cols),
      });
      break;
    }
  }
  return findings;
}

/** One finding for each reason why something that would leave must stay. */
function frozenFindings({ names, parameters }: State, life: Uint8Array): Finding[] {
  const leaving = new Map<number, number[]>();
  for (let id = 1; id < names.count; id++) {
    const pin = names.pins[id] as number;
    if (pin === 0 || life[id] !== 0 || find(names, id) !== id) continue;
    const ids = leaving.get(pin) ?? [];
    ids.push(id);
    leaving.set(pin, ids);
  }
  return [...leaving].map(([pin, ids]) => {
    const { text: why, node } = names.reasons[pin - 1] ?? { text: "frozen", node: undefined };
    const known = new Set(ids);
    const tensor = parameters.all.find(({ selectors }) =>
      selectors.some((selector) => selector.ids.some((id) => known.has(find(names, id)))),
    )?.tensor;
    const what = `${ids.length === 1 ? "a unit" : `${ids.length} units`}${tensor === undefined ? "" : ` of "${tensor}"`}`;
    const text = `${what} must stay: ${why}${node ? ` (node "${node}")` : ""}`;
    return { kind: "frozen", text, tensor, ids: Int32Array.from(ids) };
  });
}
