import { type GraphEdit, type Model, modelToBytes, noEdit, onnx, readModel } from "@prune/onnx";
import { checkLaw, judge, type Law } from "@prune/runtime-ort";
import { describe, expect, test } from "vitest";
import {
  floats,
  info,
  modelBytes,
  type NodeParts,
  node,
  type TensorParts,
} from "../../onnx/test/files/build-model.js";

type Attributes = Readonly<Record<string, number | string | readonly number[]>>;

interface Net {
  weight(name: string, shape: readonly number[], value?: (i: number) => number): string;
  integers(name: string, values: readonly number[]): string;
  node(op: string, inputs: readonly string[], output: string, attributes?: Attributes): string;
  model(...outputs: string[]): Model;
}

/** A small network in the making, from x. */
function network(input: readonly number[]): Net {
  const nodes: NodeParts[] = [];
  const tensors: TensorParts[] = [];
  return {
    weight(name, shape, value = noise(tensors.length + 1)) {
      const size = shape.reduce((a, b) => a * b, 1);
      tensors.push(
        floats(
          name,
          [...shape],
          Array.from({ length: size }, (_, i) => value(i)),
        ),
      );
      return name;
    },
    integers(name, values) {
      tensors.push({ name, dims: [values.length], dataType: 7, int64Data: [...values] });
      return name;
    },
    node(op, inputs, output, attributes = {}) {
      const attribute = Object.entries(attributes).map(([name, value]) =>
        typeof value === "number"
          ? { name, type: 2, i: value }
          : typeof value === "string"
            ? { name, type: 3, s: new TextEncoder().encode(value) }
            : { name, type: 7, ints: [...value] },
      );
      nodes.push(node(op, [...inputs], output.split(" "), { attribute }));
      return output;
    },
    model: (...outputs) =>
      readModel(
        modelBytes({
          name: "network",
          input: [info("x", [...input])],
          output: outputs.map((name) => ({ name, type: { tensorType: { elemType: typeOf(name) } } })),
          initializer: tensors,
          node: nodes,
        }),
      ),
  };
}

const typeOf = (name: string): number => (/index|places/.test(name) ? 7 : 1);

const noise =
  (seed: number) =>
  (i: number): number =>
    Math.sin(seed * 78.233 + i * 12.9898) * 0.7 + 0.05;

const backend = onnx();

/** The law of a model that loses every third unit, and of what `spoil` makes of the cut. */
async function lawOf(
  model: Model,
  spoil?: (tensor: string) => ((x: number, i: number) => number) | undefined,
): Promise<Law> {
  const trace = backend.trace(model);
  const units = trace.families.flatMap(({ units: all }) => [...all].filter((_, i) => i % 3 === 1));
  expect(units.length).toBeGreaterThan(0);
  const cut = trace.cut({ units, atoms: [] });
  const smaller = backend.cut(model, trace, cut);
  return checkLaw(
    {
      original: model.source,
      masked: modelToBytes(model, backend.mask(model, trace, cut)),
      cut: modelToBytes(smaller, spoil ? spoiled(smaller, spoil) : noEdit),
      living: (tensor, dims) => backend.living(trace, cut, tensor, dims),
    },
    { seeds: 3, noiseAbove: 1e-4 },
  );
}

function spoiled(model: Model, spoil: NonNullable<Parameters<typeof lawOf>[1]>): GraphEdit {
  const tensors = new Map<string, { shape: readonly number[]; bytes: () => Uint8Array }>();
  for (const [name, weight] of model.graph.initializers) {
    const change = spoil(name);
    if (change)
      tensors.set(name, {
        shape: weight.shape,
        bytes: () => new Uint8Array(Float32Array.from(weight.tensor().data as Float32Array, change).buffer),
      });
  }
  expect(tensors.size).toBeGreaterThan(0);
  return { ...noEdit, tensors };
}

const holds = (law: Law): boolean => judge(law, 1e-4).holds;

