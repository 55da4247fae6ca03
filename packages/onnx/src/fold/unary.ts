import { map } from "./elementwise.js";
import { erf } from "./erf.js";
import { roundEven } from "./half.js";
import { input, type Operators } from "./operator.js";

const functions: Readonly<Record<string, (x: number) => number>> = {
  Abs: Math.abs,
  Acos: Math.acos,
  Acosh: Math.acosh,
  Asin: Math.asin,
  Asinh: Math.asinh,
  Atan: Math.atan,
  Atanh: Math.atanh,
  Ceil: Math.ceil,
  Cos: Math.cos,
  Cosh: Math.cosh,
  Erf: erf,
  Exp: Math.exp,
  Floor: Math.floor,
  HardSwish: (x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1),
  Log: Math.log,
  Mish: (x) => x * Math.tanh(softplus(x)),
  Neg: (x) => -x,
  Reciprocal: (x) => 1 / x,
  Relu: (x) => Math.max(x, 0),
  Round: roundEven,
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Sign: Math.sign,
  Sin: Math.sin,
  Sinh: Math.sinh,
  Softplus: softplus,
  Softsign: (x) => x / (1 + Math.abs(x)),
  Sqrt: Math.sqrt,
  Tan: Math.tan,
  Tanh: Math.tanh,
};

const tests: Readonly<Record<string, (x: number) => boolean>> = {
  IsNaN: Number.isNaN,
  Not: (x) => x === 0,
};

/** Operators that are one function of each element. */
export const unary: Operators = {
  ...Object.fromEntries(
    Object.entries(functions).map(([op, apply]) => [op, (call) => map(input(call, 0), apply)]),
  ),
  ...Object.fromEntries(
    Object.entries(tests).map(([op, holds]) => [
      op,
      (call) => map(input(call, 0), (x) => (holds(x) ? 1 : 0), "bool"),
    ]),
  ),
};

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
