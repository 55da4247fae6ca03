import type { Attributes, Builder } from "./builder.js";
import {
  around,
  between,
  conv,
  type Exported,
  ends,
  graph,
  heads,
  linear,
  merged,
  relu,
  scalar,
  tokens,
} from "./kit.js";

const sigmoid = (g: Builder, x: string): string => g.op("Sigmoid", [x]);

const transposed = (g: Builder, x: string, perm: readonly number[]): string =>
  g.op("Transpose", [x], { perm });

export const mixed: Readonly<Record<string, Exported>> = {
  "splits that feed each other": around(0.5, (g, x) => {
    const p = g.ops("Split", [conv(g, x, 16, 16, 1)], 4, { axis: 1 }) as string[];
    let prev = relu(g, conv(g, p[1]!, 4, 4));
    const out = [p[0]!, prev];
    for (const q of [p[2]!, p[3]!]) {
      prev = relu(g, conv(g, g.op("Add", [prev, q]), 4, 4));
      out.push(prev);
    }
    return conv(g, g.op("Concat", out, { axis: 1 }), 16, 16, 1);
  }),
  "global layer norm over channels and time": graph(0.5, (g) => {
    const c = (x: string, a: number, b: number, k = 1, more: Attributes = {}) =>
      g.op("Conv", [x, g.weight([b, more.group ? 1 : a, k]), g.weight([b])], {
        pads: [(k - 1) / 2, (k - 1) / 2],
        ...more,
      });
    const gln = (x: string, n: number) => {
      const m = g.op("ReduceMean", [g.op("ReduceMean", [x], { axes: [1] })], { axes: [2] });
      const d = g.op("Sub", [x, m]);
      const v = g.op("ReduceMean", [g.op("ReduceMean", [g.op("Pow", [d, scalar(g, 2)])], { axes: [1] })], {
        axes: [2],
      });
      return g.op("Add", [
        g.op("Div", [
          g.op("Mul", [g.weight([1, n, 1], 1), d]),
          g.op("Sqrt", [g.op("Add", [v, scalar(g, 1e-8)])]),
        ]),
        g.weight([1, n, 1], 1),
      ]);
    };
    const x = c(g.input("x", [1, 1, 20]), 1, 16, 3);
    let h = c(gln(x, 16), 16, 24);
    h = gln(g.op("PRelu", [h, g.floats([1], [0.2])]), 24);
    h = gln(g.op("PRelu", [c(h, 24, 24, 3, { group: 24 }), g.floats([1], [0.1])]), 24);
    const m = sigmoid(g, c(h, 24, 16));
    ends(g, g.op("ConvTranspose", [g.op("Mul", [x, m]), g.weight([16, 1, 3])], { pads: [1, 1] }));
  }),
  "keys and values from past steps, given and taken": graph(0.8, (g) => {
    const x = linear(g, tokens(g, 12, "n"), 12, 16);
    const q = heads(g, linear(g, x, 16, 16), [2, 8]);
    const k = g.op(
      "Concat",
      [g.input("pk", [1, 2, "past", 8]), heads(g, linear(g, x, 16, 16), [2, 8])],
      { axis: 2 },
      "k",
    );
    const v = g.op(
      "Concat",
      [g.input("pv", [1, 2, "past", 8]), heads(g, linear(g, x, 16, 16), [2, 8])],
      { axis: 2 },
      "v",
    );
    g.output("k", "v");
    const p = g.op("Softmax", [g.op("MatMul", [q, transposed(g, k, [0, 1, 3, 2])])], { axis: -1 });
    const y = linear(g, merged(g, g.op("MatMul", [p, v]), 16), 16, 16);
    ends(g, linear(g, relu(g, linear(g, g.op("Add", [x, y]), 16, 32)), 32, 3));
  }),
  "opset 23: Attention with grouped queries, RMSNormalization": graph(
    1,
    (g) => {
      const x = linear(g, tokens(g), 12, 16);
      const [a] = g.ops("Attention", [linear(g, x, 16, 32), linear(g, x, 16, 16), linear(g, x, 16, 16)], 1, {
        q_num_heads: 4,
        kv_num_heads: 2,
      }) as [string];
      ends(g, linear(g, linear(g, g.op("RMSNormalization", [a, g.weight([32])]), 32, 16), 16, 3));
    },
    { modes: ["channels", "heads"], options: { opset: 23, ir: 11 } },
  ),
  "weights with a dim of heads": between(0.5, (g, x) => {
    const y = g.op("MatMul", [g.op("Unsqueeze", [x, g.ints([1])]), g.weight([4, 16, 8], 0.3)]);
    const z = g.op("MatMul", [relu(g, y), g.weight([4, 8, 16], 0.3)]);
    return g.op("ReduceSum", [z, g.ints([1])], { keepdims: 0 });
  }),
  "cosine attention with a bias from a network": graph(
    0.6,
    (g) => {
      const x = linear(g, tokens(g, 12, 4), 12, 16);
      const part = () => heads(g, linear(g, x, 16, 16), [2, 8]);
      const unit = (a: string) =>
        g.op("Div", [
          a,
          g.op("Clip", [g.op("ReduceL2", [a], { axes: [-1] }), scalar(g, 1e-6), scalar(g, 1e9)]),
        ]);
      const logit = g.op("Exp", [g.op("Min", [g.weight([2, 1, 1], 1), scalar(g, 4)])]);
      const cpb = linear(
        g,
        relu(
          g,
          linear(
            g,
            g.floats(
              [7, 2],
              [...Array(14).keys()].map((i) => Math.sin(i)),
            ),
            2,
            16,
          ),
        ),
        16,
        2,
      );
      const bias = g.op("Unsqueeze", [
        g.op("Mul", [
          sigmoid(
            g,
            transposed(
              g,
              g.op("Reshape", [
                g.op("Gather", [
                  cpb,
                  g.ints(Array.from({ length: 16 }, (_, i) => Math.floor(i / 4) - (i % 4) + 3)),
                ]),
                g.ints([4, 4, 2]),
              ]),
              [2, 0, 1],
            ),
          ),
          scalar(g, 16),
        ]),
        g.ints([0]),
      ]);
      const s = g.op("Add", [
        g.op("Mul", [g.op("MatMul", [unit(part()), transposed(g, unit(part()), [0, 1, 3, 2])]), logit]),
        bias,
      ]);
      ends(
        g,
        linear(
          g,
          linear(g, merged(g, g.op("MatMul", [g.op("Softmax", [s], { axis: -1 }), part()]), 16), 16, 16),
          16,
          3,
        ),
      );
    },
    { modes: ["channels", "both"] },
  ),
  "an unrolled LSTM": graph(0.6, (g) => {
    const x = linear(g, tokens(g, 12, 3), 12, 16);
    const [wi, wh, bi] = [g.weight([16, 64], 0.3), g.weight([16, 64], 0.3), g.weight([64])];
    let h = g.floats([1, 16], Array(16).fill(0));
    let c = g.floats([1, 16], Array(16).fill(0));
    for (let t = 0; t < 3; t++) {
      const xt = g.op("Gather", [x, g.ints([t], [])], { axis: 1 });
      const gates = g.op("Add", [g.op("Add", [g.op("MatMul", [xt, wi]), g.op("MatMul", [h, wh])]), bi]);
      const [i, f, u, o] = g.ops("Split", [gates], 4, { axis: 1 }) as [string, string, string, string];
      c = g.op("Add", [g.op("Mul", [sigmoid(g, f), c]), g.op("Mul", [sigmoid(g, i), g.op("Tanh", [u])])]);
      h = g.op("Mul", [sigmoid(g, o), g.op("Tanh", [c])]);
    }
    ends(g, linear(g, h, 16, 3));
  }),
  "channels-last layers between Transposes": graph(0.45, (g) => {
    const nhwc = g.input("x", [1, 8, 8, 3]);
    let x = transposed(g, nhwc, [0, 3, 1, 2]);
    x = relu(g, conv(g, x, 3, 16));
    x = transposed(g, g.op("Add", [transposed(g, x, [0, 2, 3, 1]), g.weight([16])]), [0, 3, 1, 2]);
    x = g.op("Conv", [x, g.op("Transpose", [g.weight([3, 3, 16, 8], 0.2)], { perm: [3, 2, 0, 1] })], {
      pads: [1, 1, 1, 1],
    });
    const flat = g.op("Reshape", [transposed(g, x, [0, 2, 3, 1]), g.ints([-1, 512])]);
    ends(g, linear(g, relu(g, linear(g, flat, 512, 20)), 20, 3));
  }),
  "latents that attend": between(0.6, (g, x) => {
    const lat = g.weight([1, 6, 16], 1);
    const q = heads(g, linear(g, lat, 16, 16), [2, 8]);
    const [k, v] = [heads(g, linear(g, x, 16, 16), [2, 8]), heads(g, linear(g, x, 16, 16), [2, 8])];
    return g.op("Add", [
      lat,
      linear(
        g,
        merged(
          g,
          g.op("MatMul", [
            g.op("Softmax", [g.op("MatMul", [q, transposed(g, k, [0, 1, 3, 2])])], { axis: -1 }),
            v,
          ]),
          16,
        ),
        16,
        16,
      ),
    ]);
  }),
  "channels times channels": around(0.9, (g, x) => {
    const f = g.op("Reshape", [conv(g, x, 16, 8, 1), g.ints([1, 8, 64])]);
    const b = g.op("MatMul", [f, transposed(g, f, [0, 2, 1])]);
    const l = linear(g, g.op("Reshape", [b, g.ints([1, 64])]), 64, 16);
    return g.op("Mul", [x, g.op("Unsqueeze", [sigmoid(g, l), g.ints([2, 3])])]);
  }),
  "attention scaled by a size from Shape": graph(
    0.6,
    (g) => {
      const x = linear(g, tokens(g, 12, "n"), 12, 16);
      const [q, k, v] = [0, 1, 2].map(() => heads(g, linear(g, x, 16, 16), [2, 8])) as [
        string,
        string,
        string,
      ];
      const d = g.op("Sqrt", [
        g.op("Cast", [g.op("Slice", [g.op("Shape", [q]), g.ints([-1]), g.ints([9223372036])])], { to: 1 }),
      ]);
      const s = g.op("MatMul", [g.op("Div", [q, d]), transposed(g, k, [0, 1, 3, 2])]);
      ends(
        g,
        linear(
          g,
          linear(g, merged(g, g.op("MatMul", [g.op("Softmax", [s], { axis: -1 }), v]), 16), 16, 16),
          16,
          3,
        ),
      );
    },
    { modes: ["channels", "both"] },
  ),
  "one key head tiled for all queries": between(0.6, (g, x) => {
    const k = g.op("Tile", [g.op("Unsqueeze", [linear(g, x, 16, 8), g.ints([1])]), g.ints([1, 4, 1, 1])]);
    const q = heads(g, linear(g, x, 16, 32), [4, 8]);
    const p = g.op("Softmax", [g.op("MatMul", [q, transposed(g, k, [0, 1, 3, 2])])], { axis: -1 });
    const v = g.op("Tile", [g.op("Unsqueeze", [linear(g, x, 16, 8), g.ints([1])]), g.ints([1, 4, 1, 1])]);
    return linear(g, merged(g, g.op("MatMul", [p, v]), 32), 32, 16);
  }),
};
