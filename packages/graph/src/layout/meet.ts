import type { Dim } from "../names/dim.js";
import { type Names, pinName } from "../names/names.js";
import { unite } from "../names/unite.js";
import { type Block, factorsOf, type Layout } from "./layout.js";
import { commonRefinement, flattenDim, joined, refineDim, restrict } from "./regroup.js";

/** An operand of `meet`: one label per dim; equal labels are the same positions. */
export interface Operand {
  readonly layout: Layout;
  readonly labels: readonly number[];
}

/**
 * Puts two operands side by side: positions with equal labels are united, labels that are not in `out` are
 * contracted. A named label that meets fixed positions is pinned. Dims of size 1 broadcast. The workhorse behind
 * elementwise operators, matrix products, convolutions and norm scales.
 */
export function meet(
  names: Names,
  a: Operand,
  b: Operand,
  out: readonly number[],
  why: number,
): Layout | undefined {
  const shared = a.labels.filter((label) => b.labels.includes(label) && isWide(a, label) && isWide(b, label));
  let x = a;
  let y = b;
  for (const label of shared) {
    const aligned = align(names, x, y, label, why);
    if (!aligned) return undefined;
    [x, y] = aligned;
  }
  const loose = new Set<number>();
  const wholeX: number[] = [];
  const wholeY: number[] = [];
  for (const label of shared) {
    const atX = factorsOf(x.layout, x.labels.indexOf(label));
    const atY = factorsOf(y.layout, y.labels.indexOf(label));
    const namedX = named(x, atX);
    const namedY = named(y, atY);
    if (!namedX.includes(true)) wholeY.push(...atY);
    else if (!namedY.includes(true)) wholeX.push(...atX);
    else if (!namedX.every((n, i) => n === namedY[i])) {
      uniteCells(
        names,
        x,
        atX,
        y,
        atY,
        namedX.map((n, i) => n || (namedY[i] as boolean)),
        why,
      );
      loose.add(label);
    }
  }
  pinWhole(names, x, wholeX, why);
  pinWhole(names, y, wholeY, why);
  for (const p of x.layout.blocks)
    for (const q of y.layout.blocks) uniteBlocks(names, x, p, y, q, shared, loose, why);
  return assemble(names, x, y, out, loose, why);
}

const isWide = (operand: Operand, label: number): boolean =>
  operand.layout.owner.includes(operand.labels.indexOf(label));

const sizes = (operand: Operand, label: number): Dim[] =>
  factorsOf(operand.layout, operand.labels.indexOf(label)).map((i) => operand.layout.factors[i] as Dim);

/** Cuts the label's dim to the same factors in both operands, or flattens it where that can't be done. */
function align(
  names: Names,
  a: Operand,
  b: Operand,
  label: number,
  why: number,
): [Operand, Operand] | undefined {
  const p = sizes(a, label);
  const q = sizes(b, label);
  if (p.length === q.length && p.every((size, i) => size === q[i])) return [a, b];
  const common = commonRefinement(p, q);
  const cut = (operand: Operand): Layout | undefined => {
    const dim = operand.labels.indexOf(label);
    return common ? refineDim(operand.layout, dim, common) : flattenDim(names, operand.layout, dim, why);
  };
  const x = cut(a);
  const y = cut(b);
  return x && y
    ? [
        { ...a, layout: x },
        { ...b, layout: y },
      ]
    : undefined;
}

const named = (operand: Operand, at: readonly number[]): boolean[] =>
  at.map((i) => operand.layout.blocks.some((block) => block.at.includes(i)));

/** A dim named along different factors on the two sides is united cell by cell. */
function uniteCells(
  names: Names,
  a: Operand,
  atA: readonly number[],
  b: Operand,
  atB: readonly number[],
  use: readonly boolean[],
  why: number,
): void {
  const kept = (at: readonly number[]): number[] => at.filter((_, i) => use[i]);
  unite(names, cells(names, a, kept(atA), why), cells(names, b, kept(atB), why), why);
}

/** Positions beside fixed ones stay; a grid whose dims all do stays cell by cell. */
function pinWhole(names: Names, operand: Operand, at: readonly number[], why: number): void {
  if (at.length === 0) return;
  for (const block of operand.layout.blocks) {
    const inside = block.at.filter((i) => at.includes(i));
    if (inside.length === 0) continue;
    for (const id of restrict(names, operand.layout, block, inside, why).ids) pinName(names, id, why);
  }
}

