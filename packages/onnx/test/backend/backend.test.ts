import type { Cut, Trace } from "@prune/graph";
import { type Model, OnnxError, onnx, readModel, rules } from "@prune/onnx";
import { describe, expect, test } from "vitest";
import { external, floats, type GraphParts, info, modelBytes, node } from "../files/build-model.js";

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => Math.sin(i + 1));
const weights = (name: string, dims: number[]): ReturnType<typeof floats> =>
  floats(name, dims, numbers(dims.reduce((a, b) => a * b, 1)));
const ints = (name: string, values: number[]) => ({ name, type: 7, ints: values });
const int = (name: string, value: number) => ({ name, type: 2, i: value });

const backend = onnx();
const modelOf = (graph: GraphParts, external?: (location: string) => Uint8Array): Model =>
  readModel(modelBytes(graph), external && { external });

/** Removes the first unit of every family of channels. */
function firstUnits(trace: Trace): Cut {
  const channels = trace.families.filter(({ kind, units }) => kind === "channels" && units.length > 1);
  return trace.cut({ units: channels.map(({ units }) => units[0]!), atoms: [] });
}

/** x [2, 3, 8, 8] through a strided, a grouped, a transposed convolution and two products. */
const network: GraphParts = {
  name: "network",
  input: [info("x", [2, 3, 8, 8])],
  output: [info("y", [2, 5])],
  initializer: [
    weights("strided", [8, 3, 3, 3]),
    weights("strided.bias", [8]),
    weights("scale", [8]),
    weights("shift", [8]),
    weights("mean", [8]),
    floats("variance", [8], numbers(8).map(Math.abs)),
    weights("grouped", [8, 4, 1, 1]),
    weights("transposed", [8, 6, 2, 2]),
    weights("hidden", [10, 6]),
    weights("last", [10, 5]),
  ],
  node: [
    node("Conv", ["x", "strided", "strided.bias"], ["a"], {
      attribute: [ints("strides", [2, 2]), ints("pads", [1, 1, 1, 1])],
    }),
    node("BatchNormalization", ["a", "scale", "shift", "mean", "variance"], ["b"]),
    node("Conv", ["b", "grouped"], ["c"], { attribute: [int("group", 2)] }),
    node("ConvTranspose", ["c", "transposed"], ["d"], { attribute: [ints("strides", [2, 2])] }),
    node("GlobalAveragePool", ["d"], ["e"]),
    node("Flatten", ["e"], ["f"]),
    node("Gemm", ["f", "hidden"], ["g"], { attribute: [int("transB", 1)] }),
    node("MatMul", ["g", "last"], ["y"]),
  ],
};

