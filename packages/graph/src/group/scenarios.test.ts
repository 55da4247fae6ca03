import { expect, test } from "vitest";
import { operators, parameters, type Step, traced } from "../../test/traced.js";

/** What dependency-graph pruning is expected to get right, by name in torch-pruning's tests. */

test("cascaded concats shift indices once for each", () => {
  const steps: Step[] = ["a", "b", "c", "d"].map((name) => [`${name}1`, "MatMul", `x ${name}`]);
  const weights = { a: [3, 5], b: [3, 5], c: [3, 10], d: [3, 15], e: [35, 4] };
  const trace = traced(
    { x: [2, 3] },
    weights,
    ["z"],
    [
      ...steps,
      ["ab", "Concat", "a1 b1", { axis: 1 }],
      ["abc", "Concat", "ab c1", { axis: 1 }],
      ["abcd", "Concat", "abc d1", { axis: 1 }],
      ["z", "MatMul", "abcd e"],
    ],
  );
  const columns = (name: string): string[] => parameters(trace.group({ tensor: name, dim: 1 }, [0, 4]));
  expect(columns("a")).toEqual(["a 1 out [0,4]", "e 0 in [0,4]"]);
  expect(columns("b")).toEqual(["b 1 out [0,4]", "e 0 in [5,9]"]);
  expect(columns("c")).toEqual(["c 1 out [0,4]", "e 0 in [10,14]"]);
  expect(columns("d")).toEqual(["d 1 out [0,4]", "e 0 in [20,24]"]);
  expect(operators(trace.group({ tensor: "a", dim: 1 }))).toEqual(["MatMul", "Concat"]);
  expect(trace.groups().map((group) => group.root.tensor)).toEqual(["a", "b", "c", "d"]);
});

test("a tensor beside itself loses both copies", () => {
  const trace = traced(
    { x: [2, 3] },
    { a: [3, 4], b: [8, 4] },
    ["z"],
    [
      ["h", "MatMul", "x a"],
      ["i", "Concat", "h h", { axis: 1 }],
      ["z", "MatMul", "i b"],
    ],
  );
  expect(parameters(trace.group({ tensor: "a", dim: 1 }, [1]))).toEqual(["a 1 out [1]", "b 0 in [1,5]"]);
  expect(parameters(trace.group({ tensor: "b", dim: 0 }, [1]))).toEqual(["b 0 in [1,5]", "a 1 out [1]"]);
});

test("chunks of a split, a concat of some and a residual over the rest", () => {
  const trace = traced(
    { x: [2, 3] },
    { a: [3, 16], b: [4, 8], c: [8, 4], d: [12, 5] },
    ["z"],
    [
      ["h", "MatMul", "x a"],
      [["p", "q", "r"], "Split", "h", { axis: 1, sizes: [4, 4, 8] }],
      ["p1", "MatMul", "p b"],
      ["q1", "MatMul", "q b"],
      ["s", "Add", "p1 r"],
      ["t", "MatMul", "s c"],
      ["u", "Concat", "t q1", { axis: 1 }],
      ["z", "MatMul", "u d"],
    ],
  );
  // One weight reads both small chunks, and its columns are both concatenated and added to the third.
  expect(parameters(trace.group({ tensor: "a", dim: 1 }, [1])).sort()).toEqual([
    "a 1 out [1,5]",
    "b 0 in [1]",
  ]);
  expect(parameters(trace.group({ tensor: "a", dim: 1 }, [10])).sort()).toEqual([
    "a 1 out [10]",
    "b 1 out [2]",
    "c 0 in [2]",
    "d 0 in [6]",
  ]);
  const whole = trace.groups().find((group) => group.root.tensor === "a");
  expect(whole?.indices).toHaveLength(16);
  expect(whole?.families).toHaveLength(2);
});

test("concat and split along positions couple channels and shift nothing", () => {
  const weights = { a: [4, 3, 1], b: [4, 3, 1], c: [5, 4, 1], d: [6, 4, 1], e: [5, 5, 1], f: [6, 6, 1] };
  const trace = traced(
    { x: [1, 3, 2], y: [1, 3, 3] },
    weights,
    ["u", "v"],
    [
      ["a1", "Conv", "x a", { group: 1 }],
      ["b1", "Conv", "y b", { group: 1 }],
      ["ab", "Concat", "a1 b1", { axis: 2 }],
      [["p", "q"], "Split", "ab", { axis: 2, sizes: [1, 4] }],
      ["c1", "Conv", "p c", { group: 1 }],
      ["d1", "Conv", "q d", { group: 1 }],
      ["u", "Conv", "c1 e", { group: 1 }],
      ["v", "Conv", "d1 f", { group: 1 }],
    ],
  );
  expect(parameters(trace.group({ tensor: "a", dim: 0 }, [2]))).toEqual([
    "a 0 out [2]",
    "b 0 out [2]",
    "c 1 in [2]",
    "d 1 in [2]",
  ]);
});

