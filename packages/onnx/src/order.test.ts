import { describe, expect, it } from "vitest";
import type { Attribute, Graph, Node } from "./model.js";
import { implicitInputs, order } from "./order.js";

type Line = readonly [inputs: string, outputs: string, body?: Graph];

/** A graph from lines of "inputs", "outputs" and a subgraph. */
const graph = (lines: readonly Line[], outputs = ""): Graph => ({
  name: "g",
  nodes: lines.map(
    ([inputs, outs, body], index): Node => ({
      index,
      name: `n${index}`,
      op: "Op",
      domain: "",
      inputs: inputs.split(" "),
      outputs: outs.split(" "),
      attributes: new Map<string, Attribute>(body && [["body", { kind: "graph", value: body }]]),
    }),
  ),
  initializers: new Map(),
  inputs: [],
  outputs: outputs.split(" ").map((name) => ({ name, elementType: 1, shape: [] })),
  valueInfo: new Map(),
});

describe("order", () => {
  it("keeps a sorted file as it is", () => {
    expect(
      order(
        graph([
          ["x", "a"],
          ["x", "b"],
          ["b a", "c"],
        ]),
      ),
    ).toEqual([0, 1, 2]);
  });
  it("puts producers first", () => {
    expect(
      order(
        graph([
          ["b", "c"],
          ["a", "b"],
          ["x", "a"],
        ]),
      ),
    ).toEqual([2, 1, 0]);
  });
  it("counts what a subgraph's subgraph reads", () => {
    const inner = graph([["late t", "u"]], "u");
    const outer = graph(
      [
        ["x", "t"],
        ["t", "v", inner],
      ],
      "v",
    );
    expect([...implicitInputs(graph([["c", "y", outer]]).nodes[0]!)]).toEqual(["x", "late"]);
    expect(
      order(
        graph([
          ["c", "y", outer],
          ["x", "late"],
        ]),
      ),
    ).toEqual([1, 0]);
  });
  it("sees a subgraph that hands out an outer tensor", () => {
    expect([...implicitInputs(graph([["c", "y", graph([], "outer")]]).nodes[0]!)]).toEqual(["outer"]);
  });
  it("sorts chains of any length without recursion", () => {
    const length = 100_000;
    const lines = Array.from({ length }, (_, i): Line => [`t${length - i - 1}`, `t${length - i}`]);
    expect(order(graph(lines))[0]).toBe(length - 1);
  });
  it("names a cycle's nodes and no others", () => {
    const cyclic = graph([
      ["x", "a"],
      ["a d", "b"],
      ["b", "c"],
      ["c", "d"],
      ["d", "e"],
    ]);
    expect(() => order(cyclic)).toThrow(
      expect.objectContaining({ code: "cycle", detail: { nodes: ["n2", "n3", "n1"] } }),
    );
  });
});
