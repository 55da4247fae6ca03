import type { Cut } from "../cut/cut.js";
import { dimIsNamed, type Layout } from "../layout/layout.js";
import { add, type Dim } from "../names/dim.js";
import type { Kit } from "../trace/kit.js";
import { range } from "./dims.js";

/** Dims of 1 repeated to the sizes that input 1 holds, which are of the last dims. */
export function expand(kit: Kit, x: Layout, target: readonly Dim[]): Layout {
  const rank = Math.max(x.rank, target.length);
  const lead = rank - x.rank;
  const wide = kit.redim(
    x,
    range(rank).map((d) => (d < lead ? -1 : d - lead)),
  );
  const have = kit.shape(wide);
  const y = target.reduce<Layout>((layout, n, i) => {
    const d = rank - target.length + i;
    return n !== 1 && have[d] === 1 ? kit.grow(layout, d, n) : layout;
  }, wide);
  const before = kit.shape(y);
  kit.patch((cut) => {
    const now = cut.shape(y);
    const left = (d: Dim, dim: number): Dim => (d === 1 || now[dim] === before[dim] ? d : (now[dim] as Dim));
    return { inputs: { 1: target.map((d, i) => left(d, i + rank - target.length)) } };
  });
  return y;
}

/** Without some dims of 1. */
export const squeeze = (kit: Kit, x: Layout, dims: readonly number[]): Layout =>
  kit.redim(
    x,
    range(x.rank).filter((d) => !dims.includes(d)),
  );

/** Dims of size 1. */
export const ones = (shape: readonly Dim[]): number[] => range(shape.length).filter((d) => shape[d] === 1);

/** With dims of 1 at some places of the result. */
export function unsqueeze(kit: Kit, x: Layout, dims: readonly number[]): Layout {
  let next = 0;
  return kit.redim(
    x,
    range(x.rank + dims.length).map((d) => (dims.includes(d) ? -1 : next++)),
  );
}

/** What is left when dims are summed or the like: dims of 1, or none. */
export function reduce(kit: Kit, x: Layout, gone: readonly number[], keep: boolean): Layout {
  const y = kit.drop(x, gone);
  return keep ? y : squeeze(kit, y, gone);
}

/** Dims at the sizes that a sliding window leaves; none of their positions may leave. */
export function slide(kit: Kit, x: Layout, dims: readonly number[], sizes: readonly Dim[]): Layout {
  kit.pin(x, dims, "a window slides along the axis", "window");
  return dims.reduce<Layout>((y, dim, i) => kit.resize(y, dim, sizes[i] as Dim), x);
}

/** Consecutive parts of a dim. */
export function pieces(kit: Kit, x: Layout, dim: number, sizes: readonly number[]): Layout[] {
  let start = 0;
  return sizes.map((size) => {
    const part = kit.take(x, dim, range(size, start));
    start += size;
    return part;
  });
}

/** How far positions lie apart: undefined where that differs, `otherwise` of a single one. */
export function stepOf(positions: readonly number[], otherwise = 1): number | undefined {
  const [first = 0, second] = positions;
  const step = second === undefined ? otherwise : second - first;
  return positions.every((p, i) => p === first + i * step) ? step : undefined;
}

/** Positions put before and after those of a dim. */
export interface Border {
  readonly dim: number;
  readonly before: Dim;
  readonly after: Dim;
}

/** A padded layout, and the widths of its borders after a cut where any has names: their positions may leave too. */
export interface Padded {
  readonly layout: Layout;
  readonly widths: ((cut: Cut) => Border[]) | undefined;
}

/** Pads with constants; where positions of the dim itself are taken, or widths are not known, it stays, for a reason. */
export function pad(kit: Kit, x: Layout, borders: readonly Border[], constant: boolean, why: string): Padded {
  const made = borders.map(() => ({}) as { before?: Layout; after?: Layout });
  const layout = borders.reduce<Layout>((y, { dim, before, after }, i) => {
    if (before === 0 && after === 0) return y;
    const sizes = kit.shape(y);
    if (!dimIsNamed(y, dim) || !constant || !isWidth(before) || !isWidth(after)) {
      kit.pin(y, [dim], why, "pad");
      return kit.resize(y, dim, add(sizes[dim] as Dim, add(before, after)));
    }
    const border = (side: "before" | "after", width: number): Layout[] => {
      if (width === 0) return [];
      const fresh = kit.fresh(
        sizes.map((size, d) => (d === dim ? width : size)),
        width > 1 ? [dim] : [],
      );
      (made[i] as (typeof made)[number])[side] = fresh;
      return [beside(kit, y, fresh, dim)];
    };
    return kit.concat([...border("before", before), y, ...border("after", after)], dim);
  }, x);
  const named = made.some(({ before, after }) => before || after);
  return {
    layout,
    widths: named ? (cut) => borders.map((border, i) => now(border, made[i] ?? {}, cut)) : undefined,
  };
}

const isWidth = (d: Dim): d is number => typeof d === "number" && d >= 0;

const now = ({ dim, ...widths }: Border, made: { before?: Layout; after?: Layout }, cut: Cut): Border => ({
  dim,
  before: made.before ? (cut.shape(made.before)[dim] as Dim) : widths.before,
  after: made.after ? (cut.shape(made.after)[dim] as Dim) : widths.after,
});

/** A border beside a layout: its other dims are the layout's own, so that they need not stay. */
function beside(kit: Kit, layout: Layout, border: Layout, dim: number): Layout {
  const labels = range(layout.rank).map((d) => `d${d}`);
  const only = kit.drop(
    border,
    range(border.rank).filter((d) => d !== dim),
  );
  return kit.meet(
    [
      [kit.drop(layout, [dim]), labels.map((l, d) => (d === dim ? "" : l))],
      [only, labels.map((l, d) => (d === dim ? l : ""))],
    ],
    labels,
  );
}
