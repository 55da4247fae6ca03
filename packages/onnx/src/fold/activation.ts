import { map, zip } from "./elementwise.js";
import { erf } from "./erf.js";
import { float, input, int, type Operator, type Operators, scalar, string } from "./operator.js";

/** Functions of each element with parameters. */
export const activation: Operators = {
  Celu: withAlpha(1, (x, a) => Math.max(x, 0) + Math.min(0, a * Math.expm1(x / a))),
  Clip: (call) => {
    const low = scalar(call, 1) ?? float(call.node, "min") ?? -Infinity;
    const high = scalar(call, 2) ?? float(call.node, "max") ?? Infinity;
    return map(input(call, 0), (x) => Math.min(Math.max(x, low), high));
  },
  Elu: withAlpha(1, (x, a) => (x < 0 ? a * Math.expm1(x) : x)),
  Gelu: (call) => map(input(call, 0), string(call.node, "approximate") === "tanh" ? geluTanh : gelu),
  HardSigmoid: (call) => {
    const slope = float(call.node, "alpha") ?? 0.2;
    const offset = float(call.node, "beta") ?? 0.5;
    return map(input(call, 0), (x) => Math.min(Math.max(slope * x + offset, 0), 1));
  },
  IsInf: (call) => {
    const positive = (int(call.node, "detect_positive") ?? 1) !== 0;
    const negative = (int(call.node, "detect_negative") ?? 1) !== 0;
    const found = (x: number) => (positive && x === Infinity) || (negative && x === -Infinity);
    return map(input(call, 0), (x) => (found(x) ? 1 : 0), "bool");
  },
  LeakyRelu: withAlpha(0.01, (x, a) => (x < 0 ? a * x : x)),
  PRelu: (call) => zip(input(call, 0), input(call, 1), (x, slope) => (x < 0 ? slope * x : x)),
  Selu: (call) => {
    const alpha = float(call.node, "alpha") ?? 1.6732632423543772;
    const gamma = float(call.node, "gamma") ?? 1.0507009873554805;
    return map(input(call, 0), (x) => gamma * (x > 0 ? x : alpha * Math.expm1(x)));
  },
  Shrink: (call) => {
    const bias = float(call.node, "bias") ?? 0;
    const limit = float(call.node, "lambd") ?? 0.5;
    return map(input(call, 0), (x) => (x < -limit ? x + bias : x > limit ? x - bias : 0));
  },
  Swish: withAlpha(1, (x, a) => x / (1 + Math.exp(-a * x))),
  SwiGLU: (call) => {
    const alpha = float(call.node, "alpha") ?? 1;
    return zip(input(call, 0), input(call, 1), (gate, x) => (x * gate) / (1 + Math.exp(-alpha * gate)));
  },
  ThresholdedRelu: withAlpha(1, (x, a) => (x > a ? x : 0)),
};

function withAlpha(standard: number, apply: (x: number, alpha: number) => number): Operator {
  return (call) => {
    const alpha = float(call.node, "alpha") ?? standard;
    return map(input(call, 0), (x) => apply(x, alpha));
  };
}

function gelu(x: number): number {
  return 0.5 * x * (1 + erf(x / Math.SQRT2));
}

function geluTanh(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
}
