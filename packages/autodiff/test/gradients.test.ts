import { readModel } from "@prune/onnx";
import { newModel } from "@prune/onnx/advanced";
import { createSession, run, type ValuesByName } from "@prune/runtime-ort";
import { randomStream } from "@prune/samples";
import { toHalf } from "@prune/samples/advanced";
import { expect, test } from "vitest";
import { features, type GradientRule, gradientRules, mix, parametersOf } from "../src/advanced.js";
import { AutodiffError, crossEntropy, distillation, gradients, meanSquares } from "../src/index.js";

const float32 = 1;

interface Small {
  readonly nodes: readonly {
    readonly op: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
  }[];
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly numbers?: Readonly<Record<string, readonly number[]>>;
  readonly integers?: Readonly<Record<string, readonly number[]>>;
  readonly input: readonly (number | string)[];
  readonly outputs?: readonly string[];
  readonly opset?: number;
  readonly half?: boolean;
}

const drawn = (name: string, shape: readonly number[]): Float32Array => {
  const { normal } = randomStream(1, name);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => normal() * 0.5);
};

function small({
  nodes,
  weights,
  numbers: plain = {},
  integers = {},
  input,
  outputs = ["y"],
  opset = 17,
  half = false,
}: Small) {
  return readModel(
    newModel({
      inputs: [{ name: "x", elementType: half ? 10 : float32, shape: input }],
      outputs,
      nodes: nodes.map(({ op, inputs, outputs: made, attributes = {} }, i) => ({
        name: `n${i}`,
        op,
        domain: "",
        inputs,
        outputs: made,
        attributes: new Map(Object.entries(attributes)),
      })),
      tensors: [
        ...Object.entries(weights).map(([name, shape]) => ({
          name,
          elementType: half ? 10 : float32,
          shape,
          bytes: () => {
            const values = drawn(name, shape);
            return new Uint8Array((half ? Uint16Array.from(values, toHalf) : values).buffer);
          },
        })),
        ...Object.entries(plain).map(([name, values]) => ({
          name,
          elementType: float32,
          shape: [values.length],
          bytes: () => new Uint8Array(Float32Array.from(values).buffer),
        })),
        ...Object.entries(integers).map(([name, values]) => ({
          name,
          elementType: 7,
          shape: [values.length],
          bytes: () => new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
        })),
      ],
      opset,
    }),
  );
}

/** Two dense layers, ten inputs, four classes. */
const perceptron: Small = {
  nodes: [
    { op: "Gemm", inputs: ["x", "w1", "b1"], outputs: ["h"] },
    { op: "Relu", inputs: ["h"], outputs: ["r"] },
    { op: "Gemm", inputs: ["r", "w2", "b2"], outputs: ["z"] },
    { op: "Softmax", inputs: ["z"], outputs: ["y"] },
  ],
  weights: { w1: [10, 8], b1: [8], w2: [8, 4], b2: [4] },
  input: ["batch", 10],
};

const images = (count: number): ValuesByName => ({
  x: { type: "float32", dims: [count, 10], data: drawn("x", [count, 10]) },
});

async function evaluate(bytes: Uint8Array, feeds: ValuesByName) {
  const session = await createSession(bytes);
  try {
    return await run(session, feeds);
  } finally {
    await session.release();
  }
}

const numbers = (values: ArrayLike<number | bigint> | undefined): number[] =>
  Array.from(values ?? [], Number);

test("cross entropy of labels: the gradient by the last bias is what the softmax says too much", async () => {
  const {
    bytes,
    gradients: by,
    loss,
  } = gradients(small(perceptron), { loss: crossEntropy(), outputs: ["y"] });
  const labels = [1, 3, 0];
  const outputs = await evaluate(bytes, {
    ...images(3),
    labels: { type: "int64", dims: [3], data: BigInt64Array.from(labels, BigInt) },
  });
  const shares = numbers(outputs.y?.data as Float32Array);
  const expected = [0, 1, 2, 3].map((c) =>
    labels.reduce((sum, label, n) => sum + ((shares[n * 4 + c] as number) - (label === c ? 1 : 0)) / 3, 0),
  );
  numbers(outputs[by.get("b2") as string]?.data as Float32Array).forEach((g, c) => {
    expect(g).toBeCloseTo(expected[c] as number, 5);
  });
  const mean = labels.reduce((sum, label, n) => sum - Math.log(shares[n * 4 + label] as number) / 3, 0);
  expect(Number(outputs[loss]?.data[0])).toBeCloseTo(mean, 5);
  expect([...by.keys()].sort()).toEqual(["b1", "b2", "w1", "w2"]);
});

