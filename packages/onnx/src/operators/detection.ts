import type { Kit } from "@prune/graph";
import { add, type Dim, floorDivide, type Layout, multiply, symbol } from "@prune/graph/advanced";
import { numbers, range, says, wrap } from "@prune/graph/rules";
import { constant } from "../fold/constant.js";
import { gather } from "../fold/gather.js";
import { movement } from "../fold/movement.js";
import { slice } from "../fold/slice.js";
import { has, int, ints, type OnnxNode, type OnnxRule, text } from "./node.js";
import { bare, type OperatorTable } from "./record.js";
import { besideIndices, borders, samples } from "./support.js";

const labelsOf = (rank: number): string[] => range(rank).map((d) => `d${d}`);
const counted = (node: OnnxNode, what: string): Dim => symbol(`${what} of ${node.outputs[0]}`);

/** Keeps all inputs whole: what comes out depends on where each number is. */
function keep(node: OnnxNode, kit: Kit, why: string): void {
  node.inputs.forEach((_, i) => {
    if (has(node, i) && kit.raw(i)?.layout) kit.pin(kit.layout(i), undefined, why, "position");
  });
}

/** Inputs that stay whole, outputs whose sizes are worked out from theirs. */
const kept =
  (why: string, shapes: (node: OnnxNode, kit: Kit) => readonly (readonly Dim[] | undefined)[]): OnnxRule =>
  (node, kit) => {
    const outputs = shapes(node, kit);
    keep(node, kit, why);
    return node.outputs.map((_, i) => {
      const shape = outputs[i];
      return { layout: shape && kit.fixed(shape) };
    });
  };

const like = (dims: readonly Dim[], dim: number, size: Dim): Dim[] =>
  dims.map((d, i) => (i === dim ? size : d));

const unique = kept("Unique looks for equal numbers", (node, kit) => {
  const dims = kit.shape(0);
  const axis = int(node, "axis");
  const n = counted(node, "count");
  if (axis === undefined) return [[n], [n], [dims.reduce(multiply, 1)], [n]];
  const dim = wrap(axis, dims.length);
  return [like(dims, dim, n), [n], [dims[dim] as Dim], [n]];
});

const compress: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  kit.pin(kit.layout(1), undefined, "condition", "position");
  const axis = int(node, "axis");
  const n = counted(node, "count");
  if (axis === undefined) {
    kit.pin(x, undefined, "picked by a condition", "position");
    return kit.fixed([n]);
  }
  const dim = wrap(axis, x.rank);
  kit.pin(x, [dim], "picked by a condition", "position");
  return kit.resize(x, dim, n);
};

/** Columns of a window's cells put back side by side: channels lie outermost among them. */
const col2Im: OnnxRule = (_, kit) => {
  const x = kit.layout(0);
  const [image, block] = [kit.data(1), numbers(kit.data(2))];
  const [n, columns, places] = kit.shape(x) as [Dim, Dim, Dim];
  if (!image || !block || typeof columns !== "number")
    return kit.opaque("Col2Im with sizes known only at run time");
  const cells = block.reduce((a, b) => a * b, 1);
  const open = kit.reshape(x, [n, columns / cells, cells, places]);
  kit.pin(open, [2, 3], "cells of a window", "window");
  const channels = kit.redim(kit.drop(open, [2, 3]), [0, 1, ...image.map(() => -1)]);
  return image.reduce<Layout>((y, size, i) => kit.resize(y, i + 2, size), channels);
};

/** Operands with an index along an axis; in other dims position i of one is position i of the others. */
export function besideIndex(
  kit: Kit,
  x: Layout,
  others: readonly Layout[],
  axis: number,
  why: string,
): Layout {
  const labels = labelsOf(x.rank);
  const dims = kit.shape(x);
  return others.reduce((y, other) => {
    const uneven = kit.shape(other).flatMap((size, d) => (d === axis || size !== dims[d] ? [d] : []));
    kit.pin(other, uneven, why, "table");
    kit.pin(y, uneven, why, "table");
    return kit.meet(
      [
        [y, labels],
        [kit.drop(other, uneven), labels.map((label, d) => (uneven.includes(d) ? "" : label))],
      ],
      labels,
    );
  }, x);
}

