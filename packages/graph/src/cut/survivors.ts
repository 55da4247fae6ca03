import { stridesOf } from "../layout/layout.js";
import { ownersOfView } from "../layout/view.js";
import type { Selector } from "../trace/value.js";
import type { Runs } from "./copy-runs.js";

/** Selectors that tie dims together, over one view that refines all of theirs. */
export interface Tests {
  readonly view: readonly number[];
  /** Dim of the parameter that each dim of the view lies in. */
  readonly owner: readonly number[];
  readonly tests: readonly Test[];
}

/** undefined where the selectors cut a dim in ways that don't divide each other. */
export function testsOf(shape: readonly number[], selectors: readonly Selector[]): Tests | undefined {
  const common = commonView(
    shape,
    selectors.map((s) => s.view),
  );
  return common && { ...common, tests: selectors.map((s) => placed(s, common.view)) };
}

/**
 * The coarsest view that refines all given ones, and the parameter dim each view dim belongs to. undefined when they
 * cut a dim in ways that don't divide each other.
 */
function commonView(
  shape: readonly number[],
  views: readonly (readonly number[])[],
): { view: number[]; owner: number[] } | undefined {
  const view: number[] = [];
  const owner: number[] = [];
  const owners = views.map((v) => ownersOfView(shape, v));
  shape.forEach((size, dim) => {
    const cuts = new Set<number>([1, size]);
    views.forEach((v, k) => {
      let inner = size;
      v.forEach((part, d) => {
        if (owners[k]?.[d] !== dim) return;
        inner /= part;
        cuts.add(inner);
      });
    });
    const chain = [...cuts].sort((a, b) => b - a);
    if (chain.length === 1) chain.push(1);
    for (let i = 0; i + 1 < chain.length; i++) {
      view.push((chain[i] as number) / (chain[i + 1] as number));
      owner.push(dim);
    }
  });
  return view.every(Number.isInteger) ? { view, owner } : undefined;
}

/** A selector over the common view: strides into its ids per view dim. */
interface Test {
  readonly ids: Int32Array;
  readonly strides: readonly number[];
  readonly last: number;
}

function placed({ view, dims, ids }: Selector, common: readonly number[]): Test {
  const strides = new Array<number>(common.length).fill(0);
  const own = stridesOf(dims.map((d) => view[d] as number));
  let last = 0;
  let c = 0;
  view.forEach((size, d) => {
    const parts: number[] = [];
    let have = 1;
    while (have < size || (parts.length === 0 && common[c] === 1 && size === 1)) {
      parts.push(c);
      have *= common[c++] as number;
    }
    const at = dims.indexOf(d);
    if (at < 0) return;
    let stride = own[at] as number;
    for (const p of [...parts].reverse()) {
      strides[p] = stride;
      stride *= common[p] as number;
      last = Math.max(last, p);
    }
  });
  return { ids, strides, last };
}

/** The surviving elements, in order. */
export function survivors({ view, tests }: Tests, life: Uint8Array): Runs {
  const depth = Math.max(...tests.map((t) => t.last)) + 1;
  const unit = view.slice(depth).reduce((a, b) => a * b, 1);
  const strides = stridesOf(view.slice(0, depth));
  const starts: number[] = [];
  const lengths: number[] = [];
  const offsets = tests.map(() => 0);
  let end = -1;
  const ending = Array.from({ length: depth }, (_, d) =>
    tests.map((_, t) => t).filter((t) => (tests[t] as Test).last === d),
  );
  const visit = (d: number, position: number): void => {
    const size = view[d] as number;
    const stride = strides[d] as number;
    for (let k = 0; k < size; k++) {
      if (
        (ending[d] as number[]).every(
          (t) => life[(tests[t] as Test).ids[offsets[t] as number] as number] === 1,
        )
      ) {
        const at = position + k * stride;
        if (d + 1 < depth) visit(d + 1, at);
        else {
          if (at === end) lengths[lengths.length - 1] = (lengths[lengths.length - 1] as number) + 1;
          else {
            starts.push(at);
            lengths.push(1);
          }
          end = at + 1;
        }
      }
      for (let t = 0; t < tests.length; t++)
        offsets[t] = (offsets[t] as number) + ((tests[t] as Test).strides[d] as number);
    }
    for (let t = 0; t < tests.length; t++)
      offsets[t] = (offsets[t] as number) - size * ((tests[t] as Test).strides[d] as number);
  };
  visit(0, 0);
  return { starts, lengths, unit };
}

/**
 * Along each dim, how many positions keep an element: outer dims at the first survivor, inner dims anywhere. Rows may
 * lose different positions, but equally many: the caller compares the product with the number of survivors.
 */
export function survivingShape(
  shape: readonly number[],
  { view, owner, tests }: Tests,
  life: Uint8Array,
): number[] | undefined {
  const first = search(view, tests, life, []);
  if (!first) return undefined;
  return shape.map((size, dim) => {
    const dims = owner.flatMap((o, i) => (o === dim ? [i] : []));
    if (!tests.some((t) => dims.some((i) => t.strides[i] !== 0))) return size;
    const outer = first.slice(0, dims[0]);
    let kept = 0;
    for (let p = 0; p < size; p++) {
      const at: number[] = [];
      let rest = p;
      for (const i of [...dims].reverse()) {
        at.unshift(rest % (view[i] as number));
        rest = Math.floor(rest / (view[i] as number));
      }
      if (search(view, tests, life, [...outer, ...at])) kept++;
    }
    return kept;
  });
}

const lives = (test: Test, at: readonly number[], life: Uint8Array): boolean =>
  life[test.ids[test.strides.reduce((sum, s, i) => sum + s * (at[i] as number), 0)] as number] === 1;

/** Coordinates of the first survivor that begins with the given ones. */
function search(
  view: readonly number[],
  tests: readonly Test[],
  life: Uint8Array,
  start: readonly number[],
): number[] | undefined {
  const at = [...start, ...new Array<number>(view.length - start.length).fill(0)];
  if (tests.some((t) => t.last < start.length && !lives(t, at, life))) return undefined;
  const visit = (d: number): boolean => {
    if (d === view.length) return true;
    const ending = tests.filter((t) => t.last === d);
    const varies = tests.some((t) => t.strides[d] !== 0);
    for (let k = 0; k < (varies ? (view[d] as number) : 1); k++) {
      at[d] = k;
      if (ending.every((t) => lives(t, at, life)) && visit(d + 1)) return true;
    }
    at[d] = 0;
    return false;
  };
  return visit(start.length) ? at : undefined;
}
