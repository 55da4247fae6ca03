import { magnitude, random } from "@prune/importance-magnitude";
import { prune } from "@prune/pruner";
import { checkHeads, partsOf } from "@prune/pruner/advanced";
import { describe, expect, test } from "vitest";
import { floats, type GraphParts, info, node } from "../../onnx/test/files/build-model.js";
import { backend, modelOf } from "./models.js";

const [groups, copies, dims, width] = [2, 3, 4, 8];

const weights = (name: string, shape: number[], seed: number): ReturnType<typeof floats> =>
  floats(
    name,
    shape,
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(seed * 12.9898 + i * 78.233)),
  );

const ints = (name: string, values: number[]) => ({
  name,
  dims: [values.length],
  dataType: 7,
  rawData: new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer),
});

const transposed = (input: string, output: string, perm: number[]) =>
  node("Transpose", [input], [output], { attribute: [{ name: "perm", type: 7, ints: perm }] });

/** Attention over [1, 5, 8]: two key/value heads of four dims, each shared by three query heads. */
const sharedHeads: GraphParts = {
  name: "shared-heads",
  input: [info("x", [1, 5, width])],
  output: [info("y", [1, 5, width])],
  initializer: [
    weights("q", [width, groups * copies * dims], 1),
    weights("k", [width, groups * dims], 2),
    weights("v", [width, groups * dims], 3),
    weights("o", [groups * copies * dims, width], 4),
    ints("queries", [1, 5, groups * copies, dims]),
    ints("keys", [1, 5, groups, dims]),
    ints("apart", [1, groups, 1, 5, dims]),
    ints("repeated", [1, groups, copies, 5, dims]),
    ints("beside", [1, groups * copies, 5, dims]),
    ints("merged", [1, 5, groups * copies * dims]),
  ],
  node: [
    node("MatMul", ["x", "q"], ["q1"]),
    node("Reshape", ["q1", "queries"], ["q2"]),
    transposed("q2", "q3", [0, 2, 1, 3]),
    ...["k", "v"].flatMap((name) => [
      node("MatMul", ["x", name], [`${name}1`]),
      node("Reshape", [`${name}1`, "keys"], [`${name}2`]),
      transposed(`${name}2`, `${name}3`, [0, 2, 1, 3]),
      node("Reshape", [`${name}3`, "apart"], [`${name}4`]),
      node("Expand", [`${name}4`, "repeated"], [`${name}5`]),
      node("Reshape", [`${name}5`, "beside"], [`${name}6`]),
    ]),
    transposed("k6", "k7", [0, 1, 3, 2]),
    node("MatMul", ["q3", "k7"], ["scores"]),
    node("Softmax", ["scores"], ["mix"], { attribute: [{ name: "axis", type: 2, i: -1 }] }),
    node("MatMul", ["mix", "v6"], ["h"]),
    transposed("h", "h1", [0, 2, 1, 3]),
    node("Reshape", ["h1", "merged"], ["h2"]),
    node("MatMul", ["h2", "o"], ["y"]),
  ],
};

/** The same behind four steps of a cache, whose inputs and outputs keep their shapes. */
const held: GraphParts = {
  ...sharedHeads,
  name: "held-heads",
  input: [info("x", [1, 5, width]), ...["k", "v"].map((name) => info(`past.${name}`, [1, groups, 4, dims]))],
  output: [
    info("y", [1, 5, width]),
    ...["k", "v"].map((name) => info(`present.${name}`, [1, groups, 9, dims])),
  ],
  initializer: (sharedHeads.initializer ?? []).map((tensor) => {
    if (tensor.name === "apart") return ints("apart", [1, groups, 1, 9, dims]);
    if (tensor.name === "repeated") return ints("repeated", [1, groups, copies, 9, dims]);
    return tensor.name === "beside" ? ints("beside", [1, groups * copies, 9, dims]) : tensor;
  }),
  node: (sharedHeads.node ?? []).flatMap((one) => {
    const [name] = /^[kv](?=4$)/.exec(one.output?.[0] ?? "") ?? [];
    if (name === undefined) return [one];
    const joined = { attribute: [{ name: "axis", type: 2, i: 2 }] };
    return [
      node("Concat", [`past.${name}`, `${name}3`], [`present.${name}`], joined),
      { ...one, input: [`present.${name}`, "apart"] },
    ];
  }),
};

