import { type Model, readModel } from "@prune/onnx";
import type { Net } from "@prune/testing/advanced";
import { weightsOf } from "@prune/testing/advanced";
import {
  type GraphParts,
  info,
  modelBytes,
  type NodeParts,
  node,
  type TensorParts,
} from "../../onnx/test/files/build-model.js";

/** Networks as ONNX models: images are N x C x H x W. */
export function onnxNet(): Net<Model, string> {
  const nodes: NodeParts[] = [];
  const tensors: TensorParts[] = [];
  const inputs: NonNullable<GraphParts["input"]> = [];
  const shapes = new Map<string, readonly number[]>();
  const shapeOf = (x: string): readonly number[] => shapes.get(x) ?? [];
  const at = (x: string, dim: number): number => shapeOf(x).at(dim) as number;

  const input = (shape: readonly number[], elemType = 1): string => {
    const name = `input${inputs.length}`;
    const value = info(name, shape);
    if (value.type?.tensorType) value.type.tensorType.elemType = elemType;
    inputs.push(value);
    shapes.set(name, shape);
    return name;
  };
  const stored = (shape: readonly number[], dataType: number, data: ArrayBufferView): string => {
    const name = `stored${tensors.length}`;
    tensors.push({ name, dims: [...shape], dataType, rawData: new Uint8Array(data.buffer) });
    return name;
  };
  const weight = (shape: readonly number[], fan: number): string =>
    stored(shape, 1, weightsOf(tensors.length + 1, shape, fan));
  const positive = (n: number): string =>
    stored(
      [n],
      1,
      weightsOf(tensors.length + 1, [n], 1).map((x) => 0.5 + x * x),
    );
  const integers = (values: readonly number[]): string =>
    stored([values.length], 7, BigInt64Array.from(values, BigInt));
  const op = (
    type: string,
    of: readonly string[],
    shape: readonly number[] | readonly (readonly number[])[],
    attributes: Readonly<Record<string, number | readonly number[]>> = {},
  ): readonly string[] => {
    const list = (Array.isArray(shape[0]) ? shape : [shape]) as readonly (readonly number[])[];
    const outputs = list.map((_, i) => `value${nodes.length}${i > 0 ? `_${i}` : ""}`);
    list.forEach((one, i) => {
      shapes.set(outputs[i] as string, one);
    });
    const attribute = Object.entries(attributes).map(([name, value]) =>
      typeof value === "number" ? { name, type: 2, i: value } : { name, type: 7, ints: [...value] },
    );
    nodes.push(node(type, [...of], [...outputs], { attribute }));
    return outputs;
  };
  const one = (...args: Parameters<typeof op>): string => op(...args)[0] as string;
  const same = (type: string, x: string): string => one(type, [x], shapeOf(x));
  const reshaped = (x: string, shape: readonly number[]): string =>
    one("Reshape", [x, integers(shape)], shape);
  const transposed = (x: string, perm: readonly number[]): string =>
    one(
      "Transpose",
      [x],
      perm.map((d) => at(x, d)),
      { perm },
    );
  const product = (a: string, b: string, shape: readonly number[]): string => one("MatMul", [a, b], shape);
  const isImage = (x: string): boolean => shapeOf(x).length === 4;
  const channel = (x: string): number => (isImage(x) ? 1 : shapeOf(x).length - 1);
  const resized = (x: string, size: number): number[] =>
    shapeOf(x).map((n, d) => (d === channel(x) ? size : n));
  const conv = (x: string, filters: number, kernel: number, group: number): string => {
    const [n = 1, c = 1, h = 1, w = 1] = shapeOf(x);
    const pad = (kernel - 1) / 2;
    const kernels = weight([filters, c / group, kernel, kernel], (c / group) * kernel * kernel);
    const pads = [pad, pad, pad, pad];
    return one("Conv", [x, kernels, weight([filters], 4)], [n, filters, h, w], { group, pads });
  };
  const linear = (x: string, kernel: string, units: number, bias: string): string =>
    one("Add", [product(x, kernel, resized(x, units)), bias], resized(x, units));

  return {
    image: (channels, size) => input([1, channels, size, size]),
    sequence: (steps, features) => input([1, steps, features]),
    vector: (features) => input([1, features]),
    indices: (steps) => input([1, steps], 7),
    conv: (x, filters, { kernel = 3, groups = 1 } = {}) => conv(x, filters, kernel, groups),
    depthwise: (x, multiplier = 1) => conv(x, at(x, 1) * multiplier, 3, at(x, 1)),
    convTranspose(x, filters) {
      const [n = 1, c = 1, h = 1, w = 1] = shapeOf(x);
      const strides = [2, 2];
      const kernels = weight([c, filters, 2, 2], c);
      return one("ConvTranspose", [x, kernels, weight([filters], 4)], [n, filters, 2 * h, 2 * w], {
        strides,
      });
    },
    dense: (x, units) => linear(x, weight([at(x, -1), units], at(x, -1)), units, weight([units], 4)),
    sharedDense(inputs, units) {
      const [kernel, bias] = [weight([inputs, units], inputs), weight([units], 4)];
      return (x) => linear(x, kernel, units, bias);
    },
    embedding: (index, rows, width) =>
      one("Gather", [weight([rows, width], 1), index], [...shapeOf(index), width]),
    lstm(x, units) {
      const [batch = 1, steps = 1, features = 1] = shapeOf(x);
      const y = one(
        "LSTM",
        [
          transposed(x, [1, 0, 2]),
          weight([1, 4 * units, features], features),
          weight([1, 4 * units, units], units),
          weight([1, 8 * units], 4),
        ],
        [steps, 1, batch, units],
        { hidden_size: units },
      );
      const plain = one("Squeeze", [y, integers([1])], [steps, batch, units]);
      return transposed(plain, [1, 0, 2]);
    },
    attention(q, k, v, heads) {
      const [n = 1, steps = 1, features = 1] = shapeOf(q);
      const dim = features / heads;
      const open = (x: string, perm: readonly number[]): string =>
        transposed(reshaped(x, [n, steps, heads, dim]), perm);
      const scores = product(open(q, [0, 2, 1, 3]), open(k, [0, 2, 3, 1]), [n, heads, steps, steps]);
      const weights = one("Softmax", [scores], shapeOf(scores), { axis: 3 });
      const mixed = product(weights, open(v, [0, 2, 1, 3]), [n, heads, steps, dim]);
      return reshaped(transposed(mixed, [0, 2, 1, 3]), [n, steps, features]);
    },
    batchNorm(x) {
      const n = at(x, 1);
      const values = [weight([n], 1), weight([n], 16), weight([n], 16), positive(n)];
      return one("BatchNormalization", [x, ...values], shapeOf(x));
    },
    layerNorm(x) {
      const n = at(x, -1);
      return one("LayerNormalization", [x, weight([n], 1), weight([n], 1)], shapeOf(x), { axis: -1 });
    },
    softmax: (x) => one("Softmax", [x], shapeOf(x), { axis: -1 }),
    relu: (x) => same("Relu", x),
    sigmoid: (x) => same("Sigmoid", x),
    prelu: (x) => one("PRelu", [x, weight([at(x, 1), 1, 1], 1)], shapeOf(x)),
    add: (a, b) => one("Add", [a, b], shapeOf(a)),
    multiply: (a, b) => one("Mul", [a, b], shapeOf(a)),
    concat: (values) => {
      const [x = ""] = values;
      const size = values.reduce((n, value) => n + at(value, channel(x)), 0);
      return one("Concat", values, resized(x, size), { axis: channel(x) });
    },
    split: (x, sizes) =>
      op(
        "Split",
        [x, integers(sizes)],
        sizes.map((size) => resized(x, size)),
        { axis: channel(x) },
      ),
    pick: (x, channels) =>
      one("Gather", [x, integers(channels)], resized(x, channels.length), { axis: channel(x) }),
    pad: (x, channels) =>
      one("Pad", [x, integers([0, 0, 0, 0, 0, channels, 0, 0])], resized(x, at(x, 1) + channels)),
    shuffle(x, groups) {
      const [n = 1, c = 1, h = 1, w = 1] = shapeOf(x);
      return reshaped(transposed(reshaped(x, [n, groups, c / groups, h, w]), [0, 2, 1, 3, 4]), shapeOf(x));
    },
    maxPool(x) {
      const [n = 1, c = 1, h = 1, w = 1] = shapeOf(x);
      return one("MaxPool", [x], [n, c, h / 2, w / 2], { kernel_shape: [2, 2], strides: [2, 2] });
    },
    globalMean: (x) => one("GlobalAveragePool", [x], [at(x, 0), at(x, 1), 1, 1]),
    flatten: (x) =>
      one(
        "Flatten",
        [x],
        [
          at(x, 0),
          shapeOf(x)
            .slice(1)
            .reduce((a, b) => a * b, 1),
        ],
      ),
    model: (outputs) =>
      readModel(
        modelBytes({
          name: "network",
          input: inputs,
          output: outputs.map((name) => info(name, shapeOf(name))),
          initializer: tensors,
          node: nodes,
        }),
      ),
  };
}