test("label smoothing pulls towards all classes", async () => {
  const { bytes, gradients: by } = gradients(small(perceptron), {
    loss: crossEntropy({ labelSmoothing: 0.2 }),
    outputs: ["y"],
  });
  const outputs = await evaluate(bytes, {
    ...images(1),
    labels: { type: "int64", dims: [1], data: BigInt64Array.of(2n) },
  });
  const shares = numbers(outputs.y?.data as Float32Array);
  const expected = shares.map((share, c) => share - (c === 2 ? 0.8 : 0) - 0.05);
  numbers(outputs[by.get("b2") as string]?.data as Float32Array).forEach((g, c) => {
    expect(g).toBeCloseTo(expected[c] as number, 5);
  });
});

test("distillation vanishes where the student is the teacher, and so do its gradients", async () => {
  const model = small(perceptron);
  const loss = mix([
    { loss: distillation({ temperature: 3 }), weight: 0.7 },
    { loss: features(["r"]), weight: 0.3 },
    { loss: meanSquares({ output: "z" }), weight: 1 },
  ]);
  const { bytes, gradients: by, lossInputs, loss: name } = gradients(model, { loss, outputs: ["z", "r"] });
  expect(lossInputs.map((input) => input.name)).toEqual(["teacher", "r.teacher", "targets"]);
  const own = gradients(model, { loss: crossEntropy(), outputs: ["z", "r"] });
  const labels = { type: "int64", dims: [2], data: BigInt64Array.of(0n, 1n) } as const;
  const first = await evaluate(own.bytes, { ...images(2), labels });
  const [z, r] = [first.z, first.r].map(
    (values) => ({ type: "float32", dims: values?.dims ?? [], data: values?.data as Float32Array }) as const,
  );
  const fed = { ...images(2), teacher: z, "r.teacher": r, targets: z } as ValuesByName;
  const outputs = await evaluate(bytes, fed);
  expect(Math.abs(Number(outputs[name]?.data[0]))).toBeLessThan(1e-6);
  for (const output of by.values())
    for (const g of numbers(outputs[output]?.data as Float32Array)) expect(Math.abs(g)).toBeLessThan(1e-6);
});

test.each([11, 13, 17, 21])("the batch may have any size at run time, opset %i", async (opset) => {
  const net: Small = {
    nodes: [
      {
        op: "Conv",
        inputs: ["x", "w", "b"],
        outputs: ["c"],
        attributes: { pads: [1, 1, 1, 1], strides: [2, 2] },
      },
      { op: "Mul", inputs: ["c", "scale"], outputs: ["m"] },
      { op: "Relu", inputs: ["m"], outputs: ["r"] },
      { op: "Conv", inputs: ["r", "d"], outputs: ["e"], attributes: { group: 4, pads: [1, 1, 1, 1] } },
      { op: "Add", inputs: ["e", "r"], outputs: ["s"] },
      { op: "Resize", inputs: ["s", "none", "scales"], outputs: ["large"] },
      { op: "Mul", inputs: ["large", "large"], outputs: ["q"] },
      { op: "GlobalAveragePool", inputs: ["q"], outputs: ["p"] },
      { op: "Flatten", inputs: ["p"], outputs: ["f"] },
      { op: "Concat", inputs: ["f", "f"], outputs: ["k"], attributes: { axis: 1 } },
      { op: "MatMul", inputs: ["k", "v"], outputs: ["y"] },
    ],
    numbers: { none: [], scales: [1, 1, 2, 1.5] },
    weights: { w: [4, 3, 3, 3], b: [4], scale: [4, 1, 1], d: [4, 1, 3, 3], v: [8, 5] },
    input: ["batch", 3, "height", "width"],
    opset,
  };
  const { bytes, gradients: by } = gradients(small(net), { loss: crossEntropy() });
  const still = gradients(small({ ...net, input: [2, 3, 9, 8] }), { loss: crossEntropy() });
  const feeds: ValuesByName = {
    x: { type: "float32", dims: [2, 3, 9, 8], data: drawn("images", [2, 3, 9, 8]) },
    labels: { type: "int64", dims: [2], data: BigInt64Array.of(1n, 4n) },
  };
  const [open, fixed] = [await evaluate(bytes, feeds), await evaluate(still.bytes, feeds)];
  for (const output of by.values()) {
    const expected = numbers(fixed[output]?.data as Float32Array);
    expect(open[output]?.dims).toEqual(fixed[output]?.dims);
    numbers(open[output]?.data as Float32Array).forEach((g, i) => {
      expect(g).toBeCloseTo(expected[i] as number, 5);
    });
  }
});

