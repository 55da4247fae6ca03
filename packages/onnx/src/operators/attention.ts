import type { Cut, Kit } from "@prune/graph";
import {
  type Dim,
  type Labelled,
  type Layout,
  type NodePatch,
  symbol,
  type Value,
} from "@prune/graph/advanced";
import { says } from "@prune/graph/rules";
import { every, quantisedAttention } from "../mask/gates.js";
import { attentionMacs, packedAttentionMacs } from "./macs.js";
import { float, has, int, ints, type OnnxNode, type OnnxRule } from "./node.js";
import { adds, bare, domain, type OperatorTable } from "./record.js";

/** Queries [heads, size], keys and values [key heads, size] as one grid of names each. */
interface Heads {
  readonly q: Layout;
  readonly k: Layout;
  readonly v: Layout;
  /** How many heads of queries share one of keys and values. */
  readonly shared: number;
}

/**
 * Scores tie the sizes of queries and keys, and their heads to those of values. Where several heads share keys and
 * values, a head is a shared head and a copy: whole shared heads may go, or the same copy of each. Gives the names of
 * the result, [heads, value size].
 */
function attended(kit: Kit, heads: Heads): Layout {
  const y = tied(kit, heads);
  regular(kit, heads.q, heads.k, heads.v);
  return y;
}

function tied(kit: Kit, { q, k, v, shared }: Heads): Layout {
  if (shared === 1) {
    kit.meet(
      [
        [q, ["h", "d"]],
        [k, ["h", "d"]],
      ],
      ["h"],
    );
    return kit.meet(
      [
        [v, ["h", "e"]],
        [kit.drop(q, [1]), ["h", ""]],
        [kit.drop(k, [1]), ["h", ""]],
      ],
      ["h", "e"],
    );
  }
  const copies = kit.fresh([shared], [0]);
  const repeat = (layout: Layout): Layout =>
    kit.meet(
      [
        [layout, ["g", "d"]],
        [copies, ["r"]],
      ],
      ["g", "r", "d"],
    );
  const [heads, size] = kit.shape(q) as [number, number];
  kit.meet(
    [
      [kit.reshape(q, [heads / shared, shared, size]), ["g", "r", "d"]],
      [repeat(k), ["g", "r", "d"]],
    ],
    ["g"],
  );
  kit.meet(
    [
      [kit.drop(k, [1]), ["g", ""]],
      [kit.drop(v, [1]), ["g", ""]],
    ],
    ["g"],
  );
  const [, wide] = kit.shape(v) as [number, number];
  return kit.reshape(repeat(v), [heads, wide]);
}

/** A layout with its dims at the given places of a larger shape, whose other dims are fixed. */
function placed(kit: Kit, layout: Layout, dims: readonly number[], shape: readonly Dim[]): Layout {
  return dims.reduce<Layout>(
    (y, dim, i) => (dim < 0 ? kit.resize(y, i, shape[i] as Dim) : y),
    kit.redim(layout, dims),
  );
}

const joined = (kit: Kit, grid: Layout): Layout => {
  const [heads, size] = kit.shape(grid) as [number, number];
  return kit.reshape(grid, [heads * size]);
};

/** The scale that a node computes from its head size, written out once that size shrinks. */
function keptScale(
  node: OnnxNode,
  cut: Cut,
  q: Layout,
  size: number,
): Record<string, { readonly float: number }> {
  if (float(node, "scale") || cut.shape(q)[1] === size) return {};
  return { scale: { float: 1 / Math.sqrt(size) } };
}

/** Names of a dim as [heads, size], before its rows get names of their own: ties to other heads make better ones. */
function cellsOf(kit: Kit, x: Layout, dim: number, heads: number): Layout | undefined {
  const width = kit.shape(x)[dim];
  if (typeof width !== "number" || width % heads !== 0) return undefined;
  const others = [...new Set(x.owner)].filter((d) => d !== dim);
  return kit.reshape(kit.redim(kit.drop(x, others), [dim]), [heads, width / heads]);
}

/** Every surviving head keeps as many positions. */
function regular(kit: Kit, ...grids: readonly Layout[]): void {
  for (const grid of grids) kit.grid(joined(kit, grid), 0, kit.shape(grid)[0] as number);
}

