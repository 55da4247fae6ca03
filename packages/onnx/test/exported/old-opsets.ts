import { around, conv, type Exported, ends, graph, image, relu, scalar } from "./kit.js";

export const oldOpsets: Readonly<Record<string, Exported>> = {
  "opset 7: Reshape, Dropout, BatchNormalization, Gemm with C": graph(
    0.4,
    (g) => {
      const x = g.op("BatchNormalization", [
        conv(g, image(g), 3, 16),
        g.weight([16]),
        g.weight([16]),
        g.weight([16]),
        g.floats([16], new Array(16).fill(1)),
      ]);
      const pooled = g.op("MaxPool", [g.op("Dropout", [relu(g, x)])], {
        kernel_shape: [2, 2],
        strides: [2, 2],
      });
      const flat = g.op("Reshape", [pooled, g.ints([1, -1])]);
      const h = relu(g, g.op("Gemm", [flat, g.weight([20, 256]), g.weight([20])], { transB: 1 }));
      ends(g, g.op("Gemm", [h, g.weight([5, 20]), g.weight([5])], { transB: 1 }));
    },
    { options: { opset: 7, ir: 3 } },
  ),
  "opset 9: Upsample, Slice by attributes, Squeeze": around(
    0.45,
    (g, x) => {
      const up = g.op("Upsample", [conv(g, x, 16, 16), g.floats([4], [1, 1, 2, 2])], { mode: "nearest" });
      const cut = g.op("Slice", [up], { starts: [1, 1], ends: [9, 9], axes: [2, 3] });
      return g.op("Add", [x, cut]);
    },
    { opset: 9, ir: 4 },
  ),
  "opset 10: Resize, Slice by inputs; opset 11 Pad and Clip": around(
    0.45,
    (g, x) => {
      const padded = g.op("Pad", [x, g.ints([0, 0, 1, 1, 0, 0, 1, 1])]);
      const y = g.op("Conv", [padded, g.weight([16, 16, 3, 3])]);
      return g.op("Clip", [y, scalar(g, 0), scalar(g, 6)]);
    },
    { opset: 11, ir: 6 },
  ),
  "opset 12: flatten by Shape, Gather, Unsqueeze, Concat": graph(
    0.55,
    (g) => {
      const x = relu(g, conv(g, g.input("x", ["batch", 3, 8, 8]), 3, 16));
      const pooled = g.op("GlobalAveragePool", [x]);
      const batch = g.op("Unsqueeze", [g.op("Gather", [g.op("Shape", [pooled]), g.ints([0], [])])], {
        axes: [0],
      });
      const flat = g.op("Reshape", [pooled, g.op("Concat", [batch, g.ints([-1])], { axis: 0 })]);
      ends(g, g.op("Gemm", [flat, g.weight([5, 16])], { transB: 1 }));
    },
    { options: { opset: 12, ir: 7 } },
  ),
};