test("makes a cut model complete in itself, also of external data that it leaves alone", () => {
  const graph: GraphParts = {
    name: "complete",
    input: [info("x", [1, 4])],
    output: [info("y", [1, 2])],
    initializer: [
      external("bias", [4], { location: "w", offset: 0, length: 16 }),
      weights("one", [4, 6]),
      weights("two", [6, 2]),
    ],
    node: [
      node("Add", ["x", "bias"], ["a"]),
      node("MatMul", ["a", "one"], ["b"]),
      node("MatMul", ["b", "two"], ["y"]),
    ],
  };
  const model = modelOf(graph, () => new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
  const trace = backend.trace(model);
  const alone = readModel(backend.cut(model, trace, firstUnits(trace)).source);
  expect(alone.graph.initializers.get("one")?.shape).toEqual([4, 5]);
  expect([...(alone.graph.initializers.get("bias")?.tensor().data ?? [])]).toEqual([1, 2, 3, 4]);
});

describe("cost", () => {
  test("counts multiply-accumulates of one sample and trained elements, node by node", () => {
    const model = modelOf(network);
    const costs = backend.costs(model, backend.trace(model));
    expect(costs.map(({ op, macs, parameters }) => [op, macs, parameters])).toEqual([
      ["Conv", 8 * 4 * 4 * 3 * 9, 8 * 27 + 8],
      ["BatchNormalization", 0, 16],
      ["Conv", 8 * 4 * 4 * 4, 32],
      ["ConvTranspose", 8 * 4 * 4 * 6 * 4, 8 * 24],
      ["GlobalAveragePool", 0, 0],
      ["Flatten", 0, 0],
      ["Gemm", 60, 60],
      ["MatMul", 50, 50],
    ]);
    expect(backend.cost(model, backend.trace(model)).bytes).toBe(model.source.length);
  });

  test("of a cut is that of the model cut, to the byte but for sizes written anew", () => {
    const model = modelOf(network);
    const trace = backend.trace(model);
    const cut = firstUnits(trace);
    const said = backend.cost(model, trace, cut);
    const small = backend.cut(model, trace, cut);
    const found = backend.cost(small, backend.trace(small));
    expect(said.parameters).toBeLessThan(backend.cost(model, trace).parameters);
    expect({ ...said, bytes: 0 }).toEqual({ ...found, bytes: 0 });
    expect(Math.abs(said.bytes - found.bytes)).toBeLessThan(100);
    expect(backend.costs(model, trace, cut)).toEqual(backend.costs(small, backend.trace(small)));
  });

  test("counts products over batches, Einsum and recurrent layers", () => {
    const graph: GraphParts = {
      name: "products",
      input: [info("x", ["batch", 7, 4]), info("s", [7, 1, 4])],
      output: [info("y", ["batch", 7, 5]), info("z", ["batch", 7, 7]), info("h", [7, 1, 1, 6])],
      initializer: [weights("w", [4, 5]), weights("wx", [1, 18, 4]), weights("r", [1, 18, 6])],
      node: [
        node("MatMul", ["x", "w"], ["y"]),
        node("Einsum", ["x", "x"], ["z"], {
          attribute: [{ name: "equation", type: 3, s: new TextEncoder().encode("bid,bjd->bij") }],
        }),
        node("GRU", ["s", "wx", "r"], ["h"], { attribute: [int("hidden_size", 6)] }),
      ],
    };
    const model = modelOf(graph);
    expect(backend.costs(model, backend.trace(model)).map(({ macs }) => macs)).toEqual([
      7 * 4 * 5,
      7 * 7 * 4,
      7 * (18 * 4 + 18 * 6),
    ]);
  });

  test("counts external data and a constant's copies where its uses are cut apart", () => {
    const graph: GraphParts = {
      name: "apart",
      input: [info("x", [1, 4])],
      output: [info("y", [1, 2]), info("z", [1, 2])],
      initializer: [
        external("one", [4, 6], { location: "w", offset: 0, length: 96 }),
        weights("two", [4, 6]),
        weights("bias", [6]),
        weights("y.weight", [6, 2]),
        weights("z.weight", [6, 2]),
      ],
      node: [
        node("MatMul", ["x", "one"], ["a"]),
        node("Add", ["a", "bias"], ["b"]),
        node("MatMul", ["b", "y.weight"], ["y"]),
        node("MatMul", ["x", "two"], ["c"]),
        node("Add", ["c", "bias"], ["d"]),
        node("MatMul", ["d", "z.weight"], ["z"]),
      ],
    };
    const model = modelOf(graph, () => new Uint8Array(96));
    const trace = backend.trace(model);
    expect(backend.cost(model, trace)).toMatchObject({
      parameters: 24 + 24 + 6 + 12 + 12,
      bytes: model.source.length + 96,
    });
    const cut = trace.cut({ units: [trace.families[0]!.units[0]!], atoms: [] });
    expect(backend.cost(model, trace, cut).parameters).toBe(20 + 24 + 5 + 6 + 10 + 12);
    const small = backend.cut(model, trace, cut);
    expect(backend.cost(small, backend.trace(small)).parameters).toBe(20 + 24 + 5 + 6 + 10 + 12);
  });
});

describe("the probe", () => {
  const graph: GraphParts = {
    name: "halves",
    input: [info("x", [1, 2])],
    output: [info("y", [1, 2])],
    initializer: [
      { name: "half", dims: [2, 2], dataType: 10, rawData: Uint8Array.of(0, 0x3c, 0, 0xc0, 0, 0x38, 0, 0) },
      floats("bad", [2], [1, Number.POSITIVE_INFINITY]),
      { name: "index", dims: [1], dataType: 7, rawData: new Uint8Array(8) },
    ],
    node: [
      node("MatMul", ["x", "half"], ["a"]),
      node("Add", ["a", "bad"], ["y"]),
      node("Identity", ["index"], ["z"]),
    ],
  };

  test("decodes halves, and has no values of integers or of what isn't there", () => {
    const model = modelOf(graph);
    const probe = backend.probe(model, backend.trace(model));
    expect(probe.weights("half")).toEqual({ shape: [2, 2], data: Float32Array.of(1, -2, 0.5, 0) });
    expect(probe.weights("index")).toBeUndefined();
    expect(probe.weights("nowhere")).toBeUndefined();
  });

  test("refuses weights that can't be compared, by name and index", () => {
    const model = modelOf(graph);
    const probe = backend.probe(model, backend.trace(model));
    expect(() => probe.weights("bad")).toThrow(
      expect.objectContaining({
        code: "non-finite",
        detail: { tensor: "bad", index: 1, value: Number.POSITIVE_INFINITY },
      }),
    );
  });
});

describe("a cut", () => {
  test("is checked by tracing what it would make: a rule that is wrong is found before anything is written", () => {
    const lying = onnx({
      rules: {
        ...rules,
        Relu: (_, kit) =>
          (kit.pin(kit.layout(0), [0], "says nothing of dim 1") as never) ?? kit.fixed([1, 6]),
      },
    });
    const graph: GraphParts = {
      name: "lie",
      input: [info("x", [1, 4])],
      output: [info("y", [1, 6])],
      initializer: [weights("w", [4, 6])],
      node: [node("MatMul", ["x", "w"], ["a"]), node("Relu", ["a"], ["y"])],
    };
    const model = modelOf(graph);
    const trace = lying.trace(model);
    const cut = firstUnits(trace);
    expect(trace.families).toHaveLength(1);
    // Traced by the right rules, the output would lose a column.
    expect(() => backend.edit(model, trace, cut)).toThrow(
      expect.objectContaining({ code: "inconsistent-cut" }),
    );
  });

  test("of another backend's trace is refused", () => {
    const model = modelOf(network);
    const trace = backend.trace(model);
    const foreign = { ...trace, source: { nodes: [] } } as unknown as Trace;
    expect(() => backend.probe(model, foreign)).toThrow(OnnxError);
  });
});

test("removals from a constant that is only moved about are told in the stored tensor", () => {
  const graph: GraphParts = {
    name: "moved",
    input: [info("x", [1, 4])],
    output: [info("y", [1, 2])],
    initializer: [
      weights("packed", [12, 4]),
      { name: "starts", dims: [1], dataType: 7, rawData: new Uint8Array(BigInt64Array.of(4n).buffer) },
      { name: "ends", dims: [1], dataType: 7, rawData: new Uint8Array(BigInt64Array.of(10n).buffer) },
      weights("last", [6, 2]),
    ],
    node: [
      node("Slice", ["packed", "starts", "ends"], ["part"]),
      node("Transpose", ["part"], ["turned"], { attribute: [ints("perm", [1, 0])] }),
      node("MatMul", ["x", "turned"], ["h"]),
      node("Relu", ["h"], ["r"]),
      node("MatMul", ["r", "last"], ["y"]),
    ],
  };
  const model = modelOf(graph);
  const trace = backend.trace(model);
  const [family] = trace.families;
  const cut = trace.cut({ units: [family!.units[1]!, family!.units[3]!], atoms: [] });
  // Elements outside the slice are read by nothing and stay.
  expect(backend.removals(model, trace, cut)).toEqual([
    { tensor: "last", shape: [6, 2], selectors: [{ view: [6, 2], dims: [0], removed: [1, 3] }] },
    { tensor: "packed", shape: [12, 4], selectors: [{ view: [12, 4], dims: [0], removed: [5, 7] }] },
  ]);
});

test("the hash is that of the file", async () => {
  const { createHash } = await import("node:crypto");
  const model = modelOf(network);
  expect(await backend.hash(model)).toBe(createHash("sha256").update(model.source).digest("hex"));
});