/** Names of [heads, size] in dims of an input, projected on them. */
const within = (kit: Kit, layout: Layout, dims: readonly [number, number]): Layout =>
  kit.redim(
    kit.drop(
      layout,
      [...new Set(layout.owner)].filter((d) => !dims.includes(d)),
    ),
    dims,
  );

/** Input i beside names; its dims without a label stay as they are. */
function lain(kit: Kit, i: number, labels: readonly string[], beside: Labelled): Layout | undefined {
  const own = kit.own(i);
  if (!own?.layout) return undefined;
  const all = labels.map((label, d) => label || `${d}`);
  const rest = kit.shape(own).map((size, d) => (labels[d] ? 1 : size));
  kit.meet([beside, [own, all], [kit.fixed(rest), all]], []);
  return own.layout;
}

/** A mask or bias that broadcasts to scores [batch, heads, queries, keys]. */
function masked(kit: Kit, i: number, heads: Layout): void {
  const rank = kit.raw(i)?.layout?.rank ?? 0;
  lain(kit, i, ["", "h", "", ""].slice(Math.max(0, 4 - rank)), [heads, ["h", "none"]]);
}

/** Keys or values of earlier steps, [batch, heads, steps, size]. */
const remembered = (kit: Kit, i: number, grid: Layout): Layout | undefined =>
  lain(kit, i, ["", "h", "", "d"], [grid, ["h", "d"]]);

const runTime = (node: OnnxNode, what: string): Dim => symbol(`${what} of ${node.outputs[0]}`);

/** How the rows of packed weights are told apart: sizes of all queries, keys and values. */
interface Packed {
  readonly input: number;
  readonly weights: number;
  readonly bias: number;
  readonly mask: number;
  readonly past: number;
  /** What is added to the scores; undefined where the operator takes no such input. */
  readonly scores?: number;
  readonly scales: readonly number[];
}

/** com.microsoft Attention: one weight [inputs, queries | keys | values]. */
const packedAttention =
  (at: Packed): OnnxRule =>
  (node, kit) => {
    const x = kit.layout(at.input);
    const heads = int(node, "num_heads", 0);
    const total = kit.shape(kit.raw(at.weights) as Value)[1];
    if (!kit.raw(at.weights)?.parameter || typeof total !== "number")
      return kit.opaque("attention over weights that are not stored as they are used");
    const sizes = ints(node, "qkv_hidden_sizes") ?? [total / 3, total / 3, total / 3];
    const [size, , wide] = sizes.map((n) => n / heads) as [number, number, number];
    const slab = (n: number): { flat: Layout; cells: Layout } => {
      const flat = kit.fresh([n], [0]);
      return { flat, cells: cellsOf(kit, flat, 0, heads) as Layout };
    };
    const [q, v] = [slab(heads * size), slab(heads * wide)];
    const y = attended(kit, { q: q.cells, k: q.cells, v: v.cells, shared: 1 });
    const rows = kit.concat([q.flat, q.flat, v.flat], 0);
    kit.select(at.weights, [kit.shape(kit.raw(at.weights) as Value)[0] as number, total], [1], rows, "out");
    for (const i of [at.bias, ...at.scales])
      if (has(node, i) && kit.shape(kit.raw(i) as Value)[0] === total) repeatRows(kit, i, rows);
    kit.pin(x, [0, 1], "batch and steps of attention", "sequence");
    kit.meet(
      [
        [x, ["", "", "i"]],
        [kit.some(at.weights, [0]), ["i", ""]],
      ],
      [],
    );
    const [heads0, dims] = [kit.drop(q.cells, [1]), kit.shape(x)];
    if (has(node, at.mask)) kit.pin(kit.layout(at.mask), undefined, "attention mask", "mask");
    if (at.scores !== undefined && has(node, at.scores)) masked(kit, at.scores, heads0);
    const isKept = has(node, at.past) || (node.outputs[1] ?? "") !== "";
    if (isKept) keepBoth(kit, q.cells, v.cells);
    if (has(node, at.past)) lain(kit, at.past, ["", "", "h", "", "d"], [q.cells, ["h", "d"]]);
    if (int(node, "do_rotary", 0)) kit.pin(q.cells, [1], "rotated by position", "rotary");
    kit.patch((cut) => {
      const [h, d] = cut.shape(q.cells) as number[] as [number, number];
      const e = cut.shape(v.cells)[1] as number;
      const uneven = d !== e || node.attributes.has("qkv_hidden_sizes");
      return {
        attributes: {
          num_heads: h,
          ...(uneven ? { qkv_hidden_sizes: [h * d, h * d, h * e] } : {}),
          ...keptScale(node, cut, q.cells, size),
        },
      };
    });
    const out = placed(kit, joined(kit, y), [-1, -1, 0], [dims[0] as Dim, dims[1] as Dim, 0]);
    const steps = has(node, at.past) ? runTime(node, "steps") : (dims[1] as Dim);
    const present = placed(kit, q.cells, [-1, -1, 0, -1, 1], [2, dims[0] as Dim, 0, steps, 0]);
    return node.outputs.map((_, i) => (i === 0 ? out : present));
  };

