import { rules } from "@prune/onnx";
import { expect, test } from "vitest";
import { decompositions } from "./decompose/decompositions.js";
import { gradientRecords } from "./records.js";
import { constantOperators, gradientRules } from "./rules/rules.js";

test("every operator with a record has a gradient, is a constant, or is named as without", () => {
  expect(Object.keys(rules).filter((op) => !gradientRecords.has(op))).toEqual([]);
  expect([...gradientRecords.keys()].filter((op) => !Object.hasOwn(rules, op))).toEqual([]);
});

test("no operator has two of them", () => {
  const parts = [Object.keys(gradientRules), Object.keys(decompositions), [...constantOperators]].flat();
  const named = [...gradientRecords].flatMap(([op, record]) => ("without" in record ? [op] : []));
  const all = [...parts, ...named];
  expect(all.filter((op, i) => all.indexOf(op) !== i)).toEqual([]);
  expect(all.length).toBe(gradientRecords.size);
});