test("a layer of one output has nothing to lose there", () => {
  const trace = traced(
    { x: [1, 3, 2] },
    { a: [6, 3, 1], b: [1, 6, 1], c: [4, 1, 1] },
    ["z"],
    [
      ["h", "Conv", "x a", { group: 1 }],
      ["i", "Conv", "h b", { group: 1 }],
      ["z", "Conv", "i c", { group: 1 }],
    ],
  );
  expect(parameters(trace.group({ tensor: "a", dim: 0 }, [0, 3]))).toEqual(["a 0 out [0,3]", "b 1 in [0,3]"]);
  expect(trace.groups().map((group) => group.root.tensor)).toEqual(["a"]);
  expect(() => trace.group({ tensor: "b", dim: 0 })).toThrow("carries no names");
});

test("several inputs and outputs stay as they are and what lies between may leave", () => {
  const weights = { a: [3, 8], b: [5, 8], c: [16, 50], p: [50, 2], q: [50, 3], r: [8, 4] };
  const trace = traced(
    { x: [2, 3], y: [2, 5] },
    weights,
    ["z1", "z2", "z3"],
    [
      ["a1", "MatMul", "x a"],
      ["b1", "MatMul", "y b"],
      ["ab", "Concat", "a1 b1", { axis: 1 }],
      ["h", "MatMul", "ab c"],
      ["i", "Relu", "h"],
      ["z1", "MatMul", "i p"],
      ["z2", "MatMul", "i q"],
      ["z3", "MatMul", "b1 r"],
    ],
  );
  const group = trace.group({ tensor: "c", dim: 1 }, [0, 2, 4, 48]);
  expect(parameters(group)).toEqual(["c 1 out [0,2,4,48]", "p 0 in [0,2,4,48]", "q 0 in [0,2,4,48]"]);
  const cut = trace.cut(group.plan());
  expect(["z1", "z2", "z3", "h"].map((name) => cut.shape(name))).toEqual([
    [2, 2],
    [2, 3],
    [2, 4],
    [2, 46],
  ]);
  expect(parameters(trace.group({ tensor: "b", dim: 1 }, [7])).sort()).toEqual([
    "b 1 out [7]",
    "c 0 in [15]",
    "r 0 in [7]",
  ]);
  expect(trace.frozen().map(({ tensor, dim, share }) => `${tensor} ${dim} ${share}`)).toEqual([
    "a 0 1",
    "b 0 1",
    "p 1 1",
    "q 1 1",
    "r 1 1",
  ]);
});

test("grouped convolutions lose channels of their input by a finer view", () => {
  const trace = traced(
    { x: [1, 3, 2] },
    { a: [8, 3, 1], g: [6, 4, 1], b: [5, 6, 1] },
    ["z"],
    [
      ["h", "Conv", "x a", { group: 1 }],
      ["i", "Conv", "h g", { group: 2 }],
      ["z", "Conv", "i b", { group: 1 }],
    ],
  );
  const channel = trace.group({ tensor: "a", dim: 0 }, [1, 5]);
  expect(channel.items.map(({ axis }) => axis.view).find(Boolean)).toEqual([2, 3, 4, 1]);
  expect(parameters(channel)).toEqual(["a 0 out [1,5]", "g 0,2 in [1,5]"]);
  expect(channel.check()).toEqual([]);
  expect(parameters(trace.group({ tensor: "g", dim: 1 }, [5]))).toEqual(["g 0,2 in [5]", "a 0 out [5]"]);
  const half = trace.group({ tensor: "g", dim: 0 }, [0], { family: "rows" });
  expect(parameters(half).sort()).toEqual([
    "a 0 out [0,1,2,3]",
    "b 1 in [0,1,2]",
    "g 0 out [0,1,2]",
    "g 0,2 in [0,1,2,3]",
  ]);
  expect(half.check()).toEqual([]);
});