/** Keys and values that lie in one tensor lose the same positions. */
function keepBoth(kit: Kit, k: Layout, v: Layout): void {
  kit.meet(
    [
      [k, ["h", "d"]],
      [v, ["h", "d"]],
    ],
    ["h", "d"],
  );
}

function repeatRows(kit: Kit, i: number, rows: Layout): void {
  const own = kit.own(i) as Value;
  if (own.parameter) kit.select(i, kit.shape(own) as number[], [0], rows, "value", true);
  else
    kit.meet(
      [
        [own, ["r"]],
        [rows, ["r"]],
      ],
      [],
    );
}

/** What attention gives: the mixture, the keys and values that its next call goes on with, and scores by head. */
function remembering(
  node: OnnxNode,
  kit: Kit,
  query: Layout,
  [y, k, v, rows]: readonly [y: Layout, k: Layout, v: Layout, rows?: Layout],
): (Layout | undefined)[] {
  const [batch, steps] = kit.shape(query) as [Dim, Dim];
  const later = runTime(node, "steps");
  const out = [
    placed(kit, joined(kit, y), [-1, -1, 0], [batch, steps, 0]),
    placed(kit, k, [-1, 0, -1, 1], [batch, 0, later, 0]),
    placed(kit, v, [-1, 0, -1, 1], [batch, 0, later, 0]),
    rows && placed(kit, kit.redim(rows, [0]), [-1, 0, -1, -1], [batch, 0, steps, later]),
  ];
  return node.outputs.map((_, i) => out[i]);
}

/** Inputs of attention over heads beside queries, keys and values. */
interface Beside {
  readonly bias: number;
  readonly mask: number;
  readonly scores: number;
  readonly past: readonly [keys: number, values: number];
  /** Lengths, and where beams go on from. */
  readonly counts: readonly number[];
}

const multiHead =
  (at: Beside): OnnxRule =>
  (node, kit) => {
    const query = kit.layout(0);
    const heads = int(node, "num_heads", 0);
    const cells = headsOf(node, kit, heads);
    if (!cells) return kit.opaque("attention over a size known only at run time");
    const { q, k, v } = cells;
    const y = attended(kit, { q, k, v, shared: 1 });
    const size = kit.shape(q)[1] as number;
    if (has(node, at.bias))
      repeatRows(kit, at.bias, kit.concat([joined(kit, q), joined(kit, k), joined(kit, v)], 0));
    const rows = kit.drop(q, [1]);
    if (has(node, at.mask)) kit.pin(kit.layout(at.mask), undefined, "attention mask", "mask");
    if (has(node, at.scores)) masked(kit, at.scores, rows);
    remembered(kit, at.past[0], k);
    remembered(kit, at.past[1], v);
    for (const i of at.counts) if (has(node, i)) kit.pin(kit.layout(i), undefined, "lengths", "mask");
    kit.patch((cut) => ({
      attributes: { num_heads: cut.shape(q)[0] as number, ...keptScale(node, cut, q, size) },
    }));
    return remembering(node, kit, query, [y, k, v, rows]);
  };

