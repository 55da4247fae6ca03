import { magnitude } from "@prune/importance-magnitude";
import { describe, expect, test } from "vitest";
import { floats, type GraphParts, info, node } from "../../onnx/test/files/build-model.js";
import { numbers, probeOf, valuesOf } from "./models.js";

const weights = (name: string, dims: number[], seed: number) =>
  floats(
    name,
    dims,
    numbers(
      dims.reduce((a, b) => a * b, 1),
      seed,
    ),
  );

/** Two layers; `middle` says what lies between them. */
const between = (middle: GraphParts["node"], more: GraphParts["initializer"]): GraphParts => ({
  name: "between",
  input: [info("x", [2, 3])],
  output: [info("y", [2, 2])],
  initializer: [weights("one", [3, 4], 1), weights("two", [4, 2], 2), ...(more ?? [])],
  node: [node("MatMul", ["x", "one"], ["a"]), ...(middle ?? []), node("MatMul", ["b", "two"], ["y"])],
});

const reshaped = between(
  [
    { opType: "Unsqueeze", input: ["v"], output: ["w"], attribute: [{ name: "axes", type: 7, ints: [0] }] },
    node("Add", ["a", "w"], ["b"]),
  ],
  [weights("v", [4], 3)],
);

const shared = between(
  [node("Add", ["a", "v"], ["c"]), node("Mul", ["c", "v"], ["b"])],
  [weights("v", [4], 3)],
);

const squares = (graph: GraphParts, name: string, of: (index: number) => number): number[] => {
  const sums = [0, 0, 0, 0];
  valuesOf(graph, name).forEach((value, i) => {
    sums[of(i)]! += value * value;
  });
  return sums;
};

const scoresOf = async (graph: GraphParts, bias: boolean): Promise<number[]> => {
  const { probe, family } = probeOf(graph);
  const importance = magnitude({ bias, reduction: "sum", normaliser: "none" });
  return [...(await importance.score(family("one", "1"), probe))];
};

describe("terms that are only added", () => {
  const layers = (graph: GraphParts): number[] => {
    const one = squares(graph, "one", (i) => i % 4);
    const two = squares(graph, "two", (i) => Math.floor(i / 2));
    return one.map((sum, u) => sum + two[u]!);
  };
  const withTerm = (graph: GraphParts): number[] => {
    const term = squares(graph, "v", (i) => i);
    return layers(graph).map((sum, u) => sum + term[u]!);
  };
  const near = (got: readonly number[], want: readonly number[]): void => {
    got.forEach((value, u) => {
      expect(value).toBeCloseTo(want[u]!, 6);
    });
  };

  test("count only when asked, also behind a reshape", async () => {
    near(await scoresOf(reshaped, false), layers(reshaped));
    near(await scoresOf(reshaped, true), withTerm(reshaped));
  });

  test("count as weights where they scale as well", async () => {
    const term = squares(shared, "v", (i) => i);
    near(await scoresOf(shared, false), withTerm(shared));
    near(
      await scoresOf(shared, true),
      withTerm(shared).map((sum, u) => sum + term[u]!),
    );
  });

  test("count where a unit has nothing else that does", async () => {
    const { probe, family } = probeOf(reshaped);
    const importance = magnitude({ roles: ["value"], normaliser: "none" });
    near(
      [...(await importance.score(family("one", "1"), probe))],
      squares(reshaped, "v", (i) => i),
    );
  });
});
