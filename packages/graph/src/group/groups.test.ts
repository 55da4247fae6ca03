import { describe, expect, test } from "vitest";
import { operators, parameters, type Step, traced } from "../../test/traced.js";
import { GraphError, type GraphErrorCode } from "../errors.js";
import type { Trace } from "../trace/open-trace.js";
import type { Group } from "./group.js";
import { apply, sameMap } from "./index-map.js";
import type { GroupItem } from "./item.js";

const plain = (group: Group): unknown =>
  group.items.map(({ axis, indices, rootIndices, dependency }) => ({
    axis,
    indices,
    rootIndices,
    from: dependency.source,
    via: dependency.via,
  }));

function expectCode(run: () => unknown, code: GraphErrorCode): void {
  let thrown: unknown;
  try {
    run();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(GraphError);
  expect((thrown as GraphError).code).toBe(code);
}

const perceptron = (): Trace =>
  traced(
    { x: [2, 3] },
    { a: [3, 6], s: [6], b: [6, 4] },
    ["z"],
    [
      ["h", "MatMul", "x a"],
      ["i", "Mul", "h s"],
      ["j", "Relu", "i"],
      ["z", "MatMul", "j b"],
    ],
  );

/** 2 heads of 3 dims: q and k share dims, v has its own, all share heads. */
const attention = (): Trace =>
  traced(
    { x: [5, 4] },
    { q: [4, 6], k: [4, 6], v: [4, 6], o: [6, 4] },
    ["z"],
    [
      ...(["q", "k", "v"] as const).flatMap((name): Step[] => [
        [`${name}1`, "MatMul", `x ${name}`],
        [`${name}2`, "Reshape", `${name}1`, { shape: [5, 2, 3] }],
        [`${name}3`, "Transpose", `${name}2`, { perm: name === "k" ? [1, 2, 0] : [1, 0, 2] }],
      ]),
      ["scores", "MatMul", "q3 k3"],
      ["weights", "Softmax", "scores", { axis: 2 }],
      ["mixed", "MatMul", "weights v3"],
      ["swapped", "Transpose", "mixed", { perm: [1, 0, 2] }],
      ["merged", "Reshape", "swapped", { shape: [5, 6] }],
      ["z", "MatMul", "merged o"],
    ],
  );

describe("a group", () => {
  test("lists the axes and operators on the way, breadth-first", () => {
    const group = perceptron().group({ tensor: "a", dim: 1 }, [4, 1]);
    expect(group.indices).toEqual([1, 4]);
    expect(parameters(group)).toEqual(["a 1 out [1,4]", "s 0 value [1,4]", "b 0 in [1,4]"]);
    expect(operators(group)).toEqual(["MatMul", "Mul", "Relu"]);
    expect(group.items.map(({ axis }) => axis.tensor)).toEqual(["a", "h", "s", "i", "j", "b"]);
    expect(String(group).split("\n").slice(0, 4)).toEqual([
      '"a" dim 1, channels [1, 4]',
      '  MatMul "make h": "a" dim 1 [1, 4]',
      '  MatMul "make h": "a" dim 1 => "h" dim 1 [1, 4]',
      '  Mul "make i": "h" dim 1 => "s" dim 0 [1, 4]',
    ]);
    expect(group.check()).toEqual([]);
    expect(group.pinned).toBeUndefined();
    expect(group.exact).toBe(true);
  });

  test("is the same from any of its axes", () => {
    const trace = perceptron();
    const names = (g: Group) => parameters(g).sort();
    const first = names(trace.group({ tensor: "a", dim: 1 }, [2]));
    expect(names(trace.group({ tensor: "b", dim: 0 }, [2]))).toEqual(first);
    expect(names(trace.group({ tensor: "j", dim: 1 }, [2]))).toEqual(first);
  });

  test("takes indices in any order and each once", () => {
    const trace = perceptron();
    const group = trace.group({ tensor: "a", dim: 1 }, [4, 1, 4]);
    expect(plain(group)).toEqual(plain(trace.group({ tensor: "a", dim: 1 }, [1, 4])));
  });

  test("refuses what is not there", () => {
    const trace = perceptron();
    expectCode(() => trace.group({ tensor: "nope", dim: 0 }), "unknown-tensor");
    expectCode(() => trace.group({ tensor: "a", dim: 0 }), "unknown-axis");
    expectCode(() => trace.group({ tensor: "a", dim: 7 }), "unknown-axis");
    for (const index of [-1, 6, 0.5, Number.NaN])
      expectCode(() => trace.group({ tensor: "a", dim: 1 }, [index]), "index-range");
    expectCode(() => trace.group({ tensor: "a", dim: 1 }).slice([6]), "index-range");
    // @ts-expect-error a root names a dim
    expectCode(() => trace.group({ tensor: "a" }), "unknown-axis");
  });

  test("says why positions must stay, and gives no plan then", () => {
    const group = perceptron().group({ tensor: "b", dim: 1 }, [0]);
    expect(group.pinned).toEqual({ reason: 'graph output "z"', node: undefined });
    expect(group.items).toEqual([]);
    expect(group.check().map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
      'frozen: 0 of "b" dim 1 must stay: graph output "z"',
    ]);
    expectCode(() => group.plan(), "frozen");
  });

  test("says what it would empty", () => {
    const kinds = perceptron()
      .group({ tensor: "a", dim: 1 })
      .check()
      .map(({ kind, text }) => `${kind}: ${text}`);
    expect(kinds[0]).toMatch(/^empty: nothing would be left of an axis of/);
  });

  test("notes statistics over its positions", () => {
    const trace = traced(
      { x: [2, 3] },
      { a: [3, 6], s: [6], t: [6], b: [6, 4] },
      ["z"],
      [
        ["h", "MatMul", "x a"],
        ["i", "LayerNorm", "h s t", { axis: 1 }],
        ["z", "MatMul", "i b"],
      ],
    );
    expect(trace.group({ tensor: "a", dim: 1 }, [0]).exact).toBe(false);
  });
});

