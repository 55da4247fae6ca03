import * as tf from "@tensorflow/tfjs-core";
import { composed, type Workbench } from "./kernels.js";

type Sizes = [number, number, number, number];
type Info = ReturnType<typeof tf.backend_util.computeConv2DInfo>;

interface Attributes {
  readonly strides: number | [number, number];
  readonly dilations?: number | [number, number];
  readonly pad: never;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
  readonly filterShape: Sizes;
  readonly inputShape: Sizes;
}

const infoOf = (shape: Sizes, attrs: Attributes, depthwise: boolean, filter = attrs.filterShape): Info =>
  tf.backend_util.computeConv2DInfo(
    shape,
    filter,
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
  );

/** x with its borders, and room for strides to run over its end. */
function bordered(bench: Workbench, x: tf.TensorInfo, info: Info): tf.TensorInfo {
  const { top, bottom, left, right } = info.padInfo;
  const paddings = [
    [0, 0],
    [top, bottom + info.strideHeight],
    [left, right + info.strideWidth],
    [0, 0],
  ];
  return bench.run("PadV2", { x }, { paddings, constantValue: 0 });
}

/** What element (i, j) of a filter sees of bordered x: [batch, outHeight, outWidth, channels]. */
function seen(bench: Workbench, x: tf.TensorInfo, info: Info, i: number, j: number): tf.TensorInfo {
  const { strideHeight: sh, strideWidth: sw, outHeight: oh, outWidth: ow } = info;
  const [n, , , c] = x.shape as Sizes;
  const begin = [0, i * info.dilationHeight, j * info.dilationWidth, 0] as Sizes;
  if (sh === 1 && sw === 1) return bench.run("Slice", { x }, { begin, size: [n, oh, ow, c] });
  const end = [n, begin[1] + (oh - 1) * sh + 1, begin[2] + (ow - 1) * sw + 1, c];
  const masks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };
  return bench.run("StridedSlice", { x }, { begin, end, strides: [1, sh, sw, 1], ...masks });
}

const places = ([h, w]: readonly number[]): (readonly [number, number])[] =>
  Array.from(
    { length: (h as number) * (w as number) },
    (_, k) => [Math.floor(k / (w as number)), k % (w as number)] as const,
  );

/** All that each filter element sees side by side, times the gradient: one matrix product. */
export const conv2dBackpropFilter: tf.KernelConfig = composed(
  "Conv2DBackpropFilter",
  (bench, inputs, given) => {
    const attrs = given as unknown as Attributes;
    const { x, dy } = inputs as { x: tf.TensorInfo; dy: tf.TensorInfo };
    const info = infoOf(x.shape as Sizes, attrs, false);
    const [n, oh, ow, f] = dy.shape as Sizes;
    const [rows, c] = [n * oh * ow, x.shape[3] as number];
    const wide = bordered(bench, x, info);
    const columns = places(attrs.filterShape).map(([i, j]) =>
      bench.reshape(seen(bench, wide, info, i, j), [rows, c]),
    );
    const all = bench.run("Concat", columns, { axis: 1 });
    const turned = bench.run("Transpose", { x: all }, { perm: [1, 0] });
    const product = bench.run(
      "BatchMatMul",
      { a: bench.reshape(turned, [1, columns.length * c, rows]), b: bench.reshape(dy, [1, rows, f]) },
      { transposeA: false, transposeB: false },
    );
    return bench.keep(bench.reshape(product, attrs.filterShape));
  },
);

/** What each filter element sees of a channel, times the gradients of the outputs that it makes, summed. */
export const depthwiseBackpropFilter: tf.KernelConfig = composed(
  "DepthwiseConv2dNativeBackpropFilter",
  (bench, inputs, given) => {
    const attrs = given as unknown as Attributes;
    const { x, dy } = inputs as { x: tf.TensorInfo; dy: tf.TensorInfo };
    const info = infoOf(x.shape as Sizes, attrs, true);
    const [, , c, m] = attrs.filterShape;
    const rows = (dy.shape as Sizes).slice(0, 3).reduce((a, b) => a * b, 1);
    const gradient = bench.reshape(dy, [rows, c, m]);
    const wide = bordered(bench, x, info);
    const sums = places(attrs.filterShape).map(([i, j]) => {
      const a = bench.reshape(seen(bench, wide, info, i, j), [rows, c, 1]);
      const product = bench.run("Multiply", { a, b: gradient });
      return bench.reshape(bench.run("Sum", { x: product }, { axis: [0], keepDims: false }), [1, c * m]);
    });
    return bench.keep(bench.reshape(bench.run("Concat", sums, { axis: 0 }), attrs.filterShape));
  },
);

/** Gradients times each filter element, put where that element looked, added up. */
export const depthwiseBackpropInput: tf.KernelConfig = composed(
  "DepthwiseConv2dNativeBackpropInput",
  (bench, inputs, given) => {
    const attrs = given as unknown as Attributes;
    const { dy, filter } = inputs as { dy: tf.TensorInfo; filter: tf.TensorInfo };
    const [kh, kw, c, m] = filter.shape as Sizes;
    const info = infoOf(attrs.inputShape, attrs, true, filter.shape as Sizes);
    const [n, h, w] = attrs.inputShape;
    const { outHeight: oh, outWidth: ow, strideHeight: sh, strideWidth: sw, padInfo } = info;
    const high = Math.max(h + padInfo.top, oh * sh) + (kh - 1) * info.dilationHeight;
    const across = Math.max(w + padInfo.left, ow * sw) + (kw - 1) * info.dilationWidth;
    const gradient = bench.reshape(dy, [n * oh * ow, c, m]);
    const parts = places([kh, kw]).map(([i, j]) => {
      const element = bench.run("Slice", { x: filter }, { begin: [i, j, 0, 0], size: [1, 1, c, m] });
      const product = bench.run("Multiply", { a: gradient, b: bench.reshape(element, [1, c, m]) });
      const sum = m === 1 ? product : bench.run("Sum", { x: product }, { axis: [2], keepDims: false });
      const spread = spaced(bench, bench.reshape(sum, [n, oh, ow, c]), sh, sw);
      const [top, left] = [i * info.dilationHeight, j * info.dilationWidth];
      const paddings = [
        [0, 0],
        [top, high - oh * sh - top],
        [left, across - ow * sw - left],
        [0, 0],
      ];
      return bench.run("PadV2", { x: spread }, { paddings, constantValue: 0 });
    });
    const all = parts.reduce((a, b) => bench.run("Add", { a, b }));
    return bench.keep(
      bench.run("Slice", { x: all }, { begin: [0, padInfo.top, padInfo.left, 0], size: [n, h, w, c] }),
    );
  },
);

/** Zeros after every position of the spatial dims, as many as strides leave out. */
function spaced(bench: Workbench, x: tf.TensorInfo, sh: number, sw: number): tf.TensorInfo {
  if (sh === 1 && sw === 1) return x;
  const [n, h, w, c] = x.shape as Sizes;
  const columns = bench.run(
    "PadV2",
    { x: bench.reshape(x, [n * h, w, 1, c]) },
    {
      paddings: [
        [0, 0],
        [0, 0],
        [0, sw - 1],
        [0, 0],
      ],
      constantValue: 0,
    },
  );
  const rows = bench.run(
    "PadV2",
    { x: bench.reshape(columns, [n, h, 1, w * sw * c]) },
    {
      paddings: [
        [0, 0],
        [0, 0],
        [0, sh - 1],
        [0, 0],
      ],
      constantValue: 0,
    },
  );
  return bench.reshape(rows, [n, h * sh, w * sw, c]);
}
