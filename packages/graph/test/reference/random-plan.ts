import { sizesOf } from "../../src/layout/layout.js";
import { atoms, type Names } from "../../src/names/names.js";
import type { State } from "../../src/trace/state.js";
import { randoms } from "./randoms.js";

/** Which units a random plan takes. */
export const planKinds = ["one", "few", "half", "most", "rows", "columns", "ragged", "single grid"] as const;
export type PlanKind = (typeof planKinds)[number];

/** Root atoms that a plan may remove: free ones that a parameter holds. */
export function freeAtoms(state: State): number[] {
  const found = new Set<number>();
  for (const { selectors } of state.parameters.all)
    for (const { ids } of selectors)
      for (const id of ids)
        for (const atom of atoms(state.names, id)) if (state.names.pins[atom] === 0) found.add(atom);
  return [...found].sort((a, b) => a - b);
}

export function randomPlan(state: State, kind: PlanKind, seed: number): Set<number> {
  const next = randoms(seed);
  const free = freeAtoms(state);
  if (kind === "one")
    return new Set(free.filter((_, i) => i === Math.floor(((next() + 1) / 2) * free.length)));
  if (kind === "rows") return rowsPlan(state, new Set(free), next);
  const share = { few: 0.05, half: 0.4, most: 0.8, rows: 0, columns: 0, ragged: 0, "single grid": 0 }[kind];
  const plan = new Set(free.filter(() => (next() + 1) / 2 < share));
  if (free.length > 0 && plan.size === 0)
    plan.add(free[Math.floor(((next() + 1) / 2) * free.length)] as number);
  if (kind === "columns" || kind === "ragged" || kind === "single grid") {
    const allowed = new Set(free);
    plan.clear();
    const all = grids(state);
    const single = kind === "single grid" ? Math.floor(((next() + 1) / 2) * all.length) : undefined;
    for (const [g, { ids, sizes }] of all.entries()) {
      if (single === undefined ? next() > -0.2 : g !== single) continue;
      const cols = sizes.at(-1) as number;
      const count = 1 + Math.floor(((next() + 1) / 2) * (cols - 1));
      let order = shuffle(cols, next);
      for (let row = 0; row < ids.length; row += cols) {
        if (kind !== "columns") order = shuffle(cols, next);
        let left = count;
        for (const c of order) {
          if (left === 0) break;
          const atom = narrowest(state.names, ids, row + c, cols, allowed);
          if (atom === undefined) continue;
          plan.add(atom);
          left--;
        }
      }
    }
  }
  return plan;
}

/** Some rows of one grid. */
function rowsPlan(state: State, free: ReadonlySet<number>, next: () => number): Set<number> {
  const { projections } = state.names;
  const pick = projections[Math.floor(((next() + 1) / 2) * projections.length)];
  const plan = new Set<number>();
  for (const row of pick?.rows ?? [])
    if (next() < 0) for (const atom of atoms(state.names, row)) if (free.has(atom)) plan.add(atom);
  return plan;
}

function shuffle(n: number, next: () => number): number[] {
  const all = Array.from({ length: n }, (_, i) => i);
  return Array.from(
    { length: n },
    () => all.splice(Math.floor(((next() + 1) / 2) * all.length), 1)[0] as number,
  );
}

/** Blocks of several factors; where there is none, those of one. */
function grids(state: State): { ids: Int32Array; sizes: number[] }[] {
  const seen = new Set<Int32Array>();
  const found: { ids: Int32Array; sizes: number[] }[] = [];
  for (const { layout } of state.values.values())
    for (const block of layout?.blocks ?? []) {
      if (seen.has(block.ids) || (layout?.factors.length ?? 0) < 1) continue;
      seen.add(block.ids);
      found.push({ ids: block.ids, sizes: sizesOf(layout as NonNullable<typeof layout>, block.at) });
    }
  const wide = found.filter(({ sizes }) => sizes.length > 1);
  return wide.length > 0 ? wide : found;
}

/** The free atom of a cell that fewest other cells of its row share. */
function narrowest(
  names: Names,
  ids: Int32Array,
  at: number,
  cols: number,
  allowed: ReadonlySet<number>,
): number | undefined {
  const row = Math.floor(at / cols) * cols;
  let best: number | undefined;
  let least = Infinity;
  for (const atom of atoms(names, ids[at] as number)) {
    if (!allowed.has(atom)) continue;
    let shared = 0;
    for (let i = row; i < row + cols; i++) if (atoms(names, ids[i] as number).includes(atom)) shared++;
    if (shared < least) [best, least] = [atom, shared];
  }
  return best;
}
