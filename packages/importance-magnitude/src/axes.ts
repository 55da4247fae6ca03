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

/** Visits a tensor's elements by stretches of `length`, in order, with the position of each selector at its start. */
export function eachStretch(
  axes: readonly Axis[],
  selectors: number,
  length: number,
  visit: (from: number, positions: Int32Array) => void,
): void {
  const positions = new Int32Array(selectors);
  let from = 0;
  const walk = (d: number): void => {
    if (d === axes.length) {
      visit(from, positions);
      from += length;
      return;
    }
    const { size, strides } = axes[d] as Axis;
    for (let i = 0; i < size; i++) {
      walk(d + 1);
      for (let s = 0; s < strides.length; s++) positions[s]! += strides[s] as number;
    }
    for (let s = 0; s < strides.length; s++) positions[s]! -= size * (strides[s] as number);
  };
  walk(0);
}
