import { between, type Exported, ends, graph, layerNorm, linear, relu, scalar } from "./kit.js";

export const sequences: Readonly<Record<string, Exported>> = {
  "an LSTM with peepholes and a state from outside": graph(0.5, (g) => {
    const x = linear(g, g.input("x", [5, 1, 12]), 12, 16);
    const [h] = g.ops(
      "LSTM",
      [
        x,
        g.weight([1, 64, 16], 0.3),
        g.weight([1, 64, 16], 0.3),
        g.weight([1, 128], 0.3),
        "",
        g.weight([1, 1, 16], 1),
        g.weight([1, 1, 16], 1),
        g.weight([1, 48], 0.3),
      ],
      1,
      { hidden_size: 16 },
    ) as [string];
    ends(g, linear(g, g.op("Squeeze", [h, g.ints([1])]), 16, 4));
  }),
  "a projected LSTM, as PyTorch decomposes it": graph(0.7, (g) => {
    const x = linear(g, g.input("x", [5, 1, 12]), 12, 16);
    const [h] = g.ops(
      "LSTM",
      [x, g.weight([1, 64, 16], 0.3), g.weight([1, 64, 16], 0.3), g.weight([1, 128], 0.3)],
      1,
      { hidden_size: 16 },
    ) as [string];
    const y = linear(g, g.op("Squeeze", [h, g.ints([1])]), 16, 8);
    ends(g, linear(g, y, 8, 4));
  }),
  "two bidirectional GRUs": graph(0.5, (g) => {
    const x = linear(g, g.input("x", [5, 1, 12]), 12, 16);
    const layer = (y: string, width: number): string => {
      const [h] = g.ops(
        "GRU",
        [y, g.weight([2, 24, width], 0.3), g.weight([2, 24, 8], 0.3), g.weight([2, 48], 0.3)],
        1,
        { hidden_size: 8, direction: "bidirectional", linear_before_reset: 1 },
      ) as [string];
      return g.op("Reshape", [g.op("Transpose", [h], { perm: [0, 2, 1, 3] }), g.ints([0, 0, -1])]);
    };
    ends(g, linear(g, layer(layer(x, 16), 16), 16, 4));
  }),
  "a transducer's joint network": graph(0.45, (g) => {
    const encoded = linear(g, relu(g, linear(g, g.input("x", [1, 5, 12]), 12, 16)), 16, 16);
    const predicted = linear(g, g.input("u", [1, 3, 8]), 8, 16);
    const joint = g.op("Tanh", [
      g.op("Add", [g.op("Unsqueeze", [encoded, g.ints([2])]), g.op("Unsqueeze", [predicted, g.ints([1])])]),
    ]);
    ends(g, linear(g, joint, 16, 6));
  }),
  "tied embeddings": graph(0.55, (g) => {
    const table = g.weight([20, 16], 1);
    const x = g.op("Gather", [table, g.input("x", [1, 5], 7)]);
    const y = g.op("Add", [x, linear(g, relu(g, linear(g, layerNorm(g, x, 16), 16, 32)), 32, 16)]);
    ends(g, g.op("MatMul", [y, g.op("Transpose", [table], { perm: [1, 0] })]));
  }),
  "a state space by cumulative sums": between(0.5, (g, x) => {
    const decay = g.op("Exp", [
      g.op("CumSum", [g.op("Neg", [g.op("Softplus", [linear(g, x, 16, 16)])]), g.ints([1], [])]),
    ]);
    const u = g.op("Div", [linear(g, x, 16, 16), g.op("Add", [decay, scalar(g, 0.1)])]);
    const y = g.op("Mul", [g.op("CumSum", [u, g.ints([1], [])]), decay]);
    return g.op("Mul", [y, g.op("Sigmoid", [linear(g, x, 16, 16)])]);
  }),
  "a causal depthwise Conv1d between channels-last layers": between(0.55, (g, x) => {
    const t = g.op("Transpose", [x], { perm: [0, 2, 1] });
    const y = g.op("Conv", [t, g.weight([16, 1, 4]), g.weight([16])], { group: 16, pads: [3, 3] });
    const cut = g.op("Slice", [y, g.ints([0]), g.ints([5]), g.ints([2])]);
    return g.op("Transpose", [g.op("Mul", [cut, g.op("Sigmoid", [cut])])], { perm: [0, 2, 1] });
  }),
  "a dense mixture of experts, stacked": between(0.6, (g, x) => {
    const gates = g.op("Softmax", [linear(g, x, 16, 4)], { axis: -1 });
    const up = g.op("Einsum", [x, g.weight([4, 16, 24], 0.4)], { equation: "btd,edh->bteh" });
    const down = g.op("Einsum", [relu(g, up), g.weight([4, 24, 16], 0.4)], { equation: "bteh,ehd->bted" });
    return g.op("Einsum", [down, gates], { equation: "bted,bte->btd" });
  }),
  "a mixture of experts routed by TopK": between(0.75, (g, x) => {
    const scores = linear(g, x, 16, 4);
    const [values, index] = g.ops("TopK", [scores, g.ints([2])], 2, { axis: -1 }) as [string, string];
    const weights = g.op("Softmax", [values], { axis: -1 });
    const zeros = g.op("ConstantOfShape", [g.op("Shape", [scores])], {
      value: { tensor: { dims: [1], dataType: 1, floatData: [0] } },
    });
    const gates = g.op("ScatterElements", [zeros, index, weights], { axis: -1 });
    const experts = [0, 1, 2, 3].map((e) => {
      const y = linear(g, relu(g, linear(g, x, 16, 24)), 24, 16);
      return g.op("Mul", [y, g.op("Gather", [gates, g.ints([e])], { axis: 2 })]);
    });
    return g.op("Sum", experts);
  }),
  "a gated unit split by Slice": between(0.5, (g, x) => {
    const h = linear(g, x, 16, 48);
    const half = (from: number, to: number): string =>
      g.op("Slice", [h, g.ints([from]), g.ints([to]), g.ints([-1])]);
    return linear(g, g.op("Mul", [half(0, 24), g.op("Sigmoid", [half(24, 48)])]), 24, 16);
  }),
  "RMS norm with residuals and a fused gate": between(0.5, (g, x) => {
    const mean = g.op("ReduceMean", [g.op("Pow", [x, scalar(g, 2)])], { axes: [-1] });
    const norm = g.op("Mul", [
      g.weight([16]),
      g.op("Mul", [x, g.op("Reciprocal", [g.op("Sqrt", [g.op("Add", [mean, scalar(g, 1e-6)])])])]),
    ]);
    const [gate, up] = g.ops("Split", [linear(g, norm, 16, 48)], 2, { axis: -1 }) as [string, string];
    return g.op("Add", [
      x,
      linear(g, g.op("Mul", [g.op("Mul", [gate, g.op("Sigmoid", [gate])]), up]), 24, 16),
    ]);
  }),
  "sizes that a strided convolution leaves, read by Reshape and Equal": graph(
    0.5,
    (g) => {
      const image = g.input("x", ["batch", 3, "height", "width"]);
      const h = g.op("Conv", [image, g.weight([16, 3, 2, 2]), g.weight([16])], {
        kernel_shape: [2, 2],
        strides: [2, 2],
      });
      const sizes = g.op("Shape", [h]);
      const size = (i: number): string => g.op("Gather", [sizes, g.ints([i])]);
      const flat = g.op("Concat", [size(0), g.ints([16, -1])], { axis: 0 });
      const x = g.op("Transpose", [g.op("Reshape", [h, flat])], { perm: [0, 2, 1] });
      const length = g.op("Gather", [g.op("Shape", [x]), g.ints([1])]);
      const split = (): string => {
        const shape = g.op("Concat", [size(0), length, g.ints([-1, 4])], { axis: 0 });
        return g.op("Transpose", [g.op("Reshape", [linear(g, x, 16, 16), shape])], { perm: [0, 2, 1, 3] });
      };
      const want = g.op("Concat", [size(0), g.ints([1]), length, length], { axis: 0 });
      const known = g.op("Where", [g.op("Equal", [want, g.ints([-1])]), g.ints([1, 1, 1, 1]), want]);
      const bias = g.op("Expand", [g.floats([1, 1, 1, 1], [0.3]), known]);
      const scores = g.op("Add", [
        g.op("MatMul", [split(), g.op("Transpose", [split()], { perm: [0, 1, 3, 2] })]),
        bias,
      ]);
      const y = g.op("MatMul", [g.op("Softmax", [scores], { axis: -1 }), split()]);
      const back = g.op("Concat", [size(0), length, g.ints([16])], { axis: 0 });
      const merged = g.op("Reshape", [g.op("Transpose", [y], { perm: [0, 2, 1, 3] }), back]);
      ends(g, linear(g, linear(g, merged, 16, 16), 16, 3));
    },
    { parts: { channels: 32, rows: 4, columns: 8 } },
  ),
};
