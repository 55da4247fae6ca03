import { type LosslessReport, lossless, onnx, readModel } from "@prune/onnx";
import { compare, createSession, inputsOf, randomFeeds, run } from "@prune/runtime-ort";
import { describe, expect, test } from "vitest";
import {
  floats,
  info,
  modelBytes,
  type NodeParts,
  node,
  type TensorParts,
} from "../../onnx/test/files/build-model.js";

interface Net {
  /** Stored values, edited. */
  weight(name: string, shape: number[], edit?: (values: Float32Array) => void): string;
  sizes(name: string, values: number[]): string;
  /** One node; returns its output. */
  node(op: string, inputs: string[], output: string, attributes?: Attributes): string;
  /** With the outputs named; y without. */
  bytes(...outputs: string[]): Uint8Array;
}

type Attributes = Readonly<Record<string, number | readonly number[]>>;

/** A small network in the making, from x. */
function network(input: number[]): Net {
  const nodes: NodeParts[] = [];
  const tensors: TensorParts[] = [];
  return {
    weight(name, shape, edit = () => {}) {
      const size = shape.reduce((a, b) => a * b, 1);
      const seed = tensors.length * 31 + 7;
      const values = Float32Array.from({ length: size }, (_, i) => Math.sin(seed + i * 12.9898) + 0.1);
      edit(values);
      tensors.push(floats(name, shape, [...values]));
      return name;
    },
    sizes(name, values) {
      tensors.push({ name, dims: [values.length], dataType: 7, int64Data: values });
      return name;
    },
    node(op, inputs, output, attributes = {}) {
      const attribute = Object.entries(attributes).map(([name, value]) =>
        typeof value === "number" ? { name, type: 2, i: value } : { name, type: 7, ints: [...value] },
      );
      nodes.push(node(op, inputs, [output], { attribute }));
      return output;
    },
    bytes: (...outputs) =>
      modelBytes({
        name: "network",
        input: [info("x", input)],
        output: (outputs.length > 0 ? outputs : ["y"]).map((name) => ({
          name,
          type: { tensorType: { elemType: 1 } },
        })),
        initializer: tensors,
        node: nodes,
      }),
  };
}

/** Sets every n-th value from one on. */
const every =
  (first: number, n: number, value: number) =>
  (values: Float32Array): void => {
    for (let i = first; i < values.length; i += n) values[i] = value;
  };
const fill =
  (from: number, to: number, value: number) =>
  (values: Float32Array): void =>
    void values.fill(value, from, to);
const all =
  (...edits: ((values: Float32Array) => void)[]) =>
  (values: Float32Array): void =>
    edits.forEach((edit) => void edit(values));
const copy =
  (to: number, from: number, size: number) =>
  (values: Float32Array): void =>
    void values.copyWithin(to * size, from * size, (from + 1) * size);

/** Removes, runs both, and says what left and what didn't. */
async function check(
  bytes: Uint8Array,
): Promise<{ kinds: Record<string, number>; refused: LosslessReport["refused"] }> {
  const model = readModel(bytes);
  const { model: smaller, report } = lossless(model, onnx());
  const [before, after] = [await createSession(bytes), await createSession(smaller.source)];
  for (let seed = 1; seed <= 3; seed++) {
    const feeds = randomFeeds(inputsOf(before), { seed });
    const expected = await run(before, feeds);
    expect(compare(await run(after, feeds), expected).worst).toBeLessThan(1e-5);
  }
  const kinds: Record<string, number> = {};
  for (const { kind, units } of report.removed) kinds[kind] = (kinds[kind] ?? 0) + units;
  return { kinds, refused: report.refused };
}

const kinds = async (bytes: Uint8Array): Promise<Record<string, number>> => (await check(bytes)).kinds;
const reasons = async (bytes: Uint8Array): Promise<string[]> => {
  const found = await check(bytes);
  expect(found.kinds).toEqual({});
  return [...new Set(found.refused.map(({ why }) => why))];
};

