import type { Builder } from "./builder.js";
import {
  conv,
  type Exported,
  ends,
  graph,
  image,
  layerNorm,
  linear,
  relu,
  scalar,
  spatial,
  tokens,
} from "./kit.js";

const sigmoid = (g: Builder, x: string): string => g.op("Sigmoid", [x]);

const transposed = (g: Builder, x: string, perm: readonly number[]): string =>
  g.op("Transpose", [x], { perm });

/** Constants beside what is computed: zeros, positions, tables. */
export const stored: Readonly<Record<string, Exported>> = {
  "zeros made by ConstantOfShape, small and read twice": graph(0.35, (g) => {
    const x = relu(g, conv(g, image(g), 3, 16));
    const zeros = g.op("ConstantOfShape", [g.ints([1, 8, 8, 8])], {
      value: { tensor: { dims: [1], dataType: 1, floatData: [0] } },
    });
    const padded = (y: string): string => g.op("Concat", [y, zeros], { axis: 1 });
    const y = relu(g, g.op("Add", [conv(g, x, 16, 24), padded(x)]));
    ends(g, conv(g, relu(g, g.op("Add", [conv(g, y, 24, 32), padded(y)])), 32, 4));
  }),
  "states that begin as one expanded zero": graph(0.4, (g) => {
    const zero = g.op("Expand", [scalar(g, 0), g.ints([1, 8, 6, 6])]);
    let [h, c] = [zero, zero];
    const [w, b] = [g.weight([32, 9, 3, 3]), g.weight([32])];
    const frames = g.input("x", [1, 2, 1, 6, 6]);
    for (const t of [0, 1]) {
      const frame = g.op("Gather", [frames, g.ints([t], [])], { axis: 1 });
      const all = g.op("Conv", [g.op("Concat", [frame, h], { axis: 1 }), w, b], spatial(3));
      const [i, f, o, u] = g.ops("Split", [all], 4, { axis: 1 }) as [string, string, string, string];
      c = g.op("Add", [g.op("Mul", [sigmoid(g, f), c]), g.op("Mul", [sigmoid(g, i), g.op("Tanh", [u])])]);
      h = g.op("Mul", [sigmoid(g, o), g.op("Tanh", [c])]);
    }
    ends(g, conv(g, h, 8, 4));
  }),
  "positions written by constant indices": graph(0.6, (g) => {
    const x = relu(g, linear(g, tokens(g), 12, 16));
    const index = Array.from({ length: 2 * 16 }, (_, i) => (i < 16 ? 3 : 1));
    const part = g.op("Slice", [x, g.ints([0]), g.ints([2]), g.ints([1])]);
    const zeros = g.floats([1, 5, 16], new Array(80).fill(0.1));
    ends(g, linear(g, g.op("ScatterElements", [zeros, g.ints(index, [1, 2, 16]), part], { axis: 1 }), 16, 3));
  }),
  "positions written that differ by channel": graph(0.6, (g) => {
    const x = relu(g, linear(g, tokens(g), 12, 16));
    const index = Array.from({ length: 2 * 16 }, (_, i) => (i * 3) % 5);
    const part = g.op("Slice", [x, g.ints([0]), g.ints([2]), g.ints([1])]);
    ends(g, linear(g, g.op("ScatterElements", [x, g.ints(index, [1, 2, 16]), part], { axis: 1 }), 16, 3));
  }),
  "channels written by constant indices, as exporters write slices that are assigned": graph(0.6, (g) => {
    const x = transposed(g, relu(g, linear(g, tokens(g), 12, 16)), [2, 0, 1]);
    const rows = (from: number, to: number): string =>
      g.op("Slice", [x, g.ints([from]), g.ints([to]), g.ints([0])]);
    const listed = (from: number, to: number): string =>
      g.ints(
        Array.from({ length: to - from }, (_, i) => from + i),
        [to - from, 1],
      );
    const zeros = g.floats([16, 1, 5], new Array(80).fill(0));
    const some = g.op("ScatterND", [zeros, listed(0, 6), rows(0, 6)]);
    const all = g.op("ScatterND", [some, listed(6, 16), rows(6, 16)]);
    ends(g, linear(g, transposed(g, all, [1, 2, 0]), 16, 3));
  }),
  "a temporal shift: part of the channels from the frame before": graph(0.6, (g) => {
    const x = g.op("Reshape", [relu(g, conv(g, g.input("x", [4, 3, 4, 4]), 3, 8)), g.ints([1, 4, 8, 4, 4])]);
    const index: number[] = [];
    for (let t = 1; t < 4; t++) for (let c = 0; c < 3; c++) index.push(0, t, c);
    const before = g.op("Slice", [x, g.ints([0, 0]), g.ints([3, 3]), g.ints([1, 2])]);
    const shifted = g.op("ScatterND", [x, g.ints(index, [1, 3, 3, 3]), before]);
    ends(g, conv(g, g.op("Reshape", [shifted, g.ints([4, 8, 4, 4])]), 8, 4));
  }),
  "a 1x1 convolution over tokens, width in its place": graph(0.6, (g) => {
    const x = linear(g, tokens(g), 12, 16);
    const mix = (y: string, from: number, to: number): string =>
      g.op("Conv", [y, g.weight([to, from, 1]), g.weight([to])]);
    const y = g.op("Add", [x, mix(relu(g, mix(layerNorm(g, x, 16), 5, 6)), 6, 5)]);
    ends(g, linear(g, layerNorm(g, y, 16), 16, 3));
  }),
  "a codebook whose norms are constants": graph(0.6, (g) => {
    const x = linear(g, tokens(g), 12, 16);
    const book = g.weight([7, 16], 1);
    const norms = g.op("ReduceSum", [g.op("Pow", [book, scalar(g, 2)]), g.ints([1])], { keepdims: 0 });
    const near = g.op("Sub", [g.op("MatMul", [x, transposed(g, book, [1, 0])]), norms]);
    g.op("Sigmoid", [near], {}, "scores");
    g.output("scores");
    ends(g, linear(g, g.op("MatMul", [g.op("Softmax", [near], { axis: -1 }), book]), 16, 3));
  }),
};
