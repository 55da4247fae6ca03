import type { Tensor } from "../tensor.js";
import { isFloat, reshaped } from "./data.js";
import { map, zip } from "./elementwise.js";
import { type Call, input, int, type Operator, type Operators } from "./operator.js";
import { refuse } from "./refuse.js";

type Binary = (a: number, b: number) => number;

const add: Binary = (a, b) => a + b;
const multiply: Binary = (a, b) => a * b;

/** Arithmetic of two or more tensors that broadcast together. */
export const arithmetic: Operators = {
  Add: binary(add),
  Sub: binary((a, b) => a - b),
  Mul: (call) => {
    const wraps = /^u?int32$/.test(input(call, 0).dtype);
    return binary(wraps ? Math.imul : multiply)(call);
  },
  Div: (call) =>
    isFloat(input(call, 0).dtype)
      ? binary((a, b) => a / b)(call)
      : divided(call, (a, b) => Math.trunc(a / b)),
  Mod: (call) => {
    if (isFloat(input(call, 0).dtype)) return binary((a, b) => a % b)(call);
    return divided(call, int(call.node, "fmod") ? (a, b) => a % b : floorMod);
  },
  Pow: binary(Math.pow),
  Min: variadic(Math.min),
  Max: variadic(Math.max),
  Sum: variadic(add),
  Mean: (call) => map(variadic(add)(call), (sum) => sum / call.inputs.length),
};

/** The two operands of a binary operator; before opset 7 the second one is aligned by an attribute. */
export function operands(call: Call): readonly [Tensor, Tensor] {
  const [a, b] = [input(call, 0), input(call, 1)];
  const axis = call.opset < 7 ? int(call.node, "axis") : undefined;
  if (axis === undefined) return [a, b];
  const trailing = a.shape.length - axis - b.shape.length;
  return [a, trailing > 0 ? reshaped(b, [...b.shape, ...Array<number>(trailing).fill(1)]) : b];
}

function binary(apply: Binary): Operator {
  return (call) => zip(...operands(call), apply);
}

function divided(call: Call, apply: Binary): Tensor {
  const [a, b] = operands(call);
  if (b.data.includes(0)) refuse("division by zero");
  return zip(a, b, apply);
}

function variadic(apply: Binary): (call: Call) => Tensor {
  return (call) => {
    let result = input(call, 0);
    for (let i = 1; i < call.inputs.length; i++) result = zip(result, input(call, i), apply);
    return result;
  };
}

function floorMod(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}
