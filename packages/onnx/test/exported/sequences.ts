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
};
