import type { Selector } from "@prune/graph/advanced";

/** A stretch of a tensor's dims that some selectors move along: by how many positions each, for one step of it. */
export interface Axis {
  readonly size: number;
  readonly strides: readonly number[];
}

/** The coarsest axes over which every selector's position is linear, outer first; undefined where views cross. */
export function commonAxes(selectors: readonly Selector[]): Axis[] | undefined {
  let common: Axis[] | undefined;
  for (const selector of selectors) {
    const own = axesOf(selector);
    common = common === undefined ? own : refine(common, own);
    if (common === undefined) return undefined;
  }
  return common;
}

/** Axes of one selector; neighbours that one step covers are one. */
export function axesOf({ view, dims }: Selector): Axis[] {
  const axes: { size: number; strides: [number] }[] = [];
  view.forEach((size, d) => {
    if (size === 1) return;
    const k = dims.indexOf(d);
    const stride = k < 0 ? 0 : dims.slice(k + 1).reduce((a, e) => a * (view[e] as number), 1);
    const outer = axes.at(-1);
    if (outer && outer.strides[0] === stride * size) {
      outer.size *= size;
      outer.strides[0] = stride;
    } else axes.push({ size, strides: [stride] });
  });
  return axes;
}

/** Both lists cut where either is, from the innermost on. */
function refine(a: readonly Axis[], b: readonly Axis[]): Axis[] | undefined {
  const axes: Axis[] = [];
  const [x, y] = [[...a], [...b]];
  for (let p = x.pop(), q = y.pop(); p && q; ) {
    const size = Math.min(p.size, q.size);
    axes.unshift({ size, strides: [...p.strides, ...q.strides] });
    const r = outside(p, size);
    const s = outside(q, size);
    if (!r || !s) return undefined;
    p = r.size > 1 ? r : x.pop();
    q = s.size > 1 ? s : y.pop();
  }
  return axes;
}

/** What is left of an axis outside its innermost `size` steps. */
const outside = ({ size, strides }: Axis, inner: number): Axis | undefined =>
  size % inner === 0 ? { size: size / inner, strides: strides.map((stride) => stride * inner) } : undefined;

/** Visits a tensor's elements by stretches, in order. */
export interface Walk {
  /** Up to the first stretch that begins at `until` or behind; says whether any is left. */
  to(until: number): boolean;
}

/** Visits stretches of `length`, with the position of each selector at their start. */
export function walkOf(
  axes: readonly Axis[],
  selectors: number,
  length: number,
  visit: (from: number, positions: Int32Array) => void,
): Walk {
  const positions = new Int32Array(selectors);
  const at = new Int32Array(axes.length);
  const end = axes.reduce((all, { size }) => all * size, length);
  let from = 0;
  const next = (): void => {
    for (let d = axes.length - 1; d >= 0; d--) {
      const { size, strides } = axes[d] as Axis;
      for (let s = 0; s < strides.length; s++) positions[s]! += strides[s] as number;
      at[d]!++;
      if ((at[d] as number) < size) return;
      at[d] = 0;
      for (let s = 0; s < strides.length; s++) positions[s]! -= size * (strides[s] as number);
    }
  };
  return {
    to(until) {
      while (from < end && from < until) {
        visit(from, positions);
        from += length;
        next();
      }
      return from < end;
    },
  };
}

/** All of them at once. */
export const eachStretch = (...walk: Parameters<typeof walkOf>): void => void walkOf(...walk).to(Infinity);