/** Names over factors of one dim, joining the blocks that touch it. */
function cells(names: Names, operand: Operand, at: readonly number[], why: number): Int32Array {
  const blocks = operand.layout.blocks
    .filter((block) => block.at.some((i) => at.includes(i)))
    .map((block) =>
      restrict(
        names,
        operand.layout,
        block,
        block.at.filter((i) => at.includes(i)),
        why,
      ),
    );
  return (joined(names, { ...operand.layout, blocks }, at) as Block).ids;
}

/** Factor of b's layout that stands for a factor of a's: same label, same place within it. */
function counterpart(a: Operand, b: Operand, factor: number): number {
  const dim = a.layout.owner[factor] as number;
  const to = b.labels.indexOf(a.labels[dim] as number);
  return factorsOf(b.layout, to)[factorsOf(a.layout, dim).indexOf(factor)] as number;
}

function uniteBlocks(
  names: Names,
  a: Operand,
  p: Block,
  b: Operand,
  q: Block,
  shared: readonly number[],
  loose: ReadonlySet<number>,
  why: number,
): void {
  const inA: number[] = [];
  const inB: number[] = [];
  for (const i of p.at) {
    const label = a.labels[a.layout.owner[i] as number] as number;
    if (!shared.includes(label) || loose.has(label)) continue;
    const j = counterpart(a, b, i);
    if (!q.at.includes(j)) continue;
    inA.push(i);
    inB.push(j);
  }
  if (inA.length === 0) return;
  const nested = q.at.filter((j) => inB.includes(j)).every((j, k) => j === inB[k]);
  if (nested && p.ids === q.ids && inA.length === p.at.length) return;
  const alike = (i: readonly number[], j: readonly number[]): void =>
    unite(names, restrict(names, a.layout, p, i, why).ids, restrict(names, b.layout, q, j, why).ids, why);
  // Rows of one side are columns of the other: only grids that are products survive that in the same shape.
  if (nested) alike(inA, inB);
  else for (const [k, i] of inA.entries()) alike([i], [inB[k] as number]);
}

function assemble(
  names: Names,
  a: Operand,
  b: Operand,
  out: readonly number[],
  loose: ReadonlySet<number>,
  why: number,
): Layout {
  const factors: Dim[] = [];
  const owner: number[] = [];
  const places = [new Map<number, number>(), new Map<number, number>()];
  out.forEach((label, dim) => {
    const from = [a, b].map((operand) => {
      const d = operand.labels.indexOf(label);
      return d < 0 ? [] : factorsOf(operand.layout, d);
    });
    const main = (from[0] as number[]).length > 0 ? 0 : 1;
    (from[main] as number[]).forEach((_, k) => {
      for (const side of [0, 1]) {
        const i = (from[side] as number[])[k];
        if (i !== undefined) (places[side] as Map<number, number>).set(i, factors.length);
      }
      factors.push(([a, b][main] as Operand).layout.factors[(from[main] as number[])[k] as number] as Dim);
      owner.push(dim);
    });
  });
  const blocks: Block[] = [];
  [a, b].forEach((operand, side) => {
    const place = places[side] as Map<number, number>;
    for (const block of operand.layout.blocks) {
      const at = block.at.filter((i) => place.has(i));
      if (at.length === 0 || (side === 1 && at.every((i) => loose.has(labelOf(operand, i))))) continue;
      const kept = restrict(names, operand.layout, block, at, why);
      addBlock(blocks, { at: at.map((i) => place.get(i) as number), ids: kept.ids });
    }
  });
  return { factors, owner, rank: out.length, blocks };
}

const labelOf = (operand: Operand, factor: number): number =>
  operand.labels[operand.layout.owner[factor] as number] as number;

/** Adds a block unless one over the same factors says as much; takes out those that it covers. */
function addBlock(blocks: Block[], block: Block): void {
  if (blocks.some((other) => block.at.every((i) => other.at.includes(i)))) return;
  for (let i = blocks.length - 1; i >= 0; i--)
    if ((blocks[i] as Block).at.every((f) => block.at.includes(f))) blocks.splice(i, 1);
  blocks.push(block);
}
