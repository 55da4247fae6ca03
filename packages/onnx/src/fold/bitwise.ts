import type { DataType } from "../tensor.js";
import { map, zip } from "./elementwise.js";
import { input, type Operator, type Operators, string } from "./operator.js";

/** Operators on the bits of integers; results of up to 32 bits wrap when stored. */
export const bitwise: Operators = {
  BitwiseAnd: bits(
    (a, b) => a & b,
    (a, b) => a & b,
  ),
  BitwiseOr: bits(
    (a, b) => a | b,
    (a, b) => a | b,
  ),
  BitwiseXor: bits(
    (a, b) => a ^ b,
    (a, b) => a ^ b,
  ),
  BitwiseNot: (call) => {
    const x = input(call, 0);
    return map(x, (value) => -1 - value); // the same as ~value, in any width
  },
  BitShift: (call) =>
    string(call.node, "direction") === "LEFT"
      ? bits(
          (a, b) => (b < 32 ? a << b : 0),
          (a, b) => a << b,
        )(call)
      : bits(
          (a, b) => (b < 32 ? a >>> b : 0),
          (a, b) => a >> b,
        )(call),
};

function bits(narrow: (a: number, b: number) => number, wide: (a: bigint, b: bigint) => bigint): Operator {
  return (call) => {
    const [a, b] = [input(call, 0), input(call, 1)];
    const clamp = wraps[a.dtype];
    if (!clamp) return zip(a, b, narrow);
    return zip(a, b, (x, y) => Number(clamp(wide(BigInt(x), BigInt(y)))));
  };
}

const wraps: Partial<Record<DataType, (value: bigint) => bigint>> = {
  int64: (value) => BigInt.asIntN(64, value),
  uint64: (value) => BigInt.asUintN(64, value),
};
