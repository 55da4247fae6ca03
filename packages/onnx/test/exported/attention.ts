import type { Builder } from "./builder.js";
import {
  attended,
  conv,
  type Exported,
  ends,
  graph,
  heads,
  image,
  linear,
  merged,
  rotated,
  scalar,
  tokens,
} from "./kit.js";

export const attention: Readonly<Record<string, Exported>> = {
  "grouped-query attention by Expand and Reshape, rotary": graph(
    0.65,
    (g) => {
      const x = linear(g, tokens(g), 12, 16);
      const q = rotated(g, heads(g, linear(g, x, 16, 32), [4, 8]), 8);
      const repeat = (k: string): string => {
        const five = g.op("Expand", [g.op("Unsqueeze", [k, g.ints([2])]), g.ints([1, 2, 2, 5, 8])]);
        return g.op("Reshape", [five, g.ints([1, 4, 5, 8])]);
      };
      const k = repeat(rotated(g, heads(g, linear(g, x, 16, 16), [2, 8]), 8));
      const v = repeat(heads(g, linear(g, x, 16, 16), [2, 8]));
      ends(g, linear(g, linear(g, merged(g, attended(g, q, k, v, 8), 32), 32, 16), 16, 3));
    },
    { modes: ["channels", "both", "ragged"] },
  ),
  "attention with ALiBi and a causal mask from Trilu": graph(
    0.5,
    (g) => {
      const x = linear(g, tokens(g), 12, 16);
      const [q, k, v] = [0, 1, 2].map(() => heads(g, linear(g, x, 16, 32), [4, 8])) as [
        string,
        string,
        string,
      ];
      const slopes = g.floats([1, 4, 1, 1], [0.5, 0.25, 0.125, 0.0625]);
      const places = g.floats([1, 1, 1, 5], [0, 1, 2, 3, 4]);
      const mask = g.op("Trilu", [g.floats([5, 5], new Array(25).fill(-1e4)), g.ints([1], [])], { upper: 1 });
      const y = attended(g, q, k, v, 8, (s) =>
        g.op("Add", [g.op("Add", [s, g.op("Mul", [slopes, places])]), mask]),
      );
      ends(g, linear(g, linear(g, merged(g, y, 32), 32, 16), 16, 3));
    },
    { modes: ["channels", "both"] },
  ),
  "T5's bias by RelativePositionBias, and MultiHeadAttention": graph(
    0.6,
    (g) => {
      const x = linear(g, tokens(g), 12, 16);
      const bias = g.op(
        "RelativePositionBias@com.microsoft",
        [g.weight([8, 4], 1), g.ints([5], [1]), g.ints([5], [1])],
        { max_distance: 16, is_bidirectional: 1 },
      );
      const [q, k, v] = [0, 1, 2].map(() => linear(g, x, 16, 32)) as [string, string, string];
      const y = g.op("MultiHeadAttention@com.microsoft", [q, k, v, "", "", bias], { num_heads: 4 });
      ends(g, linear(g, linear(g, y, 32, 16), 16, 3));
    },
    {
      // onnxruntime has no kernel for it on processors: what may leave is all that can be asked.
      modes: [],
      options: { domains: { "com.microsoft": 1 } },
      parts: { channels: 32, columns: 16, rows: 4 },
    },
  ),
  "relative position bias through Gather": graph(
    0.65,
    (g) => {
      const x = linear(g, tokens(g, 12, 4), 12, 16);
      const qkv = linear(g, x, 16, 48);
      const five = g.op("Transpose", [g.op("Reshape", [qkv, g.ints([1, 4, 3, 4, 4])])], {
        perm: [2, 0, 3, 1, 4],
      });
      const [q, k, v] = g
        .ops("Split", [five, g.ints([1, 1, 1])], 3, { axis: 0 })
        .map((part) => g.op("Squeeze", [part, g.ints([0])])) as [string, string, string];
      const table = g.weight([7, 4], 1);
      const index = g.ints(Array.from({ length: 16 }, (_, i) => Math.floor(i / 4) - (i % 4) + 3));
      const picked = g.op("Reshape", [g.op("Gather", [table, index]), g.ints([4, 4, -1])]);
      const bias = g.op("Unsqueeze", [g.op("Transpose", [picked], { perm: [2, 0, 1] }), g.ints([0])]);
      const y = attended(g, q, k, v, 4, (s) => g.op("Add", [s, bias]));
      ends(g, linear(g, linear(g, merged(g, y, 16), 16, 16), 16, 3));
    },
    { modes: ["channels", "both", "ragged"] },
  ),
  "attention by Einsum": graph(
    0.5,
    (g) => {
      const x = linear(g, tokens(g), 12, 16);
      const [q, k, v] = [0, 1, 2].map(() =>
        g.op("Reshape", [linear(g, x, 16, 32), g.ints([1, 5, 4, 8])]),
      ) as [string, string, string];
      const p = g.op("Softmax", [g.op("Einsum", [q, k], { equation: "bihd,bjhd->bhij" })], { axis: -1 });
      const y = g.op("Einsum", [p, v], { equation: "bhij,bjhd->bihd" });
      ends(g, linear(g, linear(g, g.op("Reshape", [y, g.ints([1, 5, 32])]), 32, 16), 16, 3));
    },
    { modes: ["channels", "both"] },
  ),
  "cross-covariance attention": graph(
    0.9,
    (g) => {
      const x = linear(g, tokens(g), 12, 16);
      const qkv = g.op("Transpose", [g.op("Reshape", [linear(g, x, 16, 48), g.ints([1, 5, 3, 4, 4])])], {
        perm: [2, 0, 3, 4, 1],
      });
      const [q, k, v] = [0, 1, 2].map((i) => g.op("Gather", [qkv, g.ints([i], [])], { axis: 0 })) as [
        string,
        string,
        string,
      ];
      const p = g.op("Softmax", [g.op("MatMul", [q, g.op("Transpose", [k], { perm: [0, 1, 3, 2] })])], {
        axis: -1,
      });
      const y = g.op("Reshape", [
        g.op("Transpose", [g.op("MatMul", [p, v])], { perm: [0, 3, 1, 2] }),
        g.ints([1, 5, 16]),
      ]);
      ends(g, linear(g, linear(g, y, 16, 16), 16, 3));
    },
    { modes: ["channels", "heads"] },
  ),
  "MaxViT's grid attention": graph(
    0.8,
    (g) => {
      const x = conv(g, image(g), 3, 16);
      const grid = g.op("Transpose", [g.op("Reshape", [x, g.ints([1, 16, 4, 2, 4, 2])])], {
        perm: [0, 3, 5, 2, 4, 1],
      });
      const rows = g.op("Reshape", [grid, g.ints([4, 16, 16])]);
      const part = (): string =>
        g.op("Transpose", [g.op("Reshape", [linear(g, rows, 16, 16), g.ints([4, 16, 2, 8])])], {
          perm: [0, 2, 1, 3],
        });
      const y = attended(g, part(), part(), part(), 8);
      const flat = g.op("Reshape", [g.op("Transpose", [y], { perm: [0, 2, 1, 3] }), g.ints([4, 16, 16])]);
      const back = g.op(
        "Transpose",
        [g.op("Reshape", [linear(g, flat, 16, 16), g.ints([1, 2, 2, 4, 4, 16])])],
        { perm: [0, 5, 3, 1, 4, 2] },
      );
      ends(g, conv(g, g.op("Add", [x, g.op("Reshape", [back, g.ints([1, 16, 8, 8])])]), 16, 4));
    },
    { modes: ["channels", "both", "ragged"] },
  ),
  "linear attention with a feature map": graph(0.5, (g) => {
    const x = linear(g, tokens(g), 12, 16);
    const [q, k, v] = [0, 1, 2].map(() => heads(g, linear(g, x, 16, 32), [4, 8])) as [string, string, string];
    const up = (a: string): string => g.op("Add", [g.op("Elu", [a]), scalar(g, 1)]);
    const kv = g.op("MatMul", [g.op("Transpose", [up(k)], { perm: [0, 1, 3, 2] }), v]);
    const total = g.op("ReduceSum", [up(k), g.ints([2])]);
    const z = g.op("ReduceSum", [g.op("Mul", [up(q), total]), g.ints([3])]);
    ends(
      g,
      linear(g, linear(g, merged(g, g.op("Div", [g.op("MatMul", [up(q), kv]), z]), 32), 32, 16), 16, 3),
    );
  }),
  "Keras heads: kernels with a dim of heads": graph(
    0.6,
    (g) => {
      const x = linear(g, tokens(g), 12, 16);
      const part = (bias: boolean): string => {
        const y = g.op("Einsum", [x, g.weight([16, 4, 6], 0.4)], { equation: "abc,cde->abde" });
        return bias ? g.op("Add", [y, g.weight([4, 6], 0.5)]) : y;
      };
      const [q, k, v] = [part(true), part(false), part(false)];
      const p = g.op("Softmax", [g.op("Einsum", [k, q], { equation: "aecd,abcd->acbe" })], { axis: -1 });
      const y = g.op("Einsum", [p, v], { equation: "acbe,aecd->abcd" });
      ends(
        g,
        linear(g, g.op("Einsum", [y, g.weight([4, 6, 16], 0.4)], { equation: "abcd,cde->abe" }), 16, 3),
      );
    },
    { modes: ["channels", "heads", "both"], parts: { channels: 32, rows: 4, columns: 12 } },
  ),
  "learned queries, keys and values apart": graph(0.65, (g) => learned(g, false), {
    modes: ["channels", "heads", "both"],
    parts: { channels: 32, rows: 4, columns: 8 },
  }),
  "learned queries, keys and values packed": graph(0.65, (g) => learned(g, true), {
    modes: ["channels", "heads", "both"],
    parts: { channels: 32, rows: 4, columns: 4 },
  }),
};

/** Tokens attended by queries that are stored, [1, heads, queries, size]. */
function learned(g: Builder, packed: boolean): void {
  const x = linear(g, tokens(g), 12, 16);
  const parted = (): [string, string] => {
    if (!packed) return [linear(g, x, 16, 16), linear(g, x, 16, 16)];
    const both = g.op("Reshape", [linear(g, x, 16, 32), g.ints([1, 5, 2, 16])]);
    return [0, 1].map((i) => g.op("Gather", [both, g.ints([i], [])], { axis: 2 })) as [string, string];
  };
  const [k, v] = parted().map((part) => heads(g, part, [4, 4])) as [string, string];
  ends(
    g,
    linear(g, linear(g, merged(g, attended(g, g.weight([1, 4, 3, 4], 1), k, v, 4), 16), 16, 16), 16, 3),
  );
}
