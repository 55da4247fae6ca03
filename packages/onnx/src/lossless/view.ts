import type { Trace } from "@prune/graph";
import type { OnnxNode } from "../operators/node.js";
import type { OnnxSource } from "../trace/source.js";
import type { Facts } from "./facts.js";

/** A node that sums its input's channels, weighted by constants. */
export interface Contraction {
  readonly node: OnnxNode;
  readonly input: string;
  readonly output: string;
  /** Dims of the channels in the input and in the output. */
  readonly inDim: number;
  readonly outDim: number;
  readonly outputs: number;
  /** Channels of the input that an output sums: those of its group. */
  readonly inputs: number;
  readonly groups: number;
  readonly taps: number;
  /** Outputs near the border see zeros in place of some of the input. */
  readonly padded: boolean;
  readonly bias: ArrayLike<number> | undefined;
  /** Weights up to this size are zero in effect, where all of an output or all of a channel are. */
  readonly negligible: number;
  /** Weight of a tap of output `o` at channel `i` of its group. */
  weight(o: number, i: number, tap: number): number;
}

/** A traced graph as channels by name: which tensors hold them, where, and what is known of their values. */
export interface View {
  readonly source: OnnxSource;
  readonly trace: Trace;
  /** Names of an activation's positions, each with the dims that it lies in. */
  names(tensor: string): ReadonlyMap<number, readonly number[]>;
  /** Name of each position along a dim, 0 where it must stay; undefined where none or more than one name tells them apart. */
  along(tensor: string, dim: number): Int32Array | undefined;
  rank(tensor: string): number;
  /** By activation and name. */
  readonly facts: Map<string, Facts>;
  /** Made so far, by node. */
  readonly contractions: Map<OnnxNode, Contraction | undefined>;
  /** Atoms that only name cells of a grid (heads, groups) together with others. */
  readonly inGrids: ReadonlySet<number>;
  /** Weights of a row or column that are all smaller, relative to the largest of the tensor, count as zero. */
  readonly negligible: number;
  /** One number for equal texts; never 0. */
  intern(text: string): number;
}

export function createView(source: OnnxSource, trace: Trace, negligible: number): View {
  const known = new Map<string, ReadonlyMap<number, readonly number[]>>();
  const positions = new Map<string, Int32Array | undefined>();
  const numbers = new Map<string, number>();
  const layout = (tensor: string) => trace.tensor(tensor)?.layout;

  const find = (tensor: string): ReadonlyMap<number, readonly number[]> => {
    const found = new Map<number, number[]>();
    const of = layout(tensor);
    for (const { at, ids } of of?.blocks ?? []) {
      const dims = [...new Set(at.map((f) => of?.owner[f] as number))];
      for (const id of new Set(ids))
        for (const atom of trace.atomsOf(id)) {
          const list = found.get(atom) ?? [];
          found.set(atom, list);
          for (const dim of dims) if (!list.includes(dim)) list.push(dim);
        }
    }
    return found;
  };

  return {
    source,
    trace,
    names(tensor) {
      const names = known.get(tensor) ?? find(tensor);
      known.set(tensor, names);
      return names;
    },
    along(tensor, dim) {
      const key = `${dim} ${tensor}`;
      if (!positions.has(key)) positions.set(key, along(trace, tensor, dim));
      return positions.get(key);
    },
    rank: (tensor) => layout(tensor)?.rank ?? 0,
    facts: new Map(),
    contractions: new Map(),
    negligible,
    inGrids: gridAtoms(source, trace),
    intern(text) {
      const number = numbers.get(text) ?? numbers.size + 1;
      numbers.set(text, number);
      return number;
    },
  };
}

/** The name of positions that never leave. */
const mustStay = 0;

function along(trace: Trace, tensor: string, dim: number): Int32Array | undefined {
  const layout = trace.tensor(tensor)?.layout;
  if (!layout) return undefined;
  const own = layout.owner.flatMap((owner, f) => (owner === dim ? [f] : []));
  const blocks = layout.blocks.filter(({ at }) => at.some((f) => own.includes(f)));
  const [block] = blocks;
  if (!block || blocks.length > 1 || block.at.length > 1) return undefined;
  const sizes = own.map((f) => layout.factors[f]);
  if (!sizes.every((size) => typeof size === "number")) return undefined;
  const place = own.indexOf(block.at[0] as number);
  const inner = sizes.slice(place + 1).reduce((a: number, b) => a * (b as number), 1);
  const total = sizes.reduce((a: number, b) => a * (b as number), 1);
  const parts = Array.from(block.ids, (id) => trace.atomsOf(id));
  if (parts.some(({ length }) => length > 1)) return undefined;
  const names = parts.map(([name = mustStay]) => name);
  return Int32Array.from({ length: total }, (_, p) => names[Math.floor(p / inner) % names.length] as number);
}

function gridAtoms(source: OnnxSource, trace: Trace): Set<number> {
  const found = new Set<number>();
  for (const [tensor, { layout }] of trace.tensors) {
    if (source.isConstant(tensor)) continue;
    for (const { at, ids } of layout?.blocks ?? [])
      for (const id of ids) {
        const parts = trace.atomsOf(id);
        if (at.length > 1 || parts.length > 1) for (const atom of parts) found.add(atom);
      }
  }
  return found;
}