test.each([13, 17])("a length may be known only at run time: slices and picks, opset %i", async (opset) => {
  const net: Small = {
    nodes: [
      { op: "MatMul", inputs: ["x", "w"], outputs: ["h"] },
      { op: "Tanh", inputs: ["h"], outputs: ["t"] },
      { op: "Slice", inputs: ["t", "first", "past", "axis"], outputs: ["s"] },
      { op: "Slice", inputs: ["t", "behind", "all", "axis"], outputs: ["u"] },
      { op: "ReduceSum", inputs: ["s", "axis"], outputs: ["a"], attributes: { keepdims: 0 } },
      { op: "Gather", inputs: ["u", "places"], outputs: ["g"], attributes: { axis: 1 } },
      { op: "ReduceSum", inputs: ["g", "axis"], outputs: ["b"], attributes: { keepdims: 0 } },
      { op: "Add", inputs: ["a", "b"], outputs: ["c"] },
      { op: "MatMul", inputs: ["c", "v"], outputs: ["y"] },
    ],
    weights: { w: [10, 6], v: [6, 4] },
    integers: { first: [1], past: [-1], behind: [-2], all: [1000], axis: [1], places: [1, 0, 1] },
    input: ["batch", "length", 10],
    opset,
  };
  const open = gradients(small(net), { loss: crossEntropy() });
  const still = gradients(small({ ...net, input: [2, 5, 10], opset: 17 }), { loss: crossEntropy() });
  expect([...open.gradients.keys()]).toEqual(["w", "v"]);
  const feeds: ValuesByName = {
    x: { type: "float32", dims: [2, 5, 10], data: drawn("tokens", [2, 5, 10]) },
    labels: { type: "int64", dims: [2], data: BigInt64Array.of(1n, 3n) },
  };
  const [found, wanted] = [await evaluate(open.bytes, feeds), await evaluate(still.bytes, feeds)];
  for (const output of open.gradients.values()) {
    const expected = numbers(wanted[output]?.data as Float32Array);
    numbers(found[output]?.data as Float32Array).forEach((g, i) => {
      expect(g).toBeCloseTo(expected[i] as number, 5);
    });
  }
});

test("what is stored in half precision is differentiated in full", async () => {
  const {
    bytes,
    gradients: by,
    weights,
  } = gradients(small({ ...perceptron, half: true }), { loss: crossEntropy(), weights: "inputs" });
  const fed = [...weights].map(
    ([name, { shape }]) => [name, { type: "float32", dims: shape, data: drawn(name, shape) }] as const,
  );
  const labels = { type: "int64", dims: [2], data: BigInt64Array.of(0n, 1n) } as const;
  const x = { type: "float16", dims: [2, 10], data: Uint16Array.from(drawn("x", [2, 10]), toHalf) } as const;
  const outputs = await evaluate(bytes, { x, labels, ...Object.fromEntries(fed) } as ValuesByName);
  const full = gradients(small(perceptron), { loss: crossEntropy() });
  const expected = await evaluate(full.bytes, { ...images(2), labels });
  for (const output of by.values()) {
    expect(outputs[output]?.type).toBe("float32");
    const wanted = numbers(expected[output]?.data as Float32Array);
    numbers(outputs[output]?.data as Float32Array).forEach((g, i) => {
      expect(Math.abs(g - (wanted[i] as number))).toBeLessThan(2e-3);
    });
  }
});

const gate: Small = {
  nodes: [
    { op: "MatMul", inputs: ["x", "w1"], outputs: ["h"] },
    { op: "MatMul", inputs: ["h", "w2"], outputs: ["a"] },
    { op: "Tanh", inputs: ["h"], outputs: ["g"] },
    { op: "Add", inputs: ["a", "g"], outputs: ["s"] },
    { op: "MatMul", inputs: ["s", "w3"], outputs: ["y"] },
  ],
  weights: { w1: [10, 6], w2: [6, 6], w3: [6, 3] },
  input: ["batch", 10],
};

const { Tanh: tanh, ...others } = gradientRules;

test("an operator without a rule stops what lies behind it, and nothing else", () => {
  const found = gradients(small(gate), { loss: meanSquares(), rules: others });
  expect([...found.gradients.keys()].sort()).toEqual(["w2", "w3"]);
  expect(found.stops).toEqual([
    { op: "Tanh", node: "n2", why: "it has no gradient rule", parameters: ["w1"] },
  ]);
});

test("a gradient that is asked for by name and can't be had is refused, with the operator", () => {
  const asking = () => gradients(small(gate), { loss: meanSquares(), parameters: ["w1"], rules: others });
  expect(asking).toThrow(AutodiffError);
  expect(asking).toThrow(/Tanh \(node "n2"\)/);
});

test("rules are extended by spreading", () => {
  const rules = { ...others, Tanh: tanh as GradientRule };
  expect([...gradients(small(gate), { loss: meanSquares(), rules }).gradients.keys()].sort()).toEqual([
    "w1",
    "w2",
    "w3",
  ]);
});