describe("plans and slices", () => {
  test("a plan is plain data and a cut of it shrinks every axis of the group", () => {
    const trace = perceptron();
    const group = trace.group({ tensor: "a", dim: 1 }, [1, 4]);
    const plan = group.plan();
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    const cut = trace.cut(plan);
    expect(["a", "b", "h", "z"].map((name) => cut.shape(name))).toEqual([
      [3, 4],
      [4, 4],
      [2, 4],
      [2, 4],
    ]);
  });

  test("a slice of the full group is the group of those indices", () => {
    for (const trace of [perceptron(), attention()])
      for (const full of trace.groups())
        for (const index of full.indices) {
          const slice = full.slice([index]);
          const family = full.families[0];
          expect(plain(slice)).toEqual(plain(trace.group(full.root, [index], family ? { family } : {})));
          expect(slice.items.every(({ indices }) => indices.length > 0)).toBe(true);
        }
  });

  test("a slice keeps only what its own positions reach", () => {
    const trace = traced(
      { x: [2, 3] },
      { a: [3, 2], b: [3, 4], c: [6, 5] },
      ["z"],
      [
        ["h", "MatMul", "x a"],
        ["i", "MatMul", "x b"],
        ["j", "Concat", "i h", { axis: 1 }],
        ["z", "MatMul", "j c"],
      ],
    );
    const full = trace.group({ tensor: "c", dim: 0 });
    expect(parameters(full)).toEqual(["c 0 in [0,1,2,3,4,5]", "b 1 out [0,1,2,3]", "a 1 out [0,1]"]);
    expect(parameters(full.slice([5, 4]))).toEqual(["c 0 in [4,5]", "a 1 out [0,1]"]);
    expect(full.slice([5]).items.at(-1)?.rootIndices).toEqual([[5]]);
  });
});

describe("dependencies", () => {
  test("have maps that follow the walk, with their inverses", () => {
    const trace = traced(
      { x: [1, 2, 4] },
      { a: [3, 2, 2], b: [12, 4] },
      ["z"],
      [
        ["h", "Conv", "x a", { group: 1 }],
        ["i", "Reshape", "h", { shape: [1, 12] }],
        ["z", "MatMul", "i b"],
      ],
    );
    const group = trace.group({ tensor: "a", dim: 0 }, [2]);
    const flat = group.items.find(({ axis }) => axis.tensor === "i");
    expect(flat?.indices).toEqual([8, 9, 10, 11]);
    expect(flat?.rootIndices).toEqual([[2], [2], [2], [2]]);
    const { map, inverse } = (flat as GroupItem).dependency;
    expect([map.from, map.to]).toEqual([3, 12]);
    expect(apply(map, [0, 2])).toEqual([0, 1, 2, 3, 8, 9, 10, 11]);
    expect(apply(inverse, [5])).toEqual([1]);
  });

  test("are shared by a group and its slices", () => {
    const full = perceptron().group({ tensor: "a", dim: 1 });
    const slice = full.slice([3]);
    slice.items.forEach(({ dependency }, i) => {
      expect(sameMap(dependency.map, full.items[i]?.dependency.map as never)).toBe(true);
      expect(dependency).toBe(full.items[i]?.dependency);
    });
  });

  test("lead on from the axis the walk came from, not across a sum over it", () => {
    const trace = traced(
      { x: [2, 3] },
      { a: [3, 4], w: [4, 4], b: [4, 5] },
      ["z"],
      [
        ["h", "MatMul", "x a"],
        ["y", "MatMul", "h w"],
        ["r", "Add", "h y"],
        ["z", "MatMul", "r b"],
      ],
    );
    const steps = trace
      .group({ tensor: "a", dim: 1 }, [1])
      .items.map(({ axis, dependency: { via } }) => `${axis.tensor} ${axis.dims} ${via.node}`);
    expect(steps).toEqual([
      "a 1 make h",
      "h 1 make h",
      "w 0 make y",
      "y 1 make r",
      "r 1 make r",
      "w 1 make y",
      "b 0 make z",
    ]);
  });

  test("close over positions of the root itself", () => {
    const trace = traced(
      { x: [2, 3] },
      { a: [3, 8], b: [4, 5] },
      ["z"],
      [
        ["h", "MatMul", "x a"],
        [["u", "v"], "Split", "h", { axis: 1, sizes: [4, 4] }],
        ["g", "Mul", "u v"],
        ["z", "MatMul", "g b"],
      ],
    );
    const group = trace.group({ tensor: "a", dim: 1 }, [1, 2]);
    expect(group.indices).toEqual([1, 2]);
    expect(parameters(group)).toEqual(["a 1 out [1,2,5,6]", "b 0 in [1,2]"]);
    expect(group.items[0]?.rootIndices).toEqual([[1], [2], [1], [2]]);
    expect(trace.groups().map((g) => parameters(g))).toEqual([
      ["a 1 out [0,1,2,3,4,5,6,7]", "b 0 in [0,1,2,3]"],
    ]);
  });
});

