import { describe, expect, it } from "vitest";
import { network, tensor } from "../../test/networks.js";
import { stretches } from "./stretches.js";

describe("stretches of a network", () => {
  const names = ["a", "b", "c", "d"];
  const model = network(
    names.map((name, i) => ({
      op: "MatMul",
      inputs: [i === 0 ? "input" : (names[i - 1] as string), `w${i}`],
      output: name === "d" ? "output" : name,
    })),
    Object.fromEntries(names.map((_, i) => [`w${i}`, tensor([5, 5], i)])),
  );

  it("hold as many tensors as their weights allow, in order", () => {
    const tensors = ["output", "a", "input", "c", "b"];
    expect(stretches(model, tensors)).toEqual([["input", "a", "b", "c", "output"]]);
    expect(stretches(model, tensors, 200)).toEqual([
      ["input", "a", "b"],
      ["c", "output"],
    ]);
    expect(stretches(model, tensors, 1)).toEqual([["input"], ["a"], ["b"], ["c"], ["output"]]);
    expect(stretches(model, [])).toEqual([]);
  });
});
