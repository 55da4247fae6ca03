import {
  external,
  type GraphParts,
  info,
  modelBytes,
  type NodeParts,
  node,
  type TensorParts,
} from "../../../packages/onnx/test/files/build-model.js";

type Attributes = Readonly<Record<string, number | string | readonly number[] | TensorParts | GraphParts>>;

/** A node with attributes in plain values. */
function op(
  type: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Attributes = {},
): NodeParts {
  const attribute = Object.entries(attributes).map(([name, value]) => {
    if (typeof value === "number") return { name, type: 2, i: value };
    if (typeof value === "string") return { name, type: 3, s: new TextEncoder().encode(value) };
    if (Array.isArray(value)) return { name, type: 7, ints: [...value] };
    return "dims" in value ? { name, type: 4, t: value } : { name, type: 5, g: value as GraphParts };
  });
  return node(type, [...inputs], [...outputs], { attribute });
}

function stored(name: string, dims: readonly number[], spread = 0.5): TensorParts {
  const size = dims.reduce((a, b) => a * b, 1);
  const values = Float32Array.from(
    { length: size },
    (_, i) => spread * Math.sin(12.9898 * (i + name.length)),
  );
  return { name, dims: [...dims], dataType: 1, rawData: new Uint8Array(values.buffer) };
}

const whole = (
  name: string,
  values: readonly number[],
  dims: readonly number[] = [values.length],
): TensorParts => ({
  name,
  dims: [...dims],
  dataType: 7,
  rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});

const integerInput = (name: string, dims: readonly (number | string)[]): ReturnType<typeof info> => {
  const value = info(name, dims);
  if (value.type?.tensorType) value.type.tensorType.elemType = 7;
  return value;
};

interface Made {
  readonly graph: GraphParts;
  readonly files?: ReadonlyMap<string, Uint8Array>;
  readonly opset?: number;
}

const graph = (
  input: NonNullable<GraphParts["input"]>,
  output: NonNullable<GraphParts["output"]>,
  initializer: TensorParts[],
  nodes: NodeParts[],
): GraphParts => ({ name: "more", input, output, initializer, node: nodes });

/** Weights that lie beside the model. */
function outside(): Made {
  const data = new Uint8Array(
    Float32Array.from({ length: 6 * 8 + 8 * 3 }, (_, i) => Math.sin(12.9898 * i)).buffer,
  );
  return {
    graph: graph(
      [info("x", ["batch", 6])],
      [info("y", ["batch", 3])],
      [
        external("w1", [6, 8], { location: "weights.bin", offset: 0, length: 192 }),
        external("w2", [8, 3], { location: "weights.bin", offset: 192, length: 96 }),
      ],
      [op("MatMul", ["x", "w1"], ["h"]), op("Relu", ["h"], ["r"]), op("MatMul", ["r", "w2"], ["y"])],
    ),
    files: new Map([["weights.bin", data]]),
  };
}

