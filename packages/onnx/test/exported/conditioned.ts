import type { Builder } from "./builder.js";
import { around, conv, type Exported, ends, graph, image, linear, relu, scalar } from "./kit.js";

const sigmoid = (g: Builder, x: string): string => g.op("Sigmoid", [x]);

const transposed = (g: Builder, x: string, perm: readonly number[]): string =>
  g.op("Transpose", [x], { perm });

export const conditioned: Readonly<Record<string, Exported>> = {
  "selective kernels": around(0.5, (g, x) => {
    const [a, b] = [conv(g, x, 16, 16), conv(g, x, 16, 16, 5)];
    const s = g.op("GlobalAveragePool", [g.op("Add", [a, b])]);
    const z = relu(g, conv(g, s, 16, 8, 1));
    const st = g.op(
      "Concat",
      [
        g.op("Unsqueeze", [conv(g, z, 8, 16, 1), g.ints([1])]),
        g.op("Unsqueeze", [conv(g, z, 8, 16, 1), g.ints([1])]),
      ],
      { axis: 1 },
    );
    const at = g.op("Softmax", [st], { axis: 1 });
    const f = g.op("Concat", [g.op("Unsqueeze", [a, g.ints([1])]), g.op("Unsqueeze", [b, g.ints([1])])], {
      axis: 1,
    });
    return g.op("ReduceSum", [g.op("Mul", [f, at]), g.ints([1])], { keepdims: 0 });
  }),
  "modulated convolution": graph(0.7, (g) => {
    const x = conv(g, image(g), 3, 16);
    const s = linear(g, g.input("z", [1, 8]), 8, 16);
    const w = g.weight([1, 16, 16, 3, 3], 0.2);
    const m = g.op("Mul", [w, g.op("Reshape", [s, g.ints([1, 1, 16, 1, 1])])]);
    const d = g.op("Reciprocal", [
      g.op("Sqrt", [
        g.op("Add", [g.op("ReduceSum", [g.op("Mul", [m, m]), g.ints([2, 3, 4])]), scalar(g, 1e-8)]),
      ]),
    ]);
    const k = g.op("Reshape", [g.op("Mul", [m, d]), g.ints([16, 16, 3, 3])]);
    const y = g.op("Conv", [g.op("Reshape", [x, g.ints([1, 16, 8, 8])]), k], { pads: [1, 1, 1, 1] });
    ends(g, conv(g, relu(g, y), 16, 4));
  }),
  "a skip cropped by Shape": graph(0.45, (g) => {
    const x = relu(g, conv(g, g.input("x", [1, 3, 8, 8]), 3, 16));
    const d = relu(g, conv(g, g.op("MaxPool", [x], { kernel_shape: [2, 2], strides: [2, 2] }), 16, 32));
    const up = g.op("ConvTranspose", [d, g.weight([32, 16, 2, 2]), g.weight([16])], { strides: [2, 2] });
    const sh = g.op("Shape", [up]);
    const crop = g.op("Slice", [
      x,
      g.ints([0, 0]),
      g.op("Slice", [sh, g.ints([2]), g.ints([4])]),
      g.ints([2, 3]),
    ]);
    ends(g, conv(g, relu(g, conv(g, g.op("Concat", [crop, up], { axis: 1 }), 32, 16)), 16, 2));
  }),
  "a class token expanded to a batch known at run time": graph(0.5, (g) => {
    const x = conv(g, g.input("x", ["b", 3, 8, 8]), 3, 16, 1);
    const t = transposed(g, g.op("Reshape", [x, g.ints([0, 16, -1])]), [0, 2, 1]);
    const b = g.op("Slice", [g.op("Shape", [t]), g.ints([0]), g.ints([1])]);
    const cls = g.op("Expand", [
      g.weight([1, 1, 16], 1),
      g.op(
        "Concat",
        [b, g.ints([-1, -1])].map((v, i) => (i ? g.ints([1, 16]) : v)),
        { axis: 0 },
      ),
    ]);
    const z = g.op("Add", [g.op("Concat", [cls, t], { axis: 1 }), g.weight([1, 65, 16], 1)]);
    const h = g.op("Add", [
      z,
      linear(
        g,
        relu(g, linear(g, g.op("LayerNormalization", [z, g.weight([16]), g.weight([16])]), 16, 32)),
        32,
        16,
      ),
    ]);
    ends(g, linear(g, g.op("Gather", [h, g.ints([0], [])], { axis: 1 }), 16, 3));
  }),
  DeformConv: around(
    0.9,
    (g, x) => {
      const off = conv(g, x, 16, 18);
      return relu(
        g,
        g.op("DeformConv", [x, g.weight([16, 16, 3, 3]), off, g.weight([16])], {
          kernel_shape: [3, 3],
          pads: [1, 1, 1, 1],
        }),
      );
    },
    { opset: 19 },
  ),
  "weights that a network makes": graph(0.9, (g) => {
    const z = linear(g, g.input("z", [1, 6]), 6, 12);
    const w = g.op("Reshape", [linear(g, relu(g, z), 12, 64), g.ints([8, 8])]);
    const x = linear(g, g.input("x", [1, 5]), 5, 8);
    ends(g, linear(g, g.op("MatMul", [x, w]), 8, 3));
  }),
  "features scaled and shifted by a condition": graph(0.5, (g) => {
    const x = conv(g, image(g), 3, 16);
    const h = linear(g, relu(g, linear(g, g.input("z", [1, 6]), 6, 12)), 12, 32);
    const [a, b] = g.ops("Split", [g.op("Unsqueeze", [h, g.ints([2, 3])])], 2, { axis: 1 }) as [
      string,
      string,
    ];
    ends(g, conv(g, relu(g, g.op("Add", [g.op("Mul", [x, g.op("Add", [a, scalar(g, 1)])]), b])), 16, 4));
  }),
  "opset 21: group norms around a time embedding": graph(
    0.6,
    (g) => {
      const x = conv(g, image(g), 3, 16);
      const t = linear(g, g.input("t", [1, 8]), 8, 16);
      const gn = (y: string) =>
        g.op("GroupNormalization", [y, g.weight([16]), g.weight([16])], { num_groups: 4 });
      const silu = (y: string) => g.op("Mul", [y, sigmoid(g, y)]);
      const h = g.op("Add", [conv(g, silu(gn(x)), 16, 16), g.op("Unsqueeze", [t, g.ints([2, 3])])]);
      ends(g, conv(g, g.op("Add", [x, conv(g, silu(gn(h)), 16, 16)]), 16, 4));
    },
    { options: { opset: 21, ir: 10 } },
  ),
};