/** Grids of the inputs of MultiHeadAttention: apart, keys and values packed, or all three packed. */
function headsOf(node: OnnxNode, kit: Kit, heads: number): { q: Layout; k: Layout; v: Layout } | undefined {
  const query = kit.layout(0);
  kit.pin(query, [0, 1], "batch and steps of attention", "sequence");
  const slab = (x: Layout, i: number): Layout => within(kit, kit.take(x, 3, [i]), [2, 4]);
  if (query.rank === 5) return { q: slab(query, 0), k: slab(query, 1), v: slab(query, 2) };
  const cells = (x: Layout): Layout | undefined => {
    kit.pin(x, x.rank === 4 ? [0, 2] : [0, 1], "batch and steps of attention", "sequence");
    return x.rank === 4 ? within(kit, x, [1, 3]) : cellsOf(kit, x, 2, heads);
  };
  const q = cells(query);
  const key = kit.layout(1);
  if (key.rank === 5) return q && { q, k: slab(key, 0), v: slab(key, 1) };
  const [k, v] = [cells(key), has(node, 2) ? cells(kit.layout(2)) : undefined];
  return q && k && v && { q, k, v };
}

/**
 * com.microsoft GroupQueryAttention. Values are as wide as keys; kernels want head sizes in eights, and twice that where
 * they rotate.
 */
const groupQuery: OnnxRule = (node, kit) => {
  const [heads, groups] = [int(node, "num_heads", 0), int(node, "kv_num_heads", 0)];
  const query = kit.layout(0);
  const width = kit.shape(query)[2];
  const packed = !has(node, 1);
  if (typeof width !== "number") return kit.opaque("attention over a size known only at run time");
  const size = width / (packed ? heads + 2 * groups : heads);
  const part = (x: Layout, from: number, n: number): Layout | undefined => {
    kit.pin(x, [0, 1], "batch and steps of attention", "sequence");
    const whole = kit.shape(x)[2] === n * size;
    const index = Array.from({ length: n * size }, (_, i) => from * size + i);
    return cellsOf(kit, whole ? x : kit.take(x, 2, index), 2, n);
  };
  const q = part(query, 0, heads);
  const k = packed ? part(query, heads, groups) : part(kit.layout(1), 0, groups);
  const v = packed ? part(query, heads + groups, groups) : part(kit.layout(2), 0, groups);
  if (!q || !k || !v) return kit.opaque("attention over a size known only at run time");
  const y = attended(kit, { q, k, v, shared: heads / groups });
  keepBoth(kit, k, v);
  const isRotated = rotatedInside(node, kit, [q, k]);
  remembered(kit, 3, k);
  remembered(kit, 4, v);
  for (let i = 5; i < node.inputs.length; i++) {
    if (!has(node, i)) continue;
    if (i === 10) masked(kit, i, kit.drop(q, [1]));
    else if (i === 11)
      kit.meet(
        [
          [kit.own(i) as Value, ["h"]],
          [kit.drop(q, [1]), ["h", ""]],
        ],
        [],
      );
    else if (i < 12 && !(isRotated && (i === 7 || i === 8)))
      kit.pin(kit.layout(i), undefined, "positions", "mask");
    else if (i >= 12)
      for (const grid of [q, k]) kit.pin(grid, [1], "scales or norms of keys inside attention", "kernel");
  }
  const step = isRotated ? 16 : 8;
  kit.patch((cut) => {
    const left = cut.shape(q)[1] as number;
    if (left !== size && left % step !== 0)
      cut.refuse({
        kind: "empty",
        text: `attention kernels want head sizes that are multiples of ${step}`,
        tensor: node.inputs[0],
        ids: Int32Array.from(kit.drop(q, [0]).blocks.flatMap(({ ids }) => [...ids])),
      });
    const turned = int(node, "rotary_embedding_dim", 0);
    return {
      attributes: {
        num_heads: cut.shape(q)[0] as number,
        kv_num_heads: cut.shape(k)[0] as number,
        ...(turned === size && { rotary_embedding_dim: left }),
        ...keptScale(node, cut, q, size),
      },
    };
  });
  return remembering(node, kit, query, [y, k, v]);
};

/** Whether the operator rotates queries and keys itself; pairs that it turns together are tied. */
function rotatedInside(node: OnnxNode, kit: Kit, grids: readonly Layout[]): boolean {
  if (!int(node, "do_rotary", 0)) return false;
  const table = kit.raw(7)?.layout;
  const half = table && kit.shape(table).at(-1);
  for (const grid of grids) {
    if (kit.shape(grid)[1] === 2 * Number(half))
      tiePairs(kit, grid, int(node, "rotary_interleaved", 0) === 1, [7, 8]);
    else kit.pin(grid, [1], "only some of the positions are rotated", "rotary");
  }
  return kit.shape(grids[0] as Layout)[1] === 2 * Number(half);
}

