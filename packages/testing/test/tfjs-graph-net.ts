import { type Net, weightsOf } from "@prune/testing/advanced";
import type { GraphModel } from "@prune/tfjs";
import { openGraph } from "../../tfjs/test/build-graph.js";

const convolution = {
  strides: [1, 1, 1, 1],
  dilations: [1, 1, 1, 1],
  explicit_paddings: [],
  padding: "SAME",
  data_format: "NHWC",
};

/** Networks as TensorFlow.js GraphModels: images are N x H x W x C. */
export function graphNet(): Net<GraphModel, string> {
  const { builder: b, finish } = openGraph();
  const shapes = new Map<string, readonly number[]>();
  let count = 0;
  const shapeOf = (x: string): readonly number[] => shapes.get(x) ?? [];
  const at = (x: string, dim: number): number => shapeOf(x).at(dim) as number;
  const name = (): string => `stored${count++}`;
  const input = (shape: readonly number[]): string => shaped(b.input(`input${count++}`, shape), shape);
  const shaped = (x: string, shape: readonly number[]): string => {
    shapes.set(x, shape);
    return x;
  };
  const weight = (...shape: readonly number[]): string => {
    const fan = shape.length === 1 ? 16 : shape.slice(0, -1).reduce((n, size) => n * size, 1);
    return b.floats(name(), weightsOf(count, shape, fan), shape);
  };
  const scalar = (value: number): string => b.integers(name(), [value], []);
  const integers = (values: readonly number[], shape?: readonly number[]): string =>
    b.integers(name(), values, shape);
  const op = (
    type: string,
    of: readonly string[],
    shape: readonly number[],
    attributes: Parameters<typeof b.node>[2] = {},
  ): string => shaped(b.node(type, of, attributes), shape);
  const same = (type: string, x: string): string => op(type, [x], shapeOf(x));
  const resized = (x: string, size: number): number[] => [...shapeOf(x).slice(0, -1), size];
  const reshaped = (x: string, shape: readonly number[]): string =>
    op("Reshape", [x, integers(shape)], shape);
  const transposed = (x: string, perm: readonly number[]): string =>
    op(
      "Transpose",
      [x, integers(perm)],
      perm.map((d) => at(x, d)),
    );
  const product = (x: string, kernel: string, units: number): string =>
    op(shapeOf(x).length === 2 ? "MatMul" : "BatchMatMulV2", [x, kernel], resized(x, units));
  const linear = (x: string, kernel: string, units: number, bias: string): string =>
    op("BiasAdd", [product(x, kernel, units), bias], resized(x, units));
  const mean = (x: string): string => op("Mean", [x, integers([-1])], resized(x, 1), { keep_dims: true });

  const joined = (values: readonly string[]): string => {
    if (values.length === 1) return values[0] as string;
    const size = values.reduce((n, value) => n + at(value, -1), 0);
    return op("ConcatV2", [...values, scalar(-1)], resized(values[0] as string, size), { N: values.length });
  };
  const parts = (x: string, sizes: readonly number[]): readonly string[] => {
    if (sizes.length === 1) return [x];
    const first = op("SplitV", [x, integers(sizes), scalar(-1)], resized(x, sizes[0] as number), {
      num_split: sizes.length,
    });
    return sizes.map((size, i) => (i === 0 ? first : shaped(`${first}:${i}`, resized(x, size))));
  };
  const conv = (x: string, filters: number, kernel: number): string => {
    const y = op("Conv2D", [x, weight(kernel, kernel, at(x, 3), filters)], resized(x, filters), convolution);
    return op("BiasAdd", [y, weight(filters)], shapeOf(y));
  };

  return {
    image: (channels, size) => input([1, size, size, channels]),
    sequence: (steps, features) => input([1, steps, features]),
    vector: (features) => input([1, features]),
    indices(steps, below) {
      const whole = op("Cast", [op("Relu", [input([1, steps])], [1, steps])], [1, steps], {
        SrcT: "DT_FLOAT",
        DstT: "DT_INT32",
      });
      return op("Minimum", [whole, scalar(below - 1)], [1, steps]);
    },
    conv: (x, filters, { kernel = 3, groups = 1 } = {}) =>
      joined(
        parts(x, new Array<number>(groups).fill(at(x, 3) / groups)).map((part) =>
          conv(part, filters / groups, kernel),
        ),
      ),
    depthwise: (x, multiplier = 1) =>
      op(
        "DepthwiseConv2dNative",
        [x, weight(3, 3, at(x, 3), multiplier)],
        resized(x, at(x, 3) * multiplier),
        convolution,
      ),
    convTranspose(x, filters) {
      const [n = 1, h = 1, w = 1, c = 1] = shapeOf(x);
      const shape = [n, 2 * h, 2 * w, filters];
      return op("Conv2DBackpropInput", [integers(shape), weight(2, 2, filters, c), x], shape, {
        ...convolution,
        strides: [1, 2, 2, 1],
      });
    },
    dense: (x, units) => linear(x, weight(at(x, -1), units), units, weight(units)),
    sharedDense(inputs, units) {
      const [kernel, bias] = [weight(inputs, units), weight(units)];
      return (x) => linear(x, kernel, units, bias);
    },
    embedding: (index, rows, width) =>
      op("GatherV2", [weight(rows, width), index, scalar(0)], [...shapeOf(index), width]),
    lstm() {
      throw new Error("GraphModels have no LSTM operator");
    },
    attention(q, k, v, heads) {
      const [n = 1, steps = 1, features = 1] = shapeOf(q);
      const open = (x: string): string =>
        transposed(reshaped(x, [n, steps, heads, features / heads]), [0, 2, 1, 3]);
      const scores = op("BatchMatMulV2", [open(q), open(k)], [n, heads, steps, steps], { adj_y: true });
      const mixed = product(same("Softmax", scores), open(v), features / heads);
      return reshaped(transposed(mixed, [0, 2, 1, 3]), [n, steps, features]);
    },
    batchNorm: (x) =>
      op(
        "FusedBatchNormV3",
        [
          x,
          weight(at(x, 3)),
          weight(at(x, 3)),
          weight(at(x, 3)),
          op("Square", [weight(at(x, 3))], [at(x, 3)]),
        ],
        shapeOf(x),
      ),
    layerNorm(x) {
      const centred = op("Sub", [x, mean(x)], shapeOf(x));
      const deviation = same("Sqrt", mean(same("Square", centred)));
      const scaled = op(
        "Mul",
        [op("RealDiv", [centred, deviation], shapeOf(x)), weight(at(x, -1))],
        shapeOf(x),
      );
      return op("AddV2", [scaled, weight(at(x, -1))], shapeOf(x));
    },
    softmax: (x) => same("Softmax", x),
    relu: (x) => same("Relu", x),
    sigmoid: (x) => same("Sigmoid", x),
    prelu: (x) => op("Prelu", [x, weight(1, 1, at(x, 3))], shapeOf(x)),
    add: (a, b) => op("AddV2", [a, b], shapeOf(a)),
    multiply: (a, b) => op("Mul", [a, b], shapeOf(a)),
    concat: joined,
    split: parts,
    pick: (x, channels) =>
      op("GatherV2", [x, integers(channels), scalar(shapeOf(x).length - 1)], resized(x, channels.length)),
    pad: (x, channels) =>
      op("Pad", [x, integers([0, 0, 0, 0, 0, 0, 0, channels], [4, 2])], resized(x, at(x, 3) + channels)),
    shuffle(x, groups) {
      const [n = 1, h = 1, w = 1, c = 1] = shapeOf(x);
      return reshaped(transposed(reshaped(x, [n, h, w, groups, c / groups]), [0, 1, 2, 4, 3]), shapeOf(x));
    },
    maxPool(x) {
      const [n = 1, h = 1, w = 1, c = 1] = shapeOf(x);
      const window = { ksize: [1, 2, 2, 1], strides: [1, 2, 2, 1], padding: "VALID" };
      return op("MaxPool", [x], [n, h / 2, w / 2, c], window);
    },
    globalMean: (x) => op("Mean", [x, integers([1, 2])], [at(x, 0), 1, 1, at(x, 3)], { keep_dims: true }),
    flatten(x) {
      const [n = 1, ...rest] = shapeOf(x);
      return reshaped(x, [n, rest.reduce((a, c) => a * c, 1)]);
    },
    model: (outputs) => finish(outputs),
  };
}
