import { type Cost, macsOf, PruneError, type Trace } from "@prune/graph";
import { countedText } from "@prune/graph/advanced";
import { type Model, onnx, readModel } from "@prune/onnx";
import { describe, expect, test } from "vitest";
import { floats, type GraphParts, info, modelBytes, type NodeParts, node } from "../files/build-model.js";

type Dim = number | string;

const weights = (name: string, dims: number[]) =>
  floats(
    name,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + 1)),
  );
const int64 = (name: string, values: readonly number[]) => ({
  name,
  dims: [values.length],
  dataType: 7,
  int64Data: [...values],
});
const ints = (name: string, values: number[]) => ({ name, type: 7, ints: values });
const strided = { attribute: [ints("strides", [2, 2]), ints("pads", [1, 1, 1, 1])] };
const padded = { attribute: [ints("pads", [1, 1, 1, 1])] };
const modelOf = (graph: GraphParts): Model => readModel(modelBytes(graph));

const costOf = (graph: GraphParts, options: Parameters<typeof onnx>[0] = {}, halved = false): Cost => {
  const model = modelOf(graph);
  const backend = onnx(options);
  const trace = backend.trace(model);
  return backend.cost(model, trace, halved ? halfOf(trace) : undefined);
};

/** Half of the units of every family. */
const halfOf = (trace: Trace) =>
  trace.cut({
    units: trace.families.flatMap(({ units }) => [...units.slice(0, Math.floor(units.length / 2))]),
    atoms: [],
  });

/** Convolutions of two strides, one branch resized to the other and added, as text detectors have them; pooled to scores. */
const detector = (h: Dim, w: Dim): GraphParts => ({
  name: "detector",
  input: [info("x", [1, 3, h, w])],
  output: [info("y", [1, 4])],
  initializer: [
    weights("w1", [8, 3, 3, 3]),
    weights("w2", [8, 8, 3, 3]),
    weights("w3", [8, 8, 3, 3]),
    weights("w4", [6, 16, 3, 3]),
    weights("w5", [6, 4]),
    floats("scales", [4], [1, 1, 2, 2]),
    int64("from", [2]),
    int64("to", [4]),
    int64("zero", [0]),
  ],
  node: [
    node("Conv", ["x", "w1"], ["a"], strided),
    node("Conv", ["a", "w2"], ["b"], strided),
    node("Conv", ["b", "w3"], ["c"], strided),
    node("Resize", ["c", "", "scales"], ["r"]),
    node("Shape", ["b"], ["shape"]),
    node("Slice", ["shape", "from", "to", "zero"], ["plane"]),
    node("Shape", ["r"], ["other"]),
    node("Slice", ["other", "zero", "from", "zero"], ["front"]),
    node("Concat", ["front", "plane"], ["size"], { attribute: [{ name: "axis", type: 2, i: 0 }] }),
    node("Resize", ["r", "", "", "size"], ["fitted"]),
    node("Concat", ["b", "fitted"], ["d"], { attribute: [{ name: "axis", type: 2, i: 1 }] }),
    node("Conv", ["d", "w4"], ["e"], padded),
    node("Relu", ["e"], ["f"]),
    node("GlobalAveragePool", ["f"], ["g"]),
    node("Flatten", ["g"], ["i"]),
    node("MatMul", ["i", "w5"], ["y"]),
  ],
});

/** Tokens through a product, attention of all to all, and a product: one term grows with the length, one with its square. */
const attention = (batch: Dim, length: Dim): GraphParts => ({
  name: "attention",
  input: [info("x", [batch, length, 16])],
  output: [info("y", [batch, length, 16])],
  initializer: [weights("wq", [16, 16]), weights("wk", [16, 16]), weights("wo", [16, 16])],
  node: [
    node("MatMul", ["x", "wq"], ["q"]),
    node("MatMul", ["x", "wk"], ["k"]),
    node("Transpose", ["k"], ["kt"], { attribute: [ints("perm", [0, 2, 1])] }),
    node("MatMul", ["q", "kt"], ["s"]),
    node("Softmax", ["s"], ["p"]),
    node("MatMul", ["p", "x"], ["m"]),
    node("MatMul", ["m", "wo"], ["y"]),
  ],
});