/** The standard Attention of opset 23: [batch, heads, steps, size], or [batch, steps, heads * size]. */
const attention: OnnxRule = (node, kit) => {
  const [query, key, value] = [kit.layout(0), kit.layout(1), kit.layout(2)];
  const flat = query.rank === 3;
  const cells = (x: Layout, heads: number | undefined): Layout | undefined => {
    kit.pin(x, flat ? [0, 1] : [0, 2], "batch and steps of attention", "sequence");
    return flat ? cellsOf(kit, x, 2, heads ?? 1) : within(kit, x, [1, 3]);
  };
  const q = cells(query, int(node, "q_num_heads"));
  const k = cells(key, int(node, "kv_num_heads"));
  const v = cells(value, int(node, "kv_num_heads"));
  if (!q || !k || !v) return kit.opaque("attention over a size known only at run time");
  const [heads, size] = kit.shape(q);
  const groups = kit.shape(k)[0];
  if (typeof heads !== "number" || typeof size !== "number" || typeof groups !== "number")
    return kit.opaque("attention over a size known only at run time");
  const y = attended(kit, { q, k, v, shared: heads / groups });
  const rows = kit.drop(q, [1]);
  if (has(node, 3)) masked(kit, 3, rows);
  const past = remembered(kit, 4, k);
  remembered(kit, 5, v);
  for (let i = 6; i < node.inputs.length; i++)
    if (has(node, i)) kit.pin(kit.layout(i), undefined, "lengths", "mask");
  kit.patch(
    (cut): NodePatch => ({
      attributes: {
        ...(flat ? { q_num_heads: cut.shape(q)[0] as number, kv_num_heads: cut.shape(k)[0] as number } : {}),
        ...keptScale(node, cut, q, size),
      },
    }),
  );
  const batch = kit.shape(query)[0] as Dim;
  const [steps, seen] = [kit.shape(query)[flat ? 1 : 2] as Dim, kit.shape(key)[flat ? 1 : 2] as Dim];
  const later = past ? runTime(node, "steps") : seen;
  const out = [
    flat
      ? placed(kit, joined(kit, y), [-1, -1, 0], [batch, steps, 0])
      : placed(kit, y, [-1, 0, -1, 1], [batch, 0, steps, 0]),
    placed(kit, k, [-1, 0, -1, 1], [batch, 0, later, 0]),
    placed(kit, v, [-1, 0, -1, 1], [batch, 0, later, 0]),
    placed(kit, kit.redim(rows, [0]), [-1, 0, -1, -1], [batch, 0, steps, later]),
  ];
  return node.outputs.map((_, i) => out[i]);
};

/** Turns pairs of positions of every head by angles that the tables hold per pair. */
const rotary =
  (cos: number, sin: number, positions: number): OnnxRule =>
  (node, kit) => {
    const x = kit.layout(0);
    const flat = x.rank === 3;
    kit.pin(x, flat ? [0, 1] : [0, 2], "batch and steps of attention", "sequence");
    const table = kit.raw(cos)?.layout;
    const half = table && kit.shape(table).at(-1);
    const width = kit.shape(x).at(-1);
    const stated = int(node, "num_heads", 0);
    if (typeof half !== "number" || typeof width !== "number")
      return kit.opaque("rotary embedding over a size known only at run time");
    const heads = flat ? stated || width / (int(node, "rotary_embedding_dim", 0) || 2 * half) : 1;
    const grid = flat ? kit.grid(x, 2, heads)?.cells : within(kit, x, [1, 3]);
    if (!grid) return kit.opaque("rotary embedding over a size known only at run time");
    if (has(node, positions)) kit.pin(kit.layout(positions), undefined, "positions", "table");
    const size = kit.shape(grid)[1] as number;
    if (size === 2 * half) tiePairs(kit, grid, int(node, "interleaved", 0) === 1, [cos, sin]);
    else {
      kit.pin(grid, [1], "only some of the positions are rotated", "rotary");
      for (const i of [cos, sin]) kit.pin(kit.layout(i), undefined, "angles", "rotary");
    }
    if (flat && stated) kit.patch((cut) => ({ attributes: { num_heads: cut.shape(grid)[0] as number } }));
    return x;
  };

