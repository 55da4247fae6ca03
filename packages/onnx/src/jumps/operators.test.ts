import { expect, test } from "vitest";
import type { Attribute, Node } from "../model.js";
import { decidesOn } from "./operators.js";

const int = (value: number): Attribute => ({ kind: "int", value });
const decided = (
  name: string,
  attributes: Readonly<Record<string, Attribute>> = {},
  outputs: readonly string[] = ["y"],
): readonly number[] => {
  const [domain, op] = name.includes(":") ? (name.split(":") as [string, string]) : ["", name];
  const inputs = ["a", "b"];
  const map = new Map(Object.entries(attributes));
  return decidesOn({ name: "n", op, domain, inputs, outputs, attributes: map, index: 0 } as Node);
};

test.each([
  ["Cast", { to: int(7) }, [0]],
  ["Cast", { to: int(1) }, []],
  ["GridSample", { mode: { kind: "string", value: "nearest" } }, [1]],
  ["GridSample", { mode: { kind: "string", value: "linear" } }, []],
  ["com.microsoft:MatMulNBits", { accuracy_level: int(4) }, [0]],
  ["com.microsoft:MatMulNBits", {}, []],
  ["Greater", {}, [0, 1]],
  ["RandomNormal", {}, [0]],
  ["ai.onnx.ml:TreeEnsemble", {}, [0]],
  ["Relu", {}, []],
] as const)("%s with %o decides on %o", (name, attributes, places) => {
  expect(decided(name, attributes as Readonly<Record<string, Attribute>>)).toEqual(places);
});

test("a pooling decides where its maxima lie, if that is asked for", () => {
  expect(decided("MaxPool")).toEqual([]);
  expect(decided("MaxPool", {}, ["y", "places"])).toEqual([0]);
});