/** Widths of the projections of queries, keys, values. */
async function widths(how: object): Promise<Record<string, number>> {
  const model = modelOf(sharedHeads);
  const { model: small } = await prune(model, { backend, importance: magnitude(), ratio: 0, ...how });
  const trace = backend.trace(small);
  const probe = backend.probe(small, trace);
  const width = (name: string, dim: number): number => probe.weights(name)?.shape[dim] ?? 0;
  return { q: width("q", 1), k: width("k", 1), v: width("v", 1), o: width("o", 0) };
}

describe("query heads that share key and value heads", () => {
  test("are told apart from those and from the dims inside them", () => {
    const parts = partsOf(backend.trace(modelOf(sharedHeads)));
    expect([...parts].sort()).toEqual(["columns", "columns", "copies", "rows"]);
  });

  test("stay unless asked for", async () => {
    expect(await widths({ ratio: 0.5, headDims: 0 })).toEqual({ q: 24, k: 8, v: 8, o: 24 });
  });

  test("leave every key head by their own ratio, and keys and values stay", async () => {
    expect(await widths({ queryHeads: 0.34 })).toEqual({ q: 16, k: 8, v: 8, o: 16 });
    expect(await widths({ queryHeads: 0.67 })).toEqual({ q: 8, k: 8, v: 8, o: 8 });
    expect(await widths({ queryHeads: 0.2 })).toEqual({ q: 24, k: 8, v: 8, o: 24 });
  });

  test("leave with their key head, each ratio for itself", async () => {
    expect(await widths({ heads: 0.5 })).toEqual({ q: 12, k: 4, v: 4, o: 12 });
    expect(await widths({ heads: 0.5, queryHeads: 0.34, headDims: 0.5 })).toEqual({ q: 4, k: 2, v: 2, o: 4 });
  });

  test("are told apart where a cache holds the heads that they share, and leave", async () => {
    const model = modelOf(held);
    const trace = backend.trace(model);
    expect(partsOf(trace)).toContain("copies");
    expect(partsOf(trace)).not.toContain("rows");
    const { model: small } = await prune(model, {
      backend,
      importance: magnitude(),
      ratio: 0,
      queryHeads: 0.34,
    });
    const after = backend.trace(small);
    expect(after.source.parameter("q")).toEqual([width, groups * 2 * dims]);
    expect(after.source.parameter("k")).toEqual([width, groups * dims]);
  });

  test("are what is left to ask for, where whole heads are held: what holds them is said", () => {
    const trace = backend.trace(modelOf(held));
    expect(() => checkHeads(trace, { heads: 0.5 })).toThrowError(
      /its heads stay, most because cache "past.k" keeps its shape.*; its query heads may leave/,
    );
    expect(() => checkHeads(trace, { queryHeads: 0.5 })).not.toThrow();
  });

  test("leave at the same place of every key head", async () => {
    const model = modelOf(sharedHeads);
    const { recipe } = await prune(model, {
      backend,
      importance: random({ seed: 5 }),
      ratio: 0,
      queryHeads: 0.34,
    });
    const rows = recipe.parameters.find(({ tensor }) => tensor === "o")?.selectors[0]?.removed ?? [];
    const heads = new Set(rows.map((row) => Math.floor(row / dims)));
    expect([...heads].map((head) => head % copies)).toEqual([
      [...heads][0]! % copies,
      [...heads][0]! % copies,
    ]);
    expect([...heads].map((head) => Math.floor(head / copies))).toEqual([0, 1]);
  });
});