describe("costs of a model that leaves sizes open", () => {
  test.each([
    [64, 64],
    [97, 130],
    [640, 480],
  ])("are those of the same model of %i x %i, before and after a cut", (h, w) => {
    for (const halved of [false, true]) {
      const fixed = costOf(detector(h, w), {}, halved);
      const open = costOf(detector("h", "w"), { sizes: { h, w } }, halved);
      expect(open.macs).toBe(fixed.macs);
      expect(open.sizes).toEqual([
        { name: "h", size: h, from: "given" },
        { name: "w", size: w, from: "given" },
      ]);
      expect(fixed).not.toHaveProperty("sizes");
      expect(open.macsAtTwice).toBe(costOf(detector(2 * h, 2 * w), {}, halved).macs);
    }
  });

  test("are counted at usual sizes where nothing tells, which they state", () => {
    const cost = costOf(detector("h", "w"));
    expect(cost.macs).toBe(costOf(detector(224, 224)).macs);
    expect(cost.sizes?.map(({ size, from }) => [size, from])).toEqual([
      [224, "assumed"],
      [224, "assumed"],
    ]);
    expect(countedText(cost)).toBe("MACs are counted at h = 224 (assumed), w = 224 (assumed)");
  });

  test("are counted at the side that a product behind flattened images wants", () => {
    const flat = (h: Dim, w: Dim): GraphParts => ({
      name: "flat",
      input: [info("x", ["batch", 3, h, w])],
      output: [info("y", ["batch", 4])],
      initializer: [weights("w1", [8, 3, 3, 3]), weights("w2", [8 * 16 * 16, 4])],
      node: [
        node("Conv", ["x", "w1"], ["a"], strided),
        node("Flatten", ["a"], ["b"]),
        node("MatMul", ["b", "w2"], ["y"]),
      ],
    });
    const cost = costOf(flat("h", "w"));
    expect(cost.macs).toBe(costOf(flat(32, 32)).macs);
    expect(cost.sizes?.map(({ size }) => size)).toEqual([32, 32]);
  });

  test("are counted at sizes of samples, but for those that are given", () => {
    const cost = costOf(detector("h", "w"), { sizes: { h: 96 }, sampleSizes: { h: 32, w: 48 } });
    expect(cost.macs).toBe(costOf(detector(96, 48)).macs);
    expect(cost.sizes?.map(({ from }) => from)).toEqual(["given", "samples"]);
  });

  test("are of one sample, however large the batch is", () => {
    const one = costOf(attention(1, 20)).macs;
    expect(costOf(attention("batch", "length"), { sizes: { length: 20 } }).macs).toBe(one);
    expect(costOf(attention("batch", "length"), { sizes: { batch: 6, length: 20 } }).macs).toBe(one);
    expect(costOf(attention(6, 20)).macs).toBe(one);
    expect(costOf(attention("batch", "length")).macs).toBe(costOf(attention(1, 128)).macs);
  });

  test("may name dims that have no name", () => {
    const graph = detector("h", "w");
    const unnamed = { ...graph, input: [info("x", [1, 3, -1, -1])] };
    const cost = costOf(unnamed, { sizes: { "x.2": 64, "x.3": 64 } });
    expect(cost.macs).toBe(costOf(detector(64, 64)).macs);
    expect(cost.sizes?.map(({ name }) => name)).toEqual(["x.2", "x.3"]);
  });

  test("follow sizes that are said by others", () => {
    const graph = attention(1, "past + 1");
    const other = { ...graph, input: [...(graph.input ?? []), info("seen", [1, "past"])] };
    expect(costOf(other, { sizes: { past: 19 } }).macs).toBe(costOf(attention(1, 20)).macs);
  });

  test("say where another size leaves another share", () => {
    const shares = [20, 40].map(
      (length) => macsOf(costOf(attention(1, length), {}, true)) / macsOf(costOf(attention(1, length))),
    );
    const asked = { sizes: { length: 20 } };
    const before = costOf(attention(1, "length"), asked);
    const after = costOf(attention(1, "length"), asked, true);
    const [once, twice] = shares.map((share) => `${(100 * share).toFixed(1)} %`);
    expect(once).not.toBe(twice);
    expect(countedText(before, after)).toBe(
      `MACs are counted at length = 20 (given); at twice these sizes ${twice} are left, not ${once}`,
    );
    const plain = { sizes: { h: 64, w: 64 } };
    const [whole, half] = [costOf(detector("h", "w"), plain), costOf(detector("h", "w"), plain, true)];
    expect(countedText(whole, half)).toBe("MACs are counted at h = 64 (given), w = 64 (given)");
    expect(macsOf(half) / macsOf(whole)).toBeCloseTo(
      (half.macsAtTwice as number) / (whole.macsAtTwice as number),
      2,
    );
  });

  test("refuse sizes that the model doesn't leave open, and those that are none", () => {
    const code = (sizes: Record<string, number>): unknown => {
      try {
        costOf(detector("height", "w"), { sizes });
      } catch (error) {
        return error instanceof PruneError && [error.code, error.message];
      }
      return undefined;
    };
    expect(code({ hieght: 64 })).toEqual(["unknown-size", expect.stringContaining('did you mean "height"')]);
    expect(code({ w: 1.5 })).toEqual(["bad-size", expect.stringContaining("1.5")]);
    expect(code({ constructor: 3 })).toEqual(["unknown-size", expect.stringContaining("height, w")]);
  });
});

