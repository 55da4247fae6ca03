import { operands } from "./arithmetic.js";
import { choose, zip } from "./elementwise.js";
import { input, type Operators } from "./operator.js";

const relations: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  Equal: (a, b) => a === b,
  Less: (a, b) => a < b,
  LessOrEqual: (a, b) => a <= b,
  Greater: (a, b) => a > b,
  GreaterOrEqual: (a, b) => a >= b,
  And: (a, b) => a !== 0 && b !== 0,
  Or: (a, b) => a !== 0 || b !== 0,
  Xor: (a, b) => (a !== 0) !== (b !== 0),
};

/** Comparisons and logic of two tensors, and the choice by a condition. */
export const comparison: Operators = {
  ...Object.fromEntries(
    Object.entries(relations).map(([op, holds]) => [
      op,
      (call) => zip(...operands(call), (a, b) => (holds(a, b) ? 1 : 0), "bool"),
    ]),
  ),
  Where: (call) => choose(input(call, 0), input(call, 1), input(call, 2)),
};
