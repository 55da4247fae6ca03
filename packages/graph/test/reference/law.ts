import type { Cut } from "@prune/graph";
import type { Layout, NodePatch, Selector } from "@prune/graph/advanced";
import { createCut, lifeOf } from "../../src/cut/cut.js";
import { patchesOf } from "../../src/cut/patching.js";
import { stridesOf } from "../../src/layout/layout.js";
import { atoms } from "../../src/names/names.js";
import type { State } from "../../src/trace/state.js";
import type { Attributes } from "./operators.js";
import { randoms } from "./randoms.js";
import {
  constants,
  constantValues,
  isComputed,
  type ReferenceGraph,
  type ReferenceNode,
  run,
} from "./reference-graph.js";
import { offsets, sizeOf, type Tensor } from "./tensor.js";

/** What became of a plan. */
export interface Verdict {
  readonly kind: "holds" | "trivial" | "illegal" | "fails" | "skipped";
  readonly text: string;
  /** How often units were put back. */
  readonly repairs: number;
  readonly removed: number;
  readonly plan: ReadonlySet<number>;
}

/** Cells of a tensor whose names live. */
export function maskOf(layout: Layout, life: Uint8Array): Uint8Array {
  const sizes = layout.factors as readonly number[];
  const mask = new Uint8Array(sizeOf(sizes)).fill(1);
  for (const block of layout.blocks) {
    const own = stridesOf(block.at.map((f) => sizes[f] as number));
    const at = offsets(
      sizes,
      sizes.map((_, f) => (block.at.includes(f) ? (own[block.at.indexOf(f)] as number) : 0)),
    );
    for (let i = 0; i < mask.length; i++) if (life[block.ids[at[i] as number] as number] === 0) mask[i] = 0;
  }
  return mask;
}

/**
 * Where every living cell of a tensor is after a cut, row-major over the smaller shape: along each factor, its rank
 * among what lives of its row, in the nested order of the factor's block. undefined when blocks disagree.
 */
export function placesOf(layout: Layout, life: Uint8Array, mask: Uint8Array): Int32Array | undefined {
  const sizes = layout.factors as readonly number[];
  const cells = mask.length;
  const steps = stridesOf(sizes);
  const ranks = sizes.map((n, f) =>
    Int32Array.from({ length: cells }, (_, i) => Math.floor(i / (steps[f] as number)) % n),
  );
  const coordinates = ranks.map((r) => r.slice());
  const after = [...sizes];
  const ranked = new Set<number>();
  for (const { at, ids } of layout.blocks) {
    const own = stridesOf(at.map((f) => sizes[f] as number));
    for (const [level, f] of at.entries()) {
      const { rank, most } = ranksOf(ids, sizes[f] as number, own[level] as number, life);
      const outer = at.slice(0, level + 1);
      const where = ranks[f] as Int32Array;
      after[f] = most;
      for (let i = 0; i < cells; i++) {
        if (!mask[i]) continue;
        const slab = outer.reduce(
          (sum, g) => sum * (sizes[g] as number) + ((coordinates[g] as Int32Array)[i] as number),
          0,
        );
        if (ranked.has(f) && where[i] !== rank[slab]) return undefined;
        where[i] = rank[slab] as number;
      }
    }
    for (const f of at) ranked.add(f);
  }
  const now = stridesOf(after);
  return Int32Array.from({ length: cells }, (_, i) =>
    ranks.reduce((sum, r, f) => sum + (r[i] as number) * (now[f] as number), 0),
  );
}

/** Rank of each slab among those of its row that keep a cell. */
function ranksOf(
  ids: Int32Array,
  n: number,
  inner: number,
  life: Uint8Array,
): { rank: Int32Array; most: number } {
  const rank = new Int32Array(ids.length / inner);
  let most = 0;
  for (let slab = 0, next = 0; slab < rank.length; slab++) {
    if (slab % n === 0) next = 0;
    rank[slab] = next;
    if (ids.subarray(slab * inner, (slab + 1) * inner).some((id) => life[id] === 1)) next++;
    most = Math.max(most, next);
  }
  return { rank, most };
}

/** Elements of a parameter whose selectors' names all live, one by one. */
export function filtered(value: Tensor, selectors: readonly Selector[], life: Uint8Array): number[] {
  const kept: number[] = [];
  for (let i = 0; i < value.data.length; i++)
    if (
      selectors.every(({ view, dims, ids }) => {
        const steps = stridesOf(view);
        const at = dims.map((d) => Math.floor(i / (steps[d] as number)) % (view[d] as number));
        const own = stridesOf(dims.map((d) => view[d] as number));
        return life[ids[at.reduce((sum, k, j) => sum + k * (own[j] as number), 0)] as number] === 1;
      })
    )
      kept.push(value.data[i] as number);
  return kept;
}

/** Removes a plan's atoms, puts back what a check blames, and compares the cut graph with the masked one. */
export function judge(graph: ReferenceGraph, state: State, plan: ReadonlySet<number>, most = 12): Verdict {
  let removed = new Set(plan);
  let repairs = 0;
  for (;;) {
    if (removed.size === 0)
      return {
        kind: "trivial",
        text: plan.size === 0 ? "nothing is free" : "all of it was put back",
        repairs,
        removed: 0,
        plan: removed,
      };
    const cut = createCut(state, removed);
    const patched = cut.findings.length > 0 ? undefined : patchesOf(state, cut, () => true);
    const findings = patched?.findings ?? cut.findings;
    if (patched && findings.length === 0) {
      const verdict = compare(graph, state, cut, byNode(patched.patches));
      return { ...verdict, repairs, removed: removed.size, plan: removed };
    }
    if (repairs++ >= most) {
      const text = findings.map((f) => `${f.kind}: ${f.text}`).join("; ");
      return { kind: "illegal", text, repairs, removed: removed.size, plan: removed };
    }
    const blamed = new Set<number>();
    for (const { ids } of findings)
      for (const id of ids) for (const atom of atoms(state.names, id)) blamed.add(atom);
    const half = repairs <= 8 ? randoms(repairs * 7919 + removed.size) : () => 0;
    removed = new Set([...removed].filter((atom) => !blamed.has(atom) || half() > 0));
  }
}