const reverseSequence: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  kit.pin(x, [int(node, "batch_axis", 1), int(node, "time_axis", 0)], "reversed by lengths", "sequence");
  kit.pin(kit.layout(1), undefined, "lengths", "sequence");
  return x;
};

const maxUnpool: OnnxRule = (node, kit) => {
  const [x, index] = [kit.layout(0), kit.layout(1)];
  const dims = kit.shape(x);
  const spatial = range(x.rank - 2).map((i) => i + 2);
  for (const layout of [x, index]) kit.pin(layout, spatial, "positions of an unpooling", "window");
  const kernel = ints(node, "kernel_shape") ?? [];
  const strides = ints(node, "strides") ?? kernel.map(() => 1);
  const pads = ints(node, "pads") ?? new Array<number>(2 * kernel.length).fill(0);
  const stated = has(node, 2) ? kit.data(2)?.slice(2) : undefined;
  if (has(node, 2) && !stated) return kit.opaque("unpooling to a size known only at run time");
  const sizes =
    stated ??
    kernel.map((k, i) => {
      const grown = multiply(add(dims[i + 2] as Dim, -1), strides[i] as number);
      return add(grown, k - (pads[i] as number) - (pads[kernel.length + i] as number));
    });
  const labels = labelsOf(x.rank);
  const both = kit.meet(
    [
      [x, labels],
      [index, labels],
    ],
    labels,
  );
  return sizes.reduce<Layout>((y, size, i) => kit.resize(y, i + 2, size), both);
};

const drawn = kept("drawn at random by position", (node, kit) => {
  const stated = ints(node, "shape");
  return [stated ?? kit.shape(0)];
});

const multinomial = kept("drawn by position", (node, kit) => [
  [kit.shape(0)[0] as Dim, int(node, "sample_size", 1)],
]);

const stft = kept("STFT mixes the samples of a frame", (node, kit) => {
  const [batch, length] = kit.shape(0) as [Dim, Dim];
  const step = kit.data(1)?.[0];
  const frame = has(node, 3) ? kit.data(3)?.[0] : has(node, 2) ? kit.shape(2)[0] : length;
  if (typeof step !== "number" || typeof frame !== "number") return [undefined];
  const frames = add(floorDivide(add(length, -frame), step), 1);
  const bins = int(node, "onesided", 1) ? Math.floor(frame / 2) + 1 : frame;
  return [[batch, frames, bins, 2]];
});

const dft: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const last = x.rank - 1;
  const given = node.opset >= 20 ? (has(node, 2) ? kit.data(2)?.[0] : -2) : int(node, "axis", 1);
  if (typeof given !== "number") return kit.opaque("DFT along an axis known only at run time");
  const axis = wrap(given, x.rank);
  kit.pin(x, [axis, last], "DFT mixes positions of the axis", "softmax");
  const length = has(node, 1) ? kit.data(1)?.[0] : undefined;
  if (has(node, 1) && length === undefined) return kit.opaque("DFT of a length known only at run time");
  const onesided = int(node, "onesided", 0) === 1;
  const inverse = int(node, "inverse", 0) === 1;
  const size = length ?? (kit.shape(x)[axis] as Dim);
  const bins = onesided && !inverse ? add(floorDivide(size, 2), 1) : size;
  const real = onesided && inverse;
  const full = real && length === undefined ? multiply(add(size, -1), 2) : bins;
  return kit.resize(kit.resize(x, axis, full), last, real ? 1 : 2);
};

const centerCropPad: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const axes = ints(node, "axes")?.map((d) => wrap(d, x.rank)) ?? range(x.rank);
  const sizes = kit.data(1);
  if (!sizes) return kit.opaque("cropped to a size known only at run time");
  kit.pin(x, axes, "cropped or padded about its middle", "pad");
  return axes.reduce<Layout>((y, dim, i) => kit.resize(y, dim, sizes[i] as Dim), x);
};

const affineGrid = kept("a transform", (_, kit) => {
  const size = kit.data(1);
  return [size && [size[0] as Dim, ...size.slice(2), size.length - 2]];
});

const maxRoiPool: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  kit.pin(x, [0, 2, 3], "regions are taken from the axis", "window");
  kit.pin(kit.layout(1), undefined, "regions", "window");
  const sizes = [kit.shape(1)[0] as Dim, ...(ints(node, "pooled_shape") ?? [])];
  return [0, 2, 3].reduce<Layout>((y, dim, i) => kit.resize(y, dim, sizes[i] as Dim), x);
};