/** x [2, 3, 6, 6] -> Conv to 6 channels -> `between` -> Conv to 4 -> y; channel 2 of the first has weights of zero. */
function convolutions(
  options: { bias?: number; pads?: number[]; kernel?: number; second?: "bias" | "none" },
  between: (net: Net, from: string) => string,
): Uint8Array {
  const { bias = 0, pads = [0, 0, 0, 0], kernel = 3, second = "bias" } = options;
  const net = network([2, 3, 6, 6]);
  net.weight("w1", [6, 3, 3, 3], fill(54, 81, 0));
  net.weight("b1", [6], fill(2, 3, bias));
  net.weight("w2", [4, 6, kernel, kernel]);
  const from = between(net, net.node("Conv", ["x", "w1", "b1"], "c1", { pads: [1, 1, 1, 1] }));
  const inputs = [from, "w2", ...(second === "bias" ? [net.weight("b2", [4])] : [])];
  net.node("Conv", inputs, "y", { pads });
  return net.bytes();
}

const relu = (net: Net, from: string): string => net.node("Relu", [from], "r");

describe("a channel whose weights are zero", () => {
  test("leaves where its bias is zero too", async () => {
    expect(await kinds(convolutions({ pads: [1, 1, 1, 1] }, relu))).toEqual({ zero: 1 });
  });
  test("leaves where a Relu makes its negative bias zero", async () => {
    expect(await kinds(convolutions({ bias: -0.5, pads: [1, 1, 1, 1] }, relu))).toEqual({ zero: 1 });
  });
  test("gives the constant that it emits to the consumer's bias", async () => {
    expect(await kinds(convolutions({ bias: 0.7 }, relu))).toEqual({ constant: 1 });
    expect(await kinds(convolutions({ bias: 0.7, kernel: 1 }, relu))).toEqual({ constant: 1 });
  });
  test("gives the consumer a bias where it has none", async () => {
    expect(await kinds(convolutions({ bias: 0.7, second: "none" }, relu))).toEqual({ constant: 1 });
  });
  test("stays where the consumer pads its constant with zeros", async () => {
    const why = "it holds a constant other than 0, and the convolution pads with zeros";
    expect(await reasons(convolutions({ bias: 0.7, pads: [1, 1, 1, 1] }, relu))).toEqual([why]);
    expect(await reasons(convolutions({ bias: 0.7, kernel: 1, pads: [1, 0, 0, 0] }, relu))).toEqual([why]);
  });
  test("is followed through Clip, HardSwish, Sigmoid and constants that are added and multiplied", async () => {
    const clip = (net: Net, from: string): string =>
      net.node(
        "Clip",
        [from, net.weight("low", [], fill(0, 1, 0)), net.weight("high", [], fill(0, 1, 6))],
        "k",
      );
    expect(await kinds(convolutions({ bias: 7 }, clip))).toEqual({ constant: 1 });
    const swish = (net: Net, from: string): string => {
      const scaled = net.node("Mul", [from, net.weight("factor", [6, 1, 1])], "scaled");
      const shifted = net.node("Add", [net.weight("offset", [1, 6, 1, 1]), scaled], "shifted");
      return net.node("Mul", [shifted, net.node("Sigmoid", [shifted], "gate")], "swish");
    };
    expect(await kinds(convolutions({ bias: 1.3 }, swish))).toEqual({ constant: 1 });
    const hard = (net: Net, from: string): string => {
      const gate = net.node("HardSigmoid", [from], "gate");
      return net.node("Mul", [from, gate], "hard");
    };
    expect(await kinds(convolutions({ bias: -0.4 }, hard))).toEqual({ constant: 1 });
  });
  test("is followed through BatchNormalization, whose scale of zero makes a constant by itself", async () => {
    const norm = (net: Net, from: string): string => {
      net.weight("scale", [6], fill(4, 5, 0));
      net.weight("shift", [6]);
      net.weight("mean", [6]);
      net.weight("variance", [6], every(0, 1, 0.7));
      return relu(net, net.node("BatchNormalization", [from, "scale", "shift", "mean", "variance"], "n"));
    };
    const found = await kinds(convolutions({ bias: 0.2 }, norm));
    expect((found.constant ?? 0) + (found.zero ?? 0)).toBe(2);
  });
  test("is followed through a depthwise convolution and pooling", async () => {
    const depthwise = (net: Net, from: string): string => {
      net.weight("d", [6, 1, 3, 3], fill(36, 45, 0));
      net.weight("db", [6], fill(4, 5, -1));
      const found = net.node("Conv", [relu(net, from), "d", "db"], "dw", { group: 6, pads: [1, 1, 1, 1] });
      return net.node("MaxPool", [net.node("Relu", [found], "dr")], "p", {
        kernel_shape: [2, 2],
        pads: [1, 1, 0, 0],
      });
    };
    // Channel 2 enters the depthwise convolution as zero, channel 4 leaves it as relu(-1).
    const found = await kinds(convolutions({ bias: -1 }, depthwise));
    expect((found.constant ?? 0) + (found.zero ?? 0)).toBe(2);
  });
  test("stays where a gate that varies multiplies its constant, and leaves where it is zero", async () => {
    const gated = (net: Net, from: string): string => {
      const mean = net.node("GlobalAveragePool", [from], "mean");
      const squeezed = net.node("Conv", [mean, net.weight("s", [6, 6, 1, 1])], "s1");
      return net.node("Mul", [from, net.node("Sigmoid", [squeezed], "gate")], "g");
    };
    const through = (net: Net, from: string): string => gated(net, relu(net, from));
    expect(await reasons(convolutions({ bias: 1 }, through))).toEqual(["what it holds varies"]);
    expect(await kinds(convolutions({ bias: -1 }, through))).toEqual({ zero: 1 });
  });
  test("stays where a residual adds what varies", async () => {
    const residual =
      (other: (values: Float32Array) => void) =>
      (net: Net, from: string): string => {
        net.weight("wo", [6, 3, 1, 1], other);
        return net.node("Add", [from, net.node("Conv", ["x", "wo"], "o")], "sum");
      };
    expect(
      await reasons(
        convolutions(
          { bias: 1 },
          residual(() => {}),
        ),
      ),
    ).toEqual(["what it holds varies"]);
    expect(await kinds(convolutions({ bias: 1 }, residual(fill(6, 9, 0))))).toEqual({ constant: 1 });
  });
  test("stays where something else than a product reads it", async () => {
    const softmax = (net: Net, from: string): string => net.node("Softmax", [from], "s", { axis: 1 });
    expect((await check(convolutions({ bias: 1 }, softmax))).kinds).toEqual({});
  });
  test("stays where it is an output, or all that an axis has", async () => {
    const net = network([2, 4]);
    net.weight("w", [4, 3], (values) => values.fill(0));
    net.node("Gemm", ["x", "w", net.weight("b", [3])], "y");
    expect(await kinds(net.bytes())).toEqual({});
    const dead = network([2, 4]);
    dead.weight("w", [4, 3], (values) => values.fill(0));
    dead.node("Gemm", ["x", "w", dead.weight("b", [3])], "h");
    dead.node("MatMul", ["h", dead.weight("v", [3, 2])], "y");
    expect(await kinds(dead.bytes())).toEqual({ constant: 2 });
  });
});

