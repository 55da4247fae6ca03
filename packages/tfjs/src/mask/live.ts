import type { Cut } from "@prune/graph";
import type { Layout } from "@prune/graph/advanced";

/** Which cells live, in a shape that broadcasts to the tensor's. */
export interface Live {
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

/** The cells of a tensor that live after a cut; undefined when all do. */
export function liveCells(layout: Layout | undefined, cut: Pick<Cut, "living">): Live | undefined {
  const dying = (layout?.blocks ?? []).flatMap(({ at, ids }) => {
    const lives = cut.living(ids);
    return lives ? [{ at, lives }] : [];
  });
  if (!layout || dying.length === 0) return undefined;
  const touched = new Set(dying.flatMap(({ at }) => at.map((f) => layout.owner[f] as number)));
  const within = layout.factors.map((_, f) => f).filter((f) => touched.has(layout.owner[f] as number));
  const sizes = within.map((f) => layout.factors[f]);
  if (!sizes.every((size) => typeof size === "number"))
    throw new Error("can't mask a dim that mixes named positions with a size known only at run time");
  const shape = Array.from({ length: layout.rank }, (_, dim) =>
    within.reduce((n, f) => (layout.owner[f] === dim ? n * (layout.factors[f] as number) : n), 1),
  );
  const values = new Uint8Array(shape.reduce((a, b) => a * b, 1)).fill(1);
  for (const grid of dying) kill(values, sizes as number[], within, layout, grid);
  return { shape, values };
}

/** Clears the cells over some factors at which a block is dead. */
function kill(
  values: Uint8Array,
  sizes: readonly number[],
  within: readonly number[],
  layout: Layout,
  { at, lives }: { readonly at: readonly number[]; readonly lives: Uint8Array },
): void {
  const strides = new Map<number, number>();
  let stride = 1;
  for (const f of [...at].reverse()) {
    strides.set(f, stride);
    stride *= layout.factors[f] as number;
  }
  const steps = within.map((f) => strides.get(f) ?? 0);
  const position = new Array<number>(sizes.length).fill(0);
  for (let cell = 0, i = 0; cell < values.length; cell++) {
    if (lives[i] === 0) values[cell] = 0;
    for (let d = sizes.length - 1; d >= 0; d--) {
      i += steps[d] as number;
      if (++(position[d] as number) < (sizes[d] as number)) break;
      i -= (steps[d] as number) * (sizes[d] as number);
      position[d] = 0;
    }
  }
}

/**
 * How many times more cells there are than live, for each position that a reduction over dims (kept as size 1) leaves;
 * 1 where all or none live.
 */
export function excess(
  { shape, values }: Live,
  dims: readonly number[],
): { shape: number[]; values: Float32Array } {
  const kept = shape.map((size, d) => (dims.includes(d) ? 1 : size));
  const alive = new Float32Array(kept.reduce((a, b) => a * b, 1));
  const width = values.length / alive.length;
  const strides = kept.map((size, d) => (size === 1 ? 0 : kept.slice(d + 1).reduce((a, b) => a * b, 1)));
  const position = new Array<number>(shape.length).fill(0);
  for (const value of values) {
    let at = 0;
    for (let d = 0; d < shape.length; d++) at += (position[d] as number) * (strides[d] as number);
    alive[at]! += value;
    for (let d = shape.length - 1; d >= 0; d--) {
      if (++(position[d] as number) < (shape[d] as number)) break;
      position[d] = 0;
    }
  }
  return { shape: kept, values: alive.map((n) => (n === 0 ? 1 : width / n)) };
}