function byNode(
  list: readonly { readonly node: number; readonly patch: NodePatch }[],
): Map<number, NodePatch[]> {
  const patches = new Map<number, NodePatch[]>();
  for (const { node, patch } of list) patches.set(node, [...(patches.get(node) ?? []), patch]);
  return patches;
}

type Outcome = Pick<Verdict, "kind" | "text">;
const fails = (text: string): Outcome => ({ kind: "fails", text });

function compare(
  graph: ReferenceGraph,
  state: State,
  cut: Cut,
  patches: ReadonlyMap<number, readonly NodePatch[]>,
): Outcome {
  const life = lifeOf(cut);
  const known = constants(graph);
  const constant = constantValues(graph, known);
  const stored = (node: ReferenceNode): readonly Tensor[] | undefined =>
    isComputed(graph, known, node) ? node.outputs.map((name) => constant.get(name) as Tensor) : undefined;
  const own = new Map<string, Tensor>();
  for (const { tensor, shape, use, selectors } of state.parameters.all) {
    const value = constant.get(tensor) as Tensor;
    const selection = cut.select({ shape, selectors });
    if (!selection) return { kind: "illegal", text: `the survivors of ${tensor} don't form a grid` };
    const bytes = selection.copy(
      new Uint8Array(value.data.buffer, value.data.byteOffset, value.data.byteLength),
      8,
    );
    const data = new Float64Array(bytes.slice().buffer);
    const naive = filtered(value, selectors, life);
    if (naive.length !== data.length || naive.some((v, i) => v !== data[i]))
      return fails(`select() of ${tensor} differs from filtering it cell by cell`);
    if (sizeOf(selection.shape) !== data.length)
      return fails(`select() of ${tensor}: [${selection.shape}] for ${data.length}`);
    own.set(use ? `${use.node}:${use.input}` : tensor, { shape: selection.shape, data });
  }
  const nodes = graph.nodes.map((node, n): ReferenceNode => {
    let attributes: Attributes = node.attributes;
    for (const patch of patches.get(n) ?? [])
      attributes = { ...attributes, ...(patch.attributes as Attributes) };
    return { ...node, attributes };
  });
  const mask = (name: string): Uint8Array | undefined => {
    const layout = state.value(name)?.layout;
    return layout && layout.blocks.length > 0 ? maskOf(layout, life) : undefined;
  };
  const original = run(
    graph,
    graph.nodes,
    (n, i, v) => v.get((graph.nodes[n] as ReferenceNode).inputs[i] as string) as Tensor,
    mask,
    stored,
  );
  let reached = "";
  let smaller: Map<string, Tensor>;
  try {
    smaller = run(
      graph,
      nodes,
      (n, i, values) => {
        const name = (nodes[n] as ReferenceNode).inputs[i] as string;
        reached = (nodes[n] as ReferenceNode).name;
        return own.get(`${n}:${i}`) ?? own.get(name) ?? (values.get(name) as Tensor);
      },
      () => undefined,
      stored,
    );
  } catch (error) {
    return fails(`the cut graph does not run: ${reached}: ${(error as Error).message}`);
  }
  let changed = false;
  for (const node of graph.nodes.filter((n) => !isComputed(graph, known, n)))
    for (const name of node.outputs) {
      const full = original.get(name) as Tensor;
      const now = own.get(name) ?? (smaller.get(name) as Tensor);
      const shape = cut.shape(name);
      if (shape.join() !== now.shape.join())
        return fails(`${node.name}: the cut says [${shape}], running it gives [${now.shape}]`);
      const alive = mask(name);
      const expected = alive ? full.data.filter((_, i) => alive[i] === 1) : full.data.slice();
      if (expected.length !== now.data.length)
        return fails(`${node.name}: ${expected.length} cells live, the cut has ${now.data.length}`);
      const layout = state.value(name)?.layout;
      if (expected.length < full.data.length && layout && alive) {
        changed = true;
        const places = placesOf(layout, life, alive);
        if (!places) return fails(`${node.name}: blocks rank positions differently`);
        const met = new Set<number>();
        places.forEach((to, i) => {
          if (!alive[i]) return;
          met.add(to);
          expected[to] = full.data[i] as number;
        });
        if (met.size !== expected.length || Math.max(...met) >= expected.length)
          return fails(`${node.name}: the survivors don't form a grid`);
      }
      const scale = expected.reduce((a, v) => Math.max(a, Math.abs(v)), 1e-6);
      if (!(scale < 1e12)) return { kind: "skipped", text: "values overflow" };
      for (let i = 0; i < expected.length; i++) {
        const error = Math.abs((expected[i] as number) - (now.data[i] as number)) / scale;
        if (!(error <= 1e-9)) return fails(`${node.name}: cell ${i} is off by ${error.toExponential(1)}`);
      }
    }
  const touched = state.parameters.all.some(({ selectors }) =>
    selectors.some(({ ids }) => ids.some((id) => life[id] === 0)),
  );
  return { kind: changed || touched ? "holds" : "trivial", text: "" };
}