describe("a unit of a matrix product", () => {
  test("gives its constant to a MatMul without a bias, and to the Add behind one", async () => {
    for (const biased of [false, true]) {
      const net = network([2, 5, 4]);
      net.weight("w", [4, 6], every(2, 6, 0));
      const hidden = net.node("Add", [net.node("MatMul", ["x", "w"], "m"), net.weight("b", [6])], "h");
      const out = net.node(
        "MatMul",
        [net.node("Tanh", [hidden], "t"), net.weight("v", [6, 3])],
        biased ? "o" : "y",
      );
      if (biased) net.node("Add", [out, net.weight("c", [3])], "y");
      expect(await kinds(net.bytes())).toEqual({ constant: 1 });
    }
  });
  test("leaves through Flatten with all of its positions", async () => {
    const net = network([2, 3, 4, 4]);
    net.node("Conv", ["x", net.weight("w", [4, 3, 3, 3], fill(27, 54, 0)), net.weight("b", [4])], "c");
    net.node("Gemm", [net.node("Flatten", ["c"], "f"), net.weight("v", [16, 5])], "y");
    expect(await kinds(net.bytes())).toEqual({ constant: 1 });
  });
  test("gives its constant to a head whose outputs are moved about", async () => {
    const net = network([1, 3, 4, 4]);
    net.node("Conv", ["x", net.weight("w", [5, 3, 1, 1], fill(3, 6, 0)), net.weight("b", [5])], "c");
    const head = net.node("Conv", ["c", net.weight("v", [4, 5, 1, 1]), net.weight("d", [4])], "h");
    const turned = net.node("Transpose", [head], "t", { perm: [0, 2, 3, 1] });
    net.node("Reshape", [turned, net.sizes("s", [1, -1, 2])], "y");
    expect(await kinds(net.bytes())).toEqual({ constant: 1 });
  });
  test("leaves where nothing reads it", async () => {
    const net = network([2, 4]);
    net.node("Gemm", ["x", net.weight("w", [4, 6]), net.weight("b", [6])], "h");
    net.node("Gemm", ["h", net.weight("v", [6, 3], fill(6, 9, 0)), net.weight("c", [3])], "y");
    expect(await kinds(net.bytes())).toEqual({ unread: 1 });
  });
  test("leaves where it is never positive before a Relu", async () => {
    const net = network([2, 4]);
    const first = net.node("Relu", [net.node("MatMul", ["x", net.weight("w", [4, 5])], "h")], "r");
    net.weight("v", [5, 4], every(1, 4, -0.3));
    net.weight("c", [4], fill(1, 2, -0.1));
    const second = net.node("Relu", [net.node("Gemm", [first, "v", "c"], "g")], "s");
    net.node("MatMul", [second, net.weight("u", [4, 2])], "y");
    expect(await kinds(net.bytes())).toEqual({ zero: 1 });
  });
});