/** Scores of 8 boxes in pairs that are equal but for rounding; the best three are looked up and go through a layer. */
function topK(): Model {
  const net = network([2, 24]);
  net.node("MatMul", ["x", net.weight("w1", [24, 600])], "a");
  net.node("Relu", ["a"], "h");
  const half = noise(9);
  net.node(
    "MatMul",
    ["h", net.weight("w2", [600, 16], (i) => half(Math.floor(i / 2)) * (i % 2 ? 1 + 1e-7 : 1))],
    "scores",
  );
  net.node("TopK", ["scores", net.integers("k", [3])], "best places", { axis: 1 });
  net.node("Gather", [net.weight("table", [16, 12]), "places"], "rows", { axis: 0 });
  net.node("MatMul", ["rows", net.weight("w3", [12, 9])], "b");
  net.node("Relu", ["b"], "c");
  net.node("MatMul", ["c", net.weight("w4", [9, 5])], "y");
  return net.model("best", "y", "places");
}

describe("behind an operator that ranks", () => {
  test("a right cut passes although scores tie", async () => {
    const law = await lawOf(topK());
    expect(law.anchors).toBe(1);
    expect(law.error).toBeLessThan(1e-5);
    expect(holds(law)).toBe(true);
  });

  test("a wrong cut behind it is caught", async () => {
    for (const tensor of ["table", "w3", "w4"])
      expect(
        holds(
          await lawOf(topK(), (name) => (name === tensor ? (x, i) => (i === 2 ? x + 0.5 : x) : undefined)),
        ),
      ).toBe(false);
  });

  test("a wrong cut before it is caught", async () => {
    for (const tensor of ["w1", "w2"])
      expect(
        holds(
          await lawOf(topK(), (name) => (name === tensor ? (x, i) => (i === 5 ? x + 0.5 : x) : undefined)),
        ),
      ).toBe(false);
  });

  test("places that are another's are caught", async () => {
    expect(holds(await lawOf(topK(), (name) => (name === "w2" ? (_, i) => noise(3)(i) : undefined)))).toBe(
      false,
    );
  });
});

