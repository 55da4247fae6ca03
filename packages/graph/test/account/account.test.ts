import type { Trace } from "@prune/graph";
import { batchOf, costOf, faultOf, formsOf, removalsOf } from "@prune/graph/advanced";
import { stepOf } from "@prune/graph/rules";
import { describe, expect, test } from "vitest";
import { counting, type Toy, toyTrace } from "./toy.js";

/** Two layers, whose outputs both add the same bias. */
const apart: Toy = {
  input: [1, 3],
  weights: { v: [3, 4], w: [3, 4], bias: [4], o: [4, 2], p: [4, 2], idle: [5] },
  lines: [
    ["unread", "Twice", "idle"],
    ["a", "Dense", "x v"],
    ["b", "Dense", "x w"],
    ["c", "Add", "a bias"],
    ["d", "Add", "b bias"],
    ["y", "Dense", "c o"],
    ["z", "Dense", "d p"],
  ],
  outputs: ["y", "z"],
};

/** A cut of some columns of parameters. */
function cutOf(trace: Trace, columns: Readonly<Record<string, readonly number[]>>): ReturnType<Trace["cut"]> {
  const groups = Object.entries(columns).map(([tensor, at]) => trace.group({ tensor, dim: 1 }, at).plan());
  return trace.cut({
    units: groups.flatMap(({ units }) => units),
    atoms: groups.flatMap(({ atoms }) => atoms),
  });
}

const forms = (trace: Trace, cut?: ReturnType<Trace["cut"]>): string[] =>
  formsOf(trace, cut)
    .map(({ tensor, shape }) => `${tensor} ${shape}`)
    .sort();

describe("a tensor that uses of its own cut apart", () => {
  const trace = toyTrace(apart);
  const cut = cutOf(trace, { v: [0, 1], w: [1, 2, 3] });

  test("loses what all uses lose", () => {
    const removals = new Map(removalsOf(trace, cut).map(({ tensor, selectors }) => [tensor, selectors]));
    expect(removals.get("bias")).toEqual([{ view: [4], dims: [0], removed: [1] }]);
    expect(removals.get("v")?.[0]?.removed).toEqual([0, 1]);
    expect(removals.has("idle")).toBe(false);
  });

  test("is stored in both forms, and once before", () => {
    expect(forms(trace).filter((form) => form.startsWith("bias"))).toEqual(["bias 4"]);
    expect(forms(trace, cut)).toEqual(["bias 1", "bias 2", "idle 5", "o 2,2", "p 1,2", "v 3,2", "w 3,1"]);
  });

  test("costs as much as its forms", () => {
    const elements = 1 + 2 + 5 + 4 + 2 + 6 + 3;
    expect(costOf(trace, counting, 1000, cut)).toEqual({
      macs: 0,
      parameters: elements,
      bytes: 1000 + 4 * (elements - (5 + 12 + 12 + 4 + 8 + 8)),
    });
  });
});

test("what a cut constant is made of is stored no more where only that was made of it", () => {
  const trace = toyTrace({
    input: [1, 3],
    weights: { v: [3, 4], half: [4], o: [4, 2] },
    lines: [
      ["bias", "Twice", "half"],
      ["a", "Dense", "x v"],
      ["b", "Add", "a bias"],
      ["y", "Dense", "b o"],
    ],
    outputs: ["y"],
  });
  expect(forms(trace)).toEqual(["half 4", "o 4,2", "v 3,4"]);
  expect(forms(trace, cutOf(trace, { v: [2] }))).toEqual(["bias 3", "o 3,2", "v 3,3"]);
});

/** Six channels in two groups of three, dealt out in turn; then the first of each deal. */
const shuffle: Toy = {
  input: [1, 3],
  weights: { v: [3, 6], o: [3, 2] },
  lists: { open: [-1, 2, 3], turn: [0, 2, 1], shut: [1, 6], first: [0, 2, 4] },
  lines: [
    ["a", "Dense", "x v"],
    ["b", "Reshape", "a open"],
    ["c", "Transpose", "b turn"],
    ["d", "Reshape", "c shut"],
    ["e", "Gather", "d first"],
    ["y", "Dense", "e o"],
  ],
  outputs: ["y"],
};

describe("a channel shuffle", () => {
  const trace = toyTrace(shuffle);

  test("is a permutation, whose positions leave one by one", () => {
    const cut = cutOf(trace, { v: [1] });
    const removals = Object.fromEntries(
      removalsOf(trace, cut).map(({ tensor, selectors }) => [tensor, selectors]),
    );
    expect(removals.o?.[0]?.removed).toEqual([1]);
    const patches = trace.patches(cut).patches.map(({ node, patch }) => [node, patch]);
    expect(patches).toEqual([
      [3, { gather: { of: "a", axis: 1, index: [0, 2, 3, 1, 4] } }],
      [4, { inputs: { 1: { values: [0, 3], shape: [2] } } }],
    ]);
  });

  test("keeps what is not picked from it free to leave", () => {
    expect(trace.families.reduce((n, { units }) => n + units.length, 0)).toBe(6);
  });
});

describe("faults", () => {
  const trace = toyTrace(apart);
  const cut = cutOf(trace, { v: [0, 1] });
  const smaller = toyTrace({ ...apart, weights: { ...apart.weights, v: [3, 2], bias: [1], o: [2, 2] } });

  test("of a cut model are shapes and outputs that are not the cut's", () => {
    expect(faultOf(trace, smaller, cut)).toBeUndefined();
    expect(faultOf(trace, trace, cut)).toEqual({
      tensor: "a",
      what: "its shape would be [1,4] in place of [1,2]",
    });
    const one = toyTrace({ ...apart, outputs: ["y"] });
    expect(faultOf(trace, one, cut)).toEqual({ tensor: "z", what: "an output would be gone" });
  });

  test("become findings, with the names that are to blame; other errors don't", () => {
    const fault = { tensor: "w", what: "its elements are packed" };
    const error = Object.assign(new Error("no"), { code: "inconsistent-cut", detail: fault });
    expect(trace.blamedBy(new Error("other"))).toEqual([]);
    const found = trace.blamedBy(error);
    expect(found).toMatchObject([{ kind: "irregular", text: '"w": its elements are packed', tensor: "w" }]);
    expect(found[0]?.ids.length).toBeGreaterThan(0);
    expect(cut.findings).toEqual([]);
  });
});

test("a batch is a first dim that all inputs have in common", () => {
  expect(batchOf([[4, 3], [4]])).toBe(4);
  expect(batchOf([[4, 3], [2]])).toBe(1);
  expect(batchOf([["n", 3], ["n"]])).toBe("n");
  expect(batchOf([["n", 3], [4]])).toBe(1);
  expect(batchOf([undefined])).toBe(1);
});

test("positions that don't keep to a step have none", () => {
  expect([stepOf([1, 3, 5]), stepOf([5, 3, 1]), stepOf([0, 1, 3]), stepOf([7]), stepOf([7], -1)]).toEqual([
    2,
    -2,
    undefined,
    1,
    -1,
  ]);
});