/** What structures lack: open sizes, shapes that are computed, branches, loops, quantisation, and operators that jump. */
const made: Readonly<Record<string, () => Made>> = {
  "weights outside": outside,
  "a shape that is computed": () => ({
    graph: graph(
      [info("x", ["batch", 3, "height", "width"])],
      [info("y", ["batch", 4])],
      [stored("w", [8, 3, 3, 3]), stored("v", [8, 4]), whole("first", [0]), whole("rest", [-1])],
      [
        op("Conv", ["x", "w"], ["c"], { pads: [1, 1, 1, 1] }),
        op("GlobalAveragePool", ["c"], ["p"]),
        op("Shape", ["p"], ["s"]),
        op("Gather", ["s", "first"], ["n"], { axis: 0 }),
        op("Concat", ["n", "rest"], ["to"], { axis: 0 }),
        op("Reshape", ["p", "to"], ["f"]),
        op("MatMul", ["f", "v"], ["y"]),
      ],
    ),
  }),
  "a branch": () => ({
    graph: graph(
      [info("x", [2, 6])],
      [info("y", [2, 3])],
      [
        stored("w1", [6, 8]),
        stored("w2", [8, 3]),
        { name: "on", dims: [], dataType: 9, rawData: new Uint8Array([1]) },
      ],
      [
        op("MatMul", ["x", "w1"], ["h"]),
        op("If", ["on"], ["r"], {
          then_branch: { name: "then", output: [info("a", [2, 8])], node: [op("Relu", ["h"], ["a"])] },
          else_branch: { name: "else", output: [info("b", [2, 8])], node: [op("Sigmoid", ["h"], ["b"])] },
        }),
        op("MatMul", ["r", "w2"], ["y"]),
      ],
    ),
  }),
  "a loop": () => ({
    graph: graph(
      [info("x", [2, 6])],
      [info("y", [2, 3])],
      [
        stored("w1", [6, 8]),
        stored("w2", [8, 3]),
        whole("three", [3], []),
        { name: "go", dims: [], dataType: 9, rawData: new Uint8Array([1]) },
      ],
      [
        op("MatMul", ["x", "w1"], ["h"]),
        op("Loop", ["three", "go", "h"], ["r"], {
          body: {
            name: "body",
            input: [integerInput("i", []), { ...info("go_in", []) }, info("state", [2, 8])],
            output: [{ ...info("go_out", []) }, info("next", [2, 8])],
            node: [op("Identity", ["go_in"], ["go_out"]), op("Relu", ["state"], ["next"])],
          },
        }),
        op("MatMul", ["r", "w2"], ["y"]),
      ],
    ),
  }),
  "quantised weights": () => ({
    graph: graph(
      [info("x", [2, 6])],
      [info("y", [2, 3])],
      [
        { name: "q", dims: [6, 8], dataType: 3, rawData: Uint8Array.from({ length: 48 }, (_, i) => i * 5) },
        stored("scale", [8], 0.01),
        { name: "zero", dims: [8], dataType: 3, rawData: new Uint8Array(8) },
        stored("w2", [8, 3]),
      ],
      [
        op("DequantizeLinear", ["q", "scale", "zero"], ["w1"], { axis: 1 }),
        op("MatMul", ["x", "w1"], ["h"]),
        op("Relu", ["h"], ["r"]),
        op("MatMul", ["r", "w2"], ["y"]),
      ],
    ),
  }),
  "slices, pads and places": () => ({
    graph: graph(
      [info("x", [1, 4, 8, 8])],
      [info("y", [1, 2, 4, 4]), integerInput("k", [1, 2, 4, 1])],
      [
        stored("w", [8, 4, 3, 3]),
        stored("v", [2, 4, 1, 1]),
        whole("starts", [2]),
        whole("ends", [6]),
        whole("axes", [1]),
        whole("paddings", [0, 0, 0, 0, 0, 0, 1, 1]),
        whole("two", [1]),
        {
          name: "sizes",
          dims: [4],
          dataType: 1,
          rawData: new Uint8Array(Float32Array.of(1, 1, 0.5, 0.5).buffer),
        },
        whole("like", [1, 4, 4, 4]),
      ],
      [
        op("Conv", ["x", "w"], ["c"], { pads: [1, 1, 1, 1] }),
        op("Slice", ["c", "starts", "ends", "axes"], ["s"]),
        op("Pad", ["s", "paddings"], ["p"]),
        op("Resize", ["s", "", "sizes"], ["small"], { mode: "nearest" }),
        op("Expand", ["small", "like"], ["e"]),
        op("Clip", ["e"], ["clipped"]),
        op("Conv", ["clipped", "v"], ["y"]),
        op("TopK", ["y", "two"], ["best", "k"], { axis: 3 }),
      ],
    ),
  }),
  "an einsum and constants": () => ({
    graph: graph(
      [info("x", [2, 5, 6])],
      [info("y", [2, 5, 3])],
      [stored("w", [6, 2, 4]), stored("o", [2, 4, 3]), whole("shape", [2, 5, 2, 4])],
      [
        op("Einsum", ["x", "w"], ["h"], { equation: "bsi,ihd->bshd" }),
        op("ConstantOfShape", ["shape"], ["zeros"], { value: stored("value", [1]) }),
        op("Add", ["h", "zeros"], ["a"]),
        op("Softmax", ["a"], ["m"], { axis: 3 }),
        op("Einsum", ["m", "o"], ["y"], { equation: "bshd,hdo->bso" }),
      ],
    ),
  }),
  "a gate and a mean": () => ({
    opset: 13,
    graph: graph(
      [info("x", [2, 5, 6])],
      [info("y", [2, 3])],
      [
        stored("w", [1, 24, 6]),
        stored("r", [1, 24, 8]),
        stored("b", [1, 48]),
        whole("axes", [1]),
        stored("v", [8, 3]),
      ],
      [
        op("Transpose", ["x"], ["t"], { perm: [1, 0, 2] }),
        op("GRU", ["t", "w", "r", "b"], ["all"], { hidden_size: 8, linear_before_reset: 1 }),
        op("Squeeze", ["all", "axes"], ["s"]),
        op("ReduceMean", ["s"], ["m"], { axes: [0], keepdims: 0 }),
        op("MatMul", ["m", "v"], ["y"]),
      ],
    ),
  }),
};

/** Models with what the shared structures lack, and the files beside them. */
export const moreOnnx = (): Map<
  string,
  { readonly bytes: Uint8Array; readonly files: ReadonlyMap<string, Uint8Array> }
> =>
  new Map(
    Object.entries(made).map(([name, make]) => {
      const { graph: parts, files = new Map(), opset = 17 } = make();
      return [name, { bytes: modelBytes(parts, { opsetImport: [{ domain: "", version: opset }] }), files }];
    }),
  );