describe("families", () => {
  test("heads and the dims inside them are groups of their own", () => {
    const trace = attention();
    const groups = trace.groups().map((group) => `${group.root.tensor} ${group.families.map((f) => f.kind)}`);
    expect(groups.sort()).toEqual(["q channels", "q rows", "v channels"]);
    const units = trace.groups().flatMap((group) => group.units);
    expect(new Set(units).size).toBe(units.length);
    expect(units.length).toBe(trace.families.reduce((n, f) => n + f.units.length, 0));
  });

  test("a position leaves by itself, or with its head when asked", () => {
    const trace = attention();
    const root = { tensor: "q", dim: 1 };
    expect(parameters(trace.group(root, [1]))).toEqual(["q 1 out [1]", "k 1 out [1]"]);
    const head = trace.group(root, [1], { family: "rows" });
    expect(parameters(head).sort()).toEqual([
      "k 1 out [0,1,2]",
      "o 0 in [0,1,2]",
      "q 1 out [0,1,2]",
      "v 1 out [0,1,2]",
    ]);
    expect(head.check()).toEqual([]);
    expect(trace.cut(head.plan()).shape("o")).toEqual([3, 4]);
  });

  test("rows that would keep different counts are told with what makes them even", () => {
    const trace = attention();
    const group = trace.group({ tensor: "v", dim: 1 }, [1]);
    expect(parameters(group)).toEqual(["v 1 out [1]", "o 0 in [1]"]);
    const texts = group.check().map(({ kind, text }) => `${kind}: ${text}`);
    expect(texts[0]).toMatch(/^irregular: .*; \[4\] of "v" dim 1 leave with them by default$/);
    expect(group.plan().units).toEqual([]);
    expect(trace.group({ tensor: "v", dim: 1 }, [1, 4]).check()).toEqual([]);
    // Another column of the other head does as well.
    expect(trace.group({ tensor: "v", dim: 1 }, [1, 5]).check()).toEqual([]);
  });

  test("rows are refused where there are none", () => {
    const group = perceptron().group({ tensor: "a", dim: 1 }, [1], { family: "rows" });
    expect(group.pinned?.reason).toBe("no rows to leave by");
  });
});

describe("what must stay", () => {
  test("is listed once for each dim and reason, with the share that stays", () => {
    const trace = traced(
      { x: [2, 3] },
      { a: [3, 6], b: [4, 2] },
      ["z", "u"],
      [
        ["h", "MatMul", "x a"],
        [["u", "v"], "Split", "h", { axis: 1, sizes: [2, 4] }],
        ["z", "MatMul", "v b"],
      ],
    );
    expect(trace.frozen()).toEqual([
      { tensor: "a", dim: 0, size: 3, share: 1, reason: 'meets fixed positions of "x"', node: "make h" },
      { tensor: "a", dim: 1, size: 6, share: 1 / 3, reason: 'graph output "u"', node: undefined },
      { tensor: "b", dim: 1, size: 2, share: 1, reason: 'graph output "z"', node: undefined },
    ]);
    expect(trace.group({ tensor: "a", dim: 1 }).indices).toEqual([2, 3, 4, 5]);
  });

  test("axes are those of the parameters, or of one tensor", () => {
    const trace = perceptron();
    expect(trace.axes().map(({ tensor, dims, role }) => `${tensor} ${dims} ${role}`)).toEqual([
      "a 1 out",
      "s 0 value",
      "b 0 in",
      "b 1 out",
    ]);
    expect(trace.axes("j")).toEqual([
      { tensor: "j", dims: [1], size: 6, role: "activation", node: "make j" },
    ]);
    expect(trace.axis({ tensor: "b", dim: 0 })).toBe(trace.axes()[2]);
    expectCode(() => trace.axes("nope"), "unknown-tensor");
  });
});
