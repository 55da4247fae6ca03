import { stridesOf } from "../layout/layout.js";
import type { Selector } from "../trace/value.js";
import { copySeparable, liveByDim } from "./separable.js";

/** The elements of a parameter that survive a cut. */
export interface Selection {
  readonly shape: readonly number[];
  /** False when all elements stay. */
  readonly changed: boolean;
  /** Removed positions per selector, over `dims` of `view`: what a recipe stores. */
  readonly removed: readonly {
    readonly view: readonly number[];
    readonly dims: readonly number[];
    readonly removed: readonly number[];
  }[];
  /** The surviving elements' bytes. */
  copy(source: Uint8Array, elementBytes: number): Uint8Array;
}

/** Selects by all selectors at once; undefined when the survivors don't form a full grid. */
export function select(
  shape: readonly number[],
  selectors: readonly Selector[],
  life: Uint8Array,
): Selection | undefined {
  const active = selectors.filter(({ ids }) => ids.some((id) => life[id] === 0));
  const removed = active.map(({ view, dims, ids }) => ({ view, dims, removed: deadIn(ids, life) }));
  if (active.length === 0) return { shape, changed: false, removed, copy: (source) => source };
  const live = liveByDim(shape, active, life);
  if (live) {
    const kept = shape.map((size, d) => live[d]?.reduce((sum, flag) => sum + flag, 0) ?? size);
    return {
      shape: kept,
      changed: true,
      removed,
      copy: (source, bytes) => copySeparable(source, bytes, shape, live),
    };
  }
  const common = commonView(
    shape,
    active.map((s) => s.view),
  );
  if (!common) return undefined;
  const { view, owner } = common;
  const tests = active.map((s) => placed(s, view));
  const rows = survivors(view, tests, life);
  const newShape = survivingShape(shape, view, owner, tests, life);
  if (!newShape || newShape.reduce((a, b) => a * b, 1) !== rows.total) return undefined;
  return { shape: newShape, changed: true, removed, copy: (source, bytes) => copyRuns(source, bytes, rows) };
}

function deadIn(ids: Int32Array, life: Uint8Array): number[] {
  const dead: number[] = [];
  for (let i = 0; i < ids.length; i++) if (life[ids[i] as number] === 0) dead.push(i);
  return dead;
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
  shape.forEach((size, dim) => {
    const cuts = new Set<number>([1, size]);
    for (const v of views) {
      let inner = size;
      for (const part of partsOf(shape, v, dim)) {
        inner /= part;
        cuts.add(inner);
      }
    }
    const chain = [...cuts].sort((a, b) => b - a);
    if (chain.length === 1) chain.push(1);
    for (let i = 0; i + 1 < chain.length; i++) {
      view.push((chain[i] as number) / (chain[i + 1] as number));
      owner.push(dim);
    }
  });
  return view.every(Number.isInteger) ? { view, owner } : undefined;
}

/** The sizes of a view that make up one dim of the shape. */
function partsOf(shape: readonly number[], view: readonly number[], dim: number): number[] {
  let v = 0;
  for (let d = 0; ; d++) {
    const parts: number[] = [];
    let have = 1;
    while (v < view.length && (have < (shape[d] as number) || parts.length === 0)) {
      parts.push(view[v] as number);
      have *= view[v++] as number;
    }
    if (d === dim) return parts;
  }
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

/** Runs of surviving elements, in units of `unit` elements. */
interface Survivors {
  readonly starts: number[];
  readonly lengths: number[];
  readonly unit: number;
  readonly total: number;
}

function survivors(view: readonly number[], tests: readonly Test[], life: Uint8Array): Survivors {
  const depth = Math.max(...tests.map((t) => t.last)) + 1;
  const unit = view.slice(depth).reduce((a, b) => a * b, 1);
  const strides = stridesOf(view.slice(0, depth));
  const starts: number[] = [];
  const lengths: number[] = [];
  const offsets = tests.map(() => 0);
  let end = -1;
  let kept = 0;
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
          kept++;
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
  return { starts, lengths, unit, total: kept * unit };
}

/**
 * Along each dim, how many positions keep an element: outer dims at the first survivor, inner dims anywhere. Rows may
 * lose different positions, but equally many: the caller compares the product with the number of survivors.
 */
function survivingShape(
  shape: readonly number[],
  view: readonly number[],
  owner: readonly number[],
  tests: readonly Test[],
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

function copyRuns(
  source: Uint8Array,
  elementBytes: number,
  { starts, lengths, unit, total }: Survivors,
): Uint8Array {
  const out = new Uint8Array(total * elementBytes);
  const step = unit * elementBytes;
  if (elementBytes === 4 && step <= 64) return copyWords(source, out, { starts, lengths, unit, total });
  let o = 0;
  for (let r = 0; r < starts.length; r++) {
    const from = (starts[r] as number) * step;
    const bytes = (lengths[r] as number) * step;
    out.set(source.subarray(from, from + bytes), o);
    o += bytes;
  }
  return out;
}

/** Short runs of 4-byte elements: a loop beats many small `set` calls. */
function copyWords(source: Uint8Array, out: Uint8Array, { starts, lengths, unit }: Survivors): Uint8Array {
  const aligned = source.byteOffset % 4 === 0 ? source : source.slice();
  const from = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2);
  const to = new Uint32Array(out.buffer);
  let o = 0;
  for (let r = 0; r < starts.length; r++) {
    const begin = (starts[r] as number) * unit;
    const end = begin + (lengths[r] as number) * unit;
    for (let i = begin; i < end; i++) to[o++] = from[i] as number;
  }
  return out;
}