const loss = kept("a loss compares classes", (node, kit) => {
  const scores = kit.shape(0);
  const whole = text(node, "reduction", "mean") !== "none";
  return [whole ? [] : [scores[0] as Dim, ...scores.slice(2)], scores];
});

const window: OnnxRule = (_, kit) => {
  const size = kit.data(0)?.[0];
  return { layout: size === undefined ? undefined : kit.fixed([size]) };
};

const isRandom = (): boolean => true;

const depends = says(
  "nothing: what it gives depends on what its inputs hold; its shape is followed",
  "its inputs",
);

/** Operators whose outputs depend on what inputs hold, or on where it is. */
export const detection: OperatorTable = {
  NonZero: {
    ...bare,
    rule: kept("positions of what isn't zero", (node, kit) => {
      const { length } = kit.shape(0);
      return [length === 0 ? undefined : [length, counted(node, "count")]];
    }),
    support: depends,
    fold: gather.NonZero,
    types: ["int64"],
    decides: [0],
    isExact: true,
  },
  NonMaxSuppression: {
    ...bare,
    rule: kept("boxes and scores", (node) => [[counted(node, "count"), 3]]),
    support: depends,
    types: ["int64"],
    decides: "all",
    isExact: true,
  },
  Unique: {
    ...bare,
    rule: unique,
    support: depends,
    types: [{ like: 0 }, "int64"],
    decides: [0],
    isExact: true,
  },
  Compress: { ...bare, rule: compress, support: depends, fold: slice.Compress, isExact: true },
  Col2Im: { ...bare, rule: col2Im, support: says("channels", "cells of a window") },
  ReverseSequence: {
    ...bare,
    rule: reverseSequence,
    support: says("output with input", "batch and time"),
    fold: movement.ReverseSequence,
    isExact: true,
  },
  MaxUnpool: {
    ...bare,
    rule: maxUnpool,
    support: says("values with indices, channel by channel", "space"),
    isExact: true,
  },
  MaxRoiPool: { ...bare, rule: maxRoiPool, support: samples, decides: [1], isExact: true },
  Bernoulli: { ...bare, rule: drawn, support: depends, isRandom, decides: [0] },
  RandomNormal: { ...bare, rule: drawn, support: depends, isRandom },
  RandomUniform: { ...bare, rule: drawn, support: depends, isRandom },
  RandomNormalLike: { ...bare, rule: drawn, support: depends, isRandom },
  RandomUniformLike: { ...bare, rule: drawn, support: depends, isRandom },
  EyeLike: {
    ...bare,
    rule: kept("a diagonal", (_, kit) => [kit.shape(0)]),
    support: depends,
    fold: constant.EyeLike,
    isExact: true,
  },
  Multinomial: { ...bare, rule: multinomial, support: depends, isRandom, decides: [0] },
  STFT: { ...bare, rule: stft, support: depends },
  DFT: { ...bare, rule: dft, support: depends },
  CenterCropPad: { ...bare, rule: centerCropPad, support: borders },
  AffineGrid: { ...bare, rule: affineGrid, support: depends },
  Det: {
    ...bare,
    rule: kept("a determinant mixes rows and columns", (_, kit) => [kit.shape(0).slice(0, -2)]),
    support: depends,
  },
  NegativeLogLikelihoodLoss: { ...bare, rule: loss, support: depends },
  SoftmaxCrossEntropyLoss: { ...bare, rule: loss, support: depends },
  HannWindow: { ...bare, rule: window, support: depends },
  HammingWindow: { ...bare, rule: window, support: depends },
  BlackmanWindow: { ...bare, rule: window, support: depends },
  TensorScatter: {
    ...bare,
    rule: kept("written to by position", (_, kit) => [kit.shape(0)]),
    support: besideIndices,
  },
  MelWeightMatrix: {
    ...bare,
    rule: kept("a table of frequencies", (_, kit) => {
      const [bins, length] = [kit.data(0)?.[0], kit.data(1)?.[0]];
      return [
        bins === undefined || length === undefined ? undefined : [add(floorDivide(length, 2), 1), bins],
      ];
    }),
    support: depends,
  },
};