test("what does not move with its input is a constant, and is named", () => {
  const net: Small = {
    nodes: [
      { op: "MatMul", inputs: ["x", "w1"], outputs: ["h"] },
      { op: "Round", inputs: ["h"], outputs: ["q"] },
      { op: "MatMul", inputs: ["q", "w2"], outputs: ["y"] },
    ],
    weights: { w1: [10, 6], w2: [6, 6] },
    input: ["batch", 10],
  };
  const { constants, unreached, gradients: by } = gradients(small(net), { loss: meanSquares() });
  expect(constants).toEqual([{ op: "Round", node: "n1" }]);
  expect(unreached).toEqual(["w1"]);
  expect([...by.keys()]).toEqual(["w2"]);
});

test("running statistics are no parameters, unless all are asked for", () => {
  const net: Small = {
    nodes: [
      { op: "BatchNormalization", inputs: ["x", "scale", "shift", "mean", "variance"], outputs: ["y"] },
    ],
    weights: { scale: [10], shift: [10], mean: [10], variance: [10] },
    input: ["batch", 10],
  };
  expect([...parametersOf(small(net)).keys()]).toEqual(["scale", "shift"]);
  expect([...gradients(small(net), { loss: meanSquares(), parameters: "all" }).gradients.keys()]).toEqual([
    "scale",
    "shift",
    "mean",
    "variance",
  ]);
});

test.each([true, false])(
  "a norm behind a convolution is part of it, the convolution with a bias: %s",
  async (biased) => {
    const model = small({
      nodes: [
        {
          op: "Conv",
          inputs: ["x", "w", ...(biased ? ["b"] : [])],
          outputs: ["c"],
          attributes: { group: 2, pads: [1, 0, 1, 0] },
        },
        { op: "BatchNormalization", inputs: ["c", "scale", "shift", "mean", "variance"], outputs: ["n"] },
        { op: "Tanh", inputs: ["n"], outputs: ["y"] },
      ],
      weights: { w: [6, 2, 3, 2], ...(biased && { b: [6] }) },
      numbers: {
        scale: [0.5, -1, 0, 2, 1, 0.7],
        shift: [0.1, 0, -0.2, 0.3, 1, 0],
        mean: [0.3, -0.1, 0.2, 0, 0.5, 1],
        variance: [1, 0.5, 2, 0.2, 1, 3],
      },
      input: [2, 4, 4, 5],
    });
    const by = async (outputs: readonly string[]) => {
      const made = gradients(model, { loss: meanSquares({ output: "y" }), parameters: "all", outputs });
      const norms = readModel(made.bytes).graph.nodes.filter(({ op }) => op === "BatchNormalization");
      const session = await createSession(made.bytes);
      const fed = { x: [2, 4, 4, 5], targets: [2, 6, 4, 4] };
      const feeds: ValuesByName = Object.fromEntries(
        Object.entries(fed).map(([name, dims]) => [name, { type: "float32", dims, data: drawn(name, dims) }]),
      );
      const values = await run(session, feeds);
      await session.release();
      return { norms: norms.length, made, values };
    };
    // What is asked for stays, and the norm behind it.
    const [folded, apart] = [await by([]), await by(["c"])];
    expect([folded.norms, apart.norms]).toEqual([0, 1]);
    expect([...folded.made.gradients.keys()].sort()).toEqual([...apart.made.gradients.keys()].sort());
    for (const output of [folded.made.loss, ...folded.made.gradients.values()]) {
      const [own, other] = [folded, apart].map(({ values }) => values[output]?.data as Float32Array);
      expect(own?.some((value) => value !== 0)).toBe(true);
      own?.forEach((value, i) => {
        expect(value).toBeCloseTo(other?.[i] as number, 5);
      });
    }
  },
);

test("a loss is one number, a parameter is stored, a tensor exists", () => {
  const model = small(perceptron);
  const code = (run: () => unknown): string | undefined => {
    try {
      run();
    } catch (error) {
      return (error as AutodiffError).code;
    }
    return undefined;
  };
  expect(code(() => gradients(model, { loss: "y" }))).toBe("not-a-scalar");
  expect(code(() => gradients(model, { loss: "nowhere" }))).toBe("unknown-tensor");
  expect(code(() => gradients(model, { loss: crossEntropy(), parameters: ["x"] }))).toBe("unknown-parameter");
  expect(code(() => gradients(small({ ...perceptron, outputs: ["y", "z"] }), { loss: crossEntropy() }))).toBe(
    "several-outputs",
  );
});

test("the same model and loss give the same bytes", () => {
  const model = small(perceptron);
  expect(gradients(model, { loss: crossEntropy() }).bytes).toEqual(
    gradients(model, { loss: crossEntropy() }).bytes,
  );
});
