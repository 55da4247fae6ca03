import { expect, it } from "vitest";
import { evaluate } from "./evaluate.js";

it("Relu6 is bounded on both sides", () => {
  const node = { name: "y", op: "Relu6", def: { name: "y", op: "Relu6" }, inputs: ["x"], outputs: ["y"] };
  const [y] = evaluate(node, [{ dtype: "float32", shape: [4], data: [-1, 3, 6, 9] }]) ?? [];
  expect(y?.data).toEqual([0, 3, 6, 6]);
});