describe("what can't be counted is unknown, never small", () => {
  const unknown = (nodes: NodeParts[], input = info("x", [2, 8])) =>
    costOf({
      name: "unknown",
      input: [input],
      output: [{ name: "y" }],
      initializer: [weights("w", [8, 5]), weights("v", [5, 5])],
      node: nodes,
    });

  test("a product of a tensor whose rank nothing tells", () => {
    const cost = unknown([node("MatMul", ["x", "w"], ["a"]), node("MatMul", ["a", "v"], ["y"])], {
      name: "x",
      type: { tensorType: { elemType: 1 } },
    });
    expect(cost).toMatchObject({ macs: null, parameters: 65, uncounted: { nodes: 2, op: "MatMul" } });
    expect(() => macsOf(cost)).toThrowError(
      expect.objectContaining({ code: "unknown-macs", message: expect.stringContaining('"x" is not known') }),
    );
  });

  test("a product of as many rows as only run time tells, unless that is given", () => {
    const rows: NodeParts[] = [
      node("NonZero", ["x"], ["at"]),
      node("Transpose", ["at"], ["rows"], { attribute: [ints("perm", [1, 0])] }),
      node("Cast", ["rows"], ["places"], { attribute: [{ name: "to", type: 2, i: 1 }] }),
      node("MatMul", ["places", "u"], ["y"]),
    ];
    const graph: GraphParts = {
      name: "rows",
      input: [info("x", [2, 8])],
      output: [{ name: "y" }],
      initializer: [weights("u", [2, 5])],
      node: rows,
    };
    const cost = costOf(graph);
    expect(cost.macs).toBeNull();
    const [, name = ""] = /only run time tells: (.*)$/.exec(cost.uncounted?.why ?? "") ?? [];
    expect(costOf(graph, { sizes: { [name]: 7 } })).toMatchObject({
      macs: 7 * 2 * 5,
      sizes: [{ name, size: 7, from: "given" }],
    });
  });

  test("but for an If, of which a run takes one branch: the dearer counts", () => {
    const body = {
      name: "body",
      node: [node("MatMul", ["x", "w"], ["inside"])],
      output: [info("inside", [2, 5])],
    };
    const cost = unknown([
      node("ReduceSum", ["x"], ["sum"], { attribute: [{ name: "keepdims", type: 2, i: 0 }] }),
      node("Cast", ["sum"], ["flag"], { attribute: [{ name: "to", type: 2, i: 9 }] }),
      node("If", ["flag"], ["y"], {
        attribute: [
          { name: "then_branch", type: 5, g: body },
          { name: "else_branch", type: 5, g: body },
        ],
      }),
    ]);
    expect(cost.macs).toBe(2 * 8 * 5);
  });
});