/** Keeps the local maxima of a heat map: what is equal to the largest beside it. */
function peaks(bias: number, spread: number): Net {
  const net = network([1, 3, 64, 64]);
  net.node("Conv", ["x", net.weight("w1", [16, 3, 3, 3])], "a", { pads: [1, 1, 1, 1] });
  net.node("Relu", ["a"], "b");
  net.node("Conv", ["b", net.weight("w2", [16, 16, 3, 3])], "c", { pads: [1, 1, 1, 1] });
  net.node("Relu", ["c"], "d");
  const [w3, b3] = [
    net.weight("w3", [1, 16, 1, 1], (i) => spread * noise(4)(i)),
    net.weight("b3", [1], () => bias),
  ];
  net.node("Conv", ["d", w3, b3], "heat");
  net.node("Sigmoid", ["heat"], "s");
  net.node("MaxPool", ["s"], "m", { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
  net.node("Equal", ["s", "m"], "e");
  net.node("Cast", ["e"], "f", { to: 1 });
  net.node("Mul", ["s", "f"], "y");
  return net;
}

describe("a comparison of what was computed with itself", () => {
  test("passes, also where a sigmoid leaves hardly any number", async () => {
    for (const [bias, spread] of [
      [0, 0.1],
      [-14, 0.01],
    ] as const) {
      const law = await lawOf(peaks(bias, spread).model("y"));
      expect(holds(law)).toBe(true);
    }
  });

  test("is caught where the map is wrong", async () => {
    for (const bias of [0, -14]) {
      const wrong = (name: string) =>
        name === "w1" ? (x: number, i: number) => (i % 5 === 1 ? 3 * x + 0.1 : x) : undefined;
      expect(holds(await lawOf(peaks(bias, 0.002).model("y"), wrong))).toBe(false);
    }
  });
});

describe("an output that is all but constant", () => {
  const saturated = (): Model => {
    const net = network([4, 12]);
    net.node("MatMul", ["x", net.weight("w1", [12, 24])], "a");
    net.node("Relu", ["a"], "b");
    net.node(
      "Gemm",
      ["b", net.weight("w2", [24, 3], (i) => 0.1 * noise(4)(i)), net.weight("b2", [3], () => -15)],
      "z",
    );
    net.node("Sigmoid", ["z"], "y");
    return net.model("y");
  };

  test("is judged on the scale of what makes it", async () => {
    const law = await lawOf(saturated());
    expect(holds(law)).toBe(true);
  });

  test("is caught where what makes it is wrong", async () => {
    const wrong = (name: string) => (name === "b2" ? (x: number) => x + 0.1 : undefined);
    expect(holds(await lawOf(saturated(), wrong))).toBe(false);
  });
});

/** Hidden units that fire or don't: what decides is itself cut. */
function firing(): Model {
  const net = network([8, 12]);
  net.node("MatMul", ["x", net.weight("w1", [12, 600])], "a");
  net.node("Relu", ["a"], "r");
  net.node("MatMul", ["r", net.weight("w2", [600, 24])], "b");
  net.node("Mul", ["b", net.weight("many", [], () => 3e4)], "c");
  net.node("Round", ["c"], "d");
  net.node("Greater", ["d", net.weight("least", [], () => 7)], "e");
  net.node("Cast", ["e"], "f", { to: 1 });
  net.node("Mul", ["f", "d"], "g");
  net.node("Sin", ["g"], "h");
  net.node("MatMul", ["h", net.weight("w3", [24, 4])], "y");
  return net.model("y");
}

describe("units that decide themselves", () => {
  test("are handed over without those that left", async () => {
    const law = await lawOf(firing());
    expect(law.anchors).toBe(1);
    expect(law.error).toBeLessThan(1e-5);
  });

  test("are caught where their weights or their readers are wrong", async () => {
    for (const tensor of ["w1", "w2", "w3"])
      expect(
        holds(
          await lawOf(firing(), (name) => (name === tensor ? (x, i) => (i === 3 ? x + 0.3 : x) : undefined)),
        ),
      ).toBe(false);
  });
});

/** As many rows as there are cells above a bound. */
function counted(): Model {
  const net = network([40, 12]);
  net.node("MatMul", ["x", net.weight("w1", [12, 24])], "a");
  net.node("Relu", ["a"], "r");
  net.node("MatMul", ["r", net.weight("w2", [24, 2])], "b");
  net.node("Greater", ["b", net.weight("least", [], () => 0.2)], "e");
  net.node("NonZero", ["e"], "n");
  net.node("Transpose", ["n"], "places", { perm: [1, 0] });
  net.node("GatherND", ["b", "places"], "y");
  return net.model("y", "places");
}

test("outputs whose shape follows from values have the masked model's", async () => {
  const law = await lawOf(counted());
  expect(law.sameForm).toBe(true);
  expect(holds(law)).toBe(true);
  expect(holds(await lawOf(counted(), (name) => (name === "w2" ? (x) => -x : undefined)))).toBe(false);
});

describe("random numbers that a model draws", () => {
  const drawing = (): Model => {
    const net = network([4, 12]);
    net.node("MatMul", ["x", net.weight("w1", [12, 24])], "h");
    net.node("Relu", ["h"], "r");
    net.node("MatMul", ["r", net.weight("w2", [24, 6])], "a");
    net.node("RandomNormalLike", ["a"], "noise");
    net.node("Add", ["a", "noise"], "b");
    net.node("Tanh", ["b"], "c");
    net.node("MatMul", ["c", net.weight("w3", [6, 5])], "y");
    return net.model("y");
  };

  test("are the same on both sides", async () => {
    const law = await lawOf(drawing());
    expect(law.error).toBeLessThan(1e-5);
    expect(judge(law, 1e-4)).toEqual({ holds: true, vacuous: false });
  });

  test("hide nothing that is wrong", async () => {
    for (const tensor of ["w1", "w2", "w3"])
      expect(
        holds(
          await lawOf(drawing(), (name) => (name === tensor ? (x, i) => (i === 3 ? x + 0.3 : x) : undefined)),
        ),
      ).toBe(false);
  });
});