describe("copies of a unit", () => {
  test("leave, and their columns go to the one that stays", async () => {
    const net = network([2, 3, 6, 6]);
    net.weight("w", [6, 3, 3, 3], all(copy(3, 1, 27), copy(5, 1, 27)));
    net.weight("b", [6], all(copy(3, 1, 1), copy(5, 1, 1)));
    const from = net.node("Relu", [net.node("Conv", ["x", "w", "b"], "c")], "r");
    net.node("Conv", [from, net.weight("v", [4, 6, 3, 3])], "d", { pads: [1, 1, 1, 1] });
    net.node("Gemm", [net.node("Flatten", ["r"], "f"), net.weight("u", [96, 3])], "z");
    expect(await kinds(net.bytes("d", "z"))).toEqual({ duplicate: 2 });
  });
  test("stay where they differ in a bias or in a scale", async () => {
    const net = network([2, 4]);
    net.weight("w", [6, 4], copy(3, 1, 4));
    const from = net.node("Gemm", ["x", "w", net.weight("b", [6])], "h", { transB: 1 });
    net.node("MatMul", [from, net.weight("v", [6, 3])], "y");
    expect(await kinds(net.bytes())).toEqual({});
  });
  test("leave behind a normalisation and a depthwise convolution that treat them alike", async () => {
    const net = network([1, 3, 6, 6]);
    net.weight("w", [4, 3, 1, 1], copy(2, 0, 3));
    for (const name of ["scale", "shift", "mean"]) net.weight(name, [4], copy(2, 0, 1));
    net.weight("variance", [4], (values) => values.fill(1.5));
    net.node(
      "BatchNormalization",
      [net.node("Conv", ["x", "w"], "c"), "scale", "shift", "mean", "variance"],
      "n",
    );
    net.node("Conv", ["n", net.weight("d", [4, 1, 3, 3], copy(2, 0, 9))], "dw", {
      group: 4,
      pads: [1, 1, 1, 1],
    });
    net.node("Conv", ["dw", net.weight("v", [2, 4, 1, 1])], "y");
    expect(await kinds(net.bytes())).toEqual({ duplicate: 1 });
  });
  test("stay where a softmax reads them", async () => {
    const net = network([2, 4]);
    net.weight("w", [6, 4], copy(3, 1, 4));
    const from = net.node("Gemm", ["x", "w"], "h", { transB: 1 });
    net.node("MatMul", [net.node("Softmax", [from], "s", { axis: 1 }), net.weight("v", [6, 3])], "y");
    expect((await check(net.bytes())).kinds).toEqual({});
  });
});
