import { magnitude } from "@prune/importance-magnitude";
import { prune } from "@prune/pruner";
import { heldBy } from "@prune/pruner/advanced";
import { describe, expect, test } from "vitest";
import { floats, type GraphParts, info, node } from "../../onnx/test/files/build-model.js";
import { backend, modelOf } from "./models.js";

const weights = (name: string, dims: number[]) =>
  floats(
    name,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + 1)),
  );

const nothing = async (graph: GraphParts): Promise<string | undefined> => {
  const model = modelOf(graph);
  return (await prune(model, { backend, importance: magnitude() })).report.nothing;
};

/** Weights in the body of a loop alone. */
const looped: GraphParts = {
  name: "looped",
  input: [info("x", [2, 8]), { name: "turns", type: { tensorType: { elemType: 7, shape: { dim: [] } } } }],
  output: [info("y", [2, 8])],
  initializer: [{ name: "go", dims: [], dataType: 9, int32Data: [1] }],
  node: [
    {
      opType: "Loop",
      name: "steps",
      input: ["turns", "go", "x"],
      output: ["y"],
      attribute: [
        {
          name: "body",
          type: 5,
          g: {
            name: "body",
            input: [
              { name: "i", type: { tensorType: { elemType: 7, shape: { dim: [] } } } },
              { name: "on", type: { tensorType: { elemType: 9, shape: { dim: [] } } } },
              info("h", [2, 8]),
            ],
            output: [
              { name: "still", type: { tensorType: { elemType: 9, shape: { dim: [] } } } },
              info("out", [2, 8]),
            ],
            initializer: [weights("inner1", [8, 16]), weights("inner2", [16, 8])],
            node: [
              node("Identity", ["on"], ["still"]),
              node("MatMul", ["h", "inner1"], ["a"]),
              node("Relu", ["a"], ["b"]),
              node("MatMul", ["b", "inner2"], ["out"]),
            ],
          },
        },
      ],
    },
  ],
};

describe("what holds the parameters that stay", () => {
  test("weights inside a loop's body are counted, and only what every turn hands on holds any of them", async () => {
    const model = modelOf(looped);
    const trace = backend.trace(model);
    expect(backend.cost(model, trace)).toMatchObject({ parameters: 256, macs: null });
    expect(trace.frozen().map(({ tensor, dim, node: at }) => [tensor, dim, at])).toEqual([
      ["inner1", 0, "MatMul_a"],
      ["inner2", 1, "steps"],
    ]);
    expect(heldBy(trace)).toMatchObject([
      { node: "steps", why: "Loop ties it to positions that must stay", parameters: 0, share: 0 },
      { node: "MatMul_a", parameters: 0, share: 0 },
    ]);
    expect(await nothing(looped)).toBeUndefined();
  });

  test("the largest cause is named with its node and what would free it, however often others come", async () => {
    const graph: GraphParts = {
      name: "custom",
      input: [info("x", [2, 4])],
      output: [info("y", [2, 4])],
      initializer: [weights("small1", [4, 4]), weights("small2", [4, 4]), weights("large", [400, 100])],
      node: [
        node("MatMul", ["x", "small1"], ["a"]),
        { ...node("Mystery", ["a", "large"], ["b"]), domain: "my.ops" },
        node("MatMul", ["b", "small2"], ["y"]),
      ],
      valueInfo: [info("b", [2, 4])],
    };
    expect(await nothing(graph)).toMatch(
      /what holds most \(99\.9 % of the parameters\): no rule for operator "Mystery" \(node "Mystery_b"\); to free it, give/,
    );
  });

  test("a product of unknown shapes says that the shape is not known, not that there is no rule", async () => {
    const graph: GraphParts = {
      name: "unknown",
      input: [{ name: "x", type: { tensorType: { elemType: 1 } } }],
      output: [{ name: "y", type: { tensorType: { elemType: 1 } } }],
      initializer: [weights("w", [8, 4]), weights("b", [4])],
      node: [node("Gemm", ["x", "w", "b"], ["y"])],
    };
    expect(await nothing(graph)).toMatch(
      /Gemm can't be followed here: the shape of "x" is not known.*export the model with the shapes of its inputs/,
    );
  });
});
