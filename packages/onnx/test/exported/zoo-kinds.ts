import type { Builder } from "./builder.js";
import {
  attended,
  conv,
  type Exported,
  ends,
  graph,
  image,
  layerNorm,
  linear,
  relu,
  spatial,
} from "./kit.js";

/** Axes of a map [1, 8, 8, c] rolled by some places, as exporters write it: two slices, joined the other way round. */
const rolled = (g: Builder, x: string, by: number): string =>
  [1, 2].reduce((map, axis) => {
    const part = (from: number, to: number): string =>
      g.op("Slice", [map, g.ints([from]), g.ints([to]), g.ints([axis])]);
    const at = by < 0 ? -by : 8 - by;
    return g.op("Concat", [part(at, 8), part(0, at)], { axis });
  }, x);

/** [1, 8, 8, c] to windows of 4 x 4: [4, 16, c]. */
const windows = (g: Builder, x: string, width: number): string => {
  const apart = g.op("Reshape", [x, g.ints([1, 2, 4, 2, 4, width])]);
  return g.op("Reshape", [g.op("Transpose", [apart], { perm: [0, 1, 3, 2, 4, 5] }), g.ints([4, 16, width])]);
};

const joined = (g: Builder, x: string, width: number): string => {
  const apart = g.op("Reshape", [x, g.ints([1, 2, 2, 4, 4, width])]);
  return g.op("Reshape", [
    g.op("Transpose", [apart], { perm: [0, 1, 3, 2, 4, 5] }),
    g.ints([1, 8, 8, width]),
  ]);
};

/** Attention inside windows of a map of width 16, with a bias by relative position and a mask for each window. */
function windowAttention(g: Builder, x: string, masked: boolean): string {
  const packed = g.op("Reshape", [linear(g, windows(g, x, 16), 16, 96), g.ints([4, 16, 3, 4, 8])]);
  const [q, k, v] = [0, 1, 2].map((i) => {
    const picked = g.op("Gather", [g.op("Transpose", [packed], { perm: [2, 0, 3, 1, 4] }), g.ints([i], [])]);
    return picked;
  }) as [string, string, string];
  const positions = Array.from({ length: 256 }, (_, i) => (Math.floor(i / 16) - (i % 16) + 15) % 31);
  const table = g.op("Gather", [g.weight([31, 4]), g.ints(positions)]);
  const bias = g.op("Unsqueeze", [
    g.op("Transpose", [g.op("Reshape", [table, g.ints([16, 16, 4])])], { perm: [2, 0, 1] }),
    g.ints([0]),
  ]);
  const hidden = attended(g, q, k, v, 8, (scores) => {
    const biased = g.op("Add", [scores, bias]);
    if (!masked) return biased;
    const mask = Array.from({ length: 4 * 256 }, (_, i) => (i % 7 === 0 ? -100 : 0));
    const opened = g.op("Reshape", [biased, g.ints([1, 4, 4, 16, 16])]);
    return g.op("Reshape", [
      g.op("Add", [opened, g.floats([1, 4, 1, 16, 16], mask)]),
      g.ints([4, 4, 16, 16]),
    ]);
  });
  const flat = g.op("Reshape", [g.op("Transpose", [hidden], { perm: [0, 2, 1, 3] }), g.ints([4, 16, 32])]);
  return joined(g, linear(g, flat, 32, 16), 16);
}

const lastChannels = (g: Builder, x: string): string => g.op("Transpose", [x], { perm: [0, 2, 3, 1] });

/** What makes whole families of the zoo what they are, small. */
export const zooKinds: Readonly<Record<string, Exported>> = {
  "Swin: windows, then shifted windows with a mask, then merged patches": graph(
    0.6,
    (g) => {
      const start = lastChannels(g, conv(g, image(g), 3, 16));
      const block = (x: string, shift: number): string => {
        const normed = layerNorm(g, x, 16);
        const moved = shift === 0 ? normed : rolled(g, normed, -shift);
        const mixed = windowAttention(g, moved, shift !== 0);
        const kept = g.op("Add", [x, shift === 0 ? mixed : rolled(g, mixed, shift)]);
        const wide = relu(g, linear(g, layerNorm(g, kept, 16), 16, 32));
        return g.op("Add", [kept, linear(g, wide, 32, 16)]);
      };
      const last = block(block(start, 0), 2);
      const corner = (i: number): string =>
        g.op("Slice", [last, g.ints([i % 2, i >> 1]), g.ints([8, 8]), g.ints([1, 2]), g.ints([2, 2])]);
      const merged = g.op("Concat", [0, 1, 2, 3].map(corner), { axis: -1 });
      ends(g, linear(g, linear(g, merged, 64, 24), 24, 3));
    },
    { modes: ["channels", "both"], parts: { channels: 104, columns: 16, rows: 8 } },
  ),
  "MobileNet: inverted residuals with squeeze and excite": graph(0.5, (g) => {
    const block = (x: string): string => {
      const wide = relu(g, conv(g, x, 16, 48, 1));
      const deep = relu(
        g,
        g.op("Conv", [wide, g.weight([48, 1, 3, 3]), g.weight([48])], { ...spatial(3), group: 48 }),
      );
      const gate = g.op("HardSigmoid", [
        conv(g, relu(g, conv(g, g.op("GlobalAveragePool", [deep]), 48, 12, 1)), 12, 48, 1),
      ]);
      return g.op("Add", [x, conv(g, g.op("Mul", [deep, gate]), 48, 16, 1)]);
    };
    ends(g, conv(g, block(block(conv(g, image(g), 3, 16))), 16, 4));
  }),
  "U-Net: skips that are joined on the way up": graph(0.5, (g) => {
    const one = relu(g, conv(g, image(g), 3, 8));
    const pooled = (x: string): string => g.op("MaxPool", [x], { kernel_shape: [2, 2], strides: [2, 2] });
    const two = relu(g, conv(g, pooled(one), 8, 16));
    const three = relu(g, conv(g, pooled(two), 16, 24));
    const up = (x: string, from: number, to: number): string =>
      g.op("ConvTranspose", [x, g.weight([from, to, 2, 2]), g.weight([to])], {
        kernel_shape: [2, 2],
        strides: [2, 2],
      });
    const second = relu(g, conv(g, g.op("Concat", [two, up(three, 24, 16)], { axis: 1 }), 32, 16));
    const first = relu(g, conv(g, g.op("Concat", [one, up(second, 16, 8)], { axis: 1 }), 16, 8));
    ends(g, conv(g, first, 8, 2));
  }),
  "ShuffleNet V2: halves, one of them through a bottleneck, joined and shuffled": graph(0.6, (g) => {
    const block = (x: string): string => {
      const [left, right] = g.ops("Split", [x, g.ints([8, 8])], 2, { axis: 1 }) as [string, string];
      const thin = relu(g, conv(g, right, 8, 8, 1));
      const deep = g.op("Conv", [thin, g.weight([8, 1, 3, 3]), g.weight([8])], { ...spatial(3), group: 8 });
      const both = g.op("Concat", [left, relu(g, conv(g, deep, 8, 8, 1))], { axis: 1 });
      const apart = g.op("Reshape", [both, g.ints([1, 2, 8, 8, 8])]);
      return g.op("Reshape", [g.op("Transpose", [apart], { perm: [0, 2, 1, 3, 4] }), g.ints([1, 16, 8, 8])]);
    };
    ends(g, conv(g, block(block(relu(g, conv(g, image(g), 3, 16)))), 16, 4));
  }),
};