function tiePairs(kit: Kit, grid: Layout, interleaved: boolean, tables: readonly number[]): void {
  const half = (kit.shape(grid)[1] as number) / 2;
  const side = (k: number): Layout =>
    kit.take(
      grid,
      1,
      Array.from({ length: half }, (_, i) => (interleaved ? 2 * i + k : k * half + i)),
    );
  const [a, b] = [side(0), side(1)];
  const rows: Labelled = [a, ["h", "c"]];
  kit.meet([rows, [b, ["h", "c"]]], ["h"]);
  for (const i of tables) {
    const rank = kit.raw(i)?.layout?.rank ?? 0;
    lain(kit, i, [...new Array<string>(rank - 1).fill(""), "c"], rows);
  }
}

/** A bias for each head and distance, looked up in a table [distances, heads]: [1, heads, queries, keys]. */
const relativeBias: OnnxRule = (node, kit) => {
  const lengths = [1, 2].map((i, d) => kit.data(i)?.[0] ?? symbol(`size ${d + 2} of ${node.outputs[0]}`));
  const table = kit.raw(0);
  if (!table?.parameter) kit.pin(kit.layout(0), [0], "looked up by position", "table");
  const rows = table?.parameter ? kit.some(0, [1]) : kit.layout(0);
  return placed(kit, kit.redim(kit.drop(rows, [0]), [1]), [-1, 0, -1, -1], [1, 0, ...lengths]);
};

const attends = says(
  "heads of queries, keys and values; sizes of queries with those of keys, in every head; keys and values kept for " +
    "later steps with those",
  "batch, steps, masks",
);

const rotates = says(
  "both positions of a rotated pair, with the tables of angles",
  "heads that are rotated in part",
);

/** Operators that attend or rotate, heads and all. */
export const attentions: OperatorTable = {
  Attention: {
    ...bare,
    rule: attention,
    support: attends,
    mask: every(0, 1, 2, 4, 5),
    macs: attentionMacs,
    matrix: 1,
    carries: [
      [1, 4],
      [2, 5],
    ],
  },
  RotaryEmbedding: { ...bare, rule: rotary(1, 2, 3), support: rotates },
  ...domain("com.microsoft", {
    Attention: {
      ...bare,
      rule: packedAttention({ input: 0, weights: 1, bias: 2, mask: 3, past: 4, scores: 5, scales: [] }),
      support: attends,
      mask: every(0, 1, 2, 4),
      macs: packedAttentionMacs,
      duty: adds(2),
      matrix: 1,
      carries: [[1, 4]],
    },
    QAttention: {
      ...bare,
      rule: packedAttention({
        input: 0,
        weights: 1,
        bias: 2,
        mask: 5,
        past: 8,
        scales: [4, 7],
      }),
      support: attends,
      mask: quantisedAttention,
      macs: packedAttentionMacs,
      types: [{ like: 3 }],
      matrix: 1,
      zeroPoints: [[1, 7, "last"]],
    },
    MultiHeadAttention: {
      ...bare,
      rule: multiHead({ bias: 3, mask: 4, scores: 5, past: [6, 7], counts: [8, 9] }),
      support: attends,
      mask: every(0, 1, 2, 3, 6, 7),
      macs: attentionMacs,
      duty: adds(3),
      carries: [
        [1, 6],
        [2, 7],
      ],
    },
    DecoderMaskedMultiHeadAttention: {
      ...bare,
      rule: multiHead({ bias: 10, mask: 3, scores: 4, past: [5, 6], counts: [7, 8, 9] }),
      support: attends,
      mask: every(0, 1, 2, 5, 6, 10),
      macs: attentionMacs,
      duty: adds(10),
      carries: [
        [1, 5],
        [2, 6],
      ],
    },
    GroupQueryAttention: {
      ...bare,
      rule: groupQuery,
      support: says(
        "shared heads, and the same query head of each; dims inside heads, those of keys with those of values, left in " +
          "eights (sixteens where they are rotated)",
        "batch, steps; dims inside heads where some are rotated, or scaled by inputs of their own",
      ),
      mask: every(0, 1, 2, 3, 4),
      macs: attentionMacs,
      carries: [
        [1, 3],
        [2, 4],
      ],
    },
    RotaryEmbedding: { ...bare, rule: rotary(2, 3, 1), support: rotates },
    RelativePositionBias: {
      ...bare,
      rule: relativeBias,
      support: says("heads with columns of the table", "rows of the table"),
    },
  }),
};
