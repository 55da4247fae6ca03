import { describe, expect, test } from "vitest";
import type { GraphNode, GraphSource, Rule } from "./graph.js";
import { openTrace } from "./open-trace.js";

const node = (op: string, inputs: string[], outputs: string[]): GraphNode => ({
  name: op.toLowerCase(),
  op,
  inputs,
  outputs,
});
const dense: Rule = (_, kit) =>
  kit.meet(
    [
      [kit.layout(0), ["n", "i"]],
      [kit.own(1)!, ["i", "o"]],
    ],
    ["n", "o"],
  );

/** Two dense layers with an operator of one's own between. */
const sourceWith = (rule: Rule | undefined, outputs = ["b"], nodes?: GraphNode[]): GraphSource => {
  const shapes: Readonly<Record<string, readonly number[]>> = { w1: [4, 6], w2: [6, 3] };
  return {
    nodes: nodes ?? [
      node("First", ["x", "w1"], ["a"]),
      node("Own", ["a"], outputs),
      node("Last", ["b", "w2"], ["y"]),
    ],
    inputs: [{ name: "x", shape: [2, 4] }],
    outputs: ["y", ...outputs.slice(1)],
    parameter: (name) => shapes[name],
    isConstant: (name) => name in shapes,
    isIndex: () => false,
    integers: () => undefined,
    reals: () => undefined,
    computed: () => undefined,
    isComputable: () => false,
    stated: () => undefined,
    rule: ({ op }) => (op === "Own" ? rule : dense),
    duty: () => undefined,
  };
};

describe("a rule that says too little is refused, as what it leaves out would be cut without a word", () => {
  const refused = (rule: unknown, outputs?: string[]) =>
    expect(() => openTrace(sourceWith(rule as Rule, outputs)));
  test("a good one is followed", () => {
    expect(openTrace(sourceWith((_, kit) => kit.layout(0))).families).toHaveLength(1);
  });
  test("nothing returned", () => {
    refused(() => undefined).toThrow(
      expect.objectContaining({ code: "bad-rule", detail: expect.objectContaining({ op: "Own" }) }),
    );
    refused(() => null).toThrow(/returned nothing at node "own"/);
  });
  test("too many outputs, and too few", () => {
    refused((_: unknown, kit: { layout(i: number): unknown }) => [kit.layout(0), kit.layout(0)]).toThrow(
      /2 outputs in place of 1/,
    );
    refused((_: unknown, kit: { layout(i: number): unknown }) => [kit.layout(0)], ["b", "c"]).toThrow(
      /1 of 2 outputs, and "c" is read/,
    );
  });
  test("something else than a layout", () => {
    refused(() => 7).toThrow(/returned 7 that is no layout/);
    refused(() => [{ shape: [2, 6] }]).toThrow(/an object that is no layout/);
  });
});

test("an axis outside of the dims, as a damaged model has it, freezes its node with the reason", () => {
  const trace = openTrace(sourceWith((_, kit) => kit.grow(kit.layout(0)!, 7, 3)));
  expect(trace.families).toHaveLength(0);
  expect(JSON.stringify(trace.frozen())).toMatch(
    /its rule failed \(RangeError: an axis lies outside of 2 dims\)/,
  );
});

test("nodes out of order are refused by the first that comes too early", () => {
  const nodes = [
    node("Last", ["b", "w2"], ["y"]),
    node("First", ["x", "w1"], ["a"]),
    node("Own", ["a"], ["b"]),
  ];
  expect(() => openTrace(sourceWith((_, kit) => kit.layout(0), ["b"], nodes))).toThrow(
    expect.objectContaining({ code: "cyclic", detail: { node: "last" } }),
  );
});

test("an input that is left out waits for no output that is", () => {
  const nodes = [
    node("First", ["x", "w1"], ["a"]),
    node("Own", ["a", ""], ["b", ""]),
    node("Last", ["b", "w2"], ["y"]),
  ];
  const rule: Rule = (_, kit) => [kit.layout(0), undefined];
  expect(() => openTrace(sourceWith(rule, ["b", ""], nodes))).not.toThrow();
});
