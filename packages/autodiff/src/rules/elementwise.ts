import type { GradientKit } from "../graph/kit.js";
import { broadcast, cell, each, type GradientRule, type GradientRules } from "./step.js";

/** One cell in, one cell out, and operands that are broadcast. */
export const elementwise: GradientRules = {
  Add: broadcast(({ dy }) => [dy, dy]),
  Sub: broadcast(({ dy }, k) => [dy, () => k.neg(dy)]),
  Mul: broadcast(({ a, b, dy }, k) => [() => k.mul(dy, b), () => k.mul(dy, a)]),
  Div: broadcast(({ b, y, dy }, k) => [() => k.div(dy, b), () => k.neg(k.div(k.mul(dy, y), b))]),
  Pow: broadcast(({ a, b, y, dy }, k) => {
    const power = k.cast(b, k.type(a));
    const log = (): string => k.where(k.greater(a, 0), k.emit("Log", [a]), 0);
    return [() => k.mul(dy, k.mul(power, k.pow(a, k.sub(power, 1)))), () => k.mul(dy, k.mul(y, log()))];
  }),
  Mod: broadcast(({ dy }) => [dy]),
  Sum: broadcast(({ inputs, dy }) => inputs.map(() => dy)),
  Mean: broadcast(({ inputs, dy }, k) => inputs.map(() => k.div(dy, inputs.length))),
  ...each("Max Min", broadcast(extremum)),
  Where: broadcast(({ a, dy }, k) => [undefined, () => k.where(a, dy, 0), () => k.where(a, 0, dy)]),
  ...each("Identity Dropout", ({ dy }) => [dy]),
  ...each("Cast CastLike", ({ a, dy }, k) => [() => k.cast(dy, k.type(a))]),
  Clip: ({ a, y, dy }, k) => [() => open(k, k.equal(a, y), dy)],

  Neg: ({ dy }, k) => [() => k.neg(dy)],
  Abs: cell(({ a }, k) => k.emit("Sign", [a])),
  Exp: cell(({ y }) => y),
  Log: ({ a, dy }, k) => [() => k.div(dy, a)],
  Sqrt: ({ y, dy }, k) => [() => k.div(k.mul(dy, 0.5), y)],
  Reciprocal: cell(({ y }, k) => k.neg(k.square(y))),
  Sin: cell(({ a }, k) => k.emit("Cos", [a])),
  Cos: cell(({ a }, k) => k.neg(k.emit("Sin", [a]))),
  Tan: cell(({ y }, k) => k.add(k.square(y), 1)),
  Asin: cell(({ a }, k) => k.pow(k.sub(1, k.square(a)), -0.5)),
  Acos: cell(({ a }, k) => k.neg(k.pow(k.sub(1, k.square(a)), -0.5))),
  Atan: cell(({ a }, k) => k.div(1, k.add(k.square(a), 1))),
  Sinh: cell(({ a }, k) => k.emit("Cosh", [a])),
  Cosh: cell(({ a }, k) => k.emit("Sinh", [a])),
  Asinh: cell(({ a }, k) => k.pow(k.add(k.square(a), 1), -0.5)),
  Acosh: cell(({ a }, k) => k.pow(k.sub(k.square(a), 1), -0.5)),
  Atanh: cell(({ a }, k) => k.div(1, k.sub(1, k.square(a)))),
  Erf: cell(({ a }, k) => k.mul(k.emit("Exp", [k.neg(k.square(a))]), 2 / Math.sqrt(Math.PI))),

  Relu: ({ y, dy }, k) => [() => open(k, k.greater(y, 0), dy)],
  LeakyRelu: (n, k) => [() => k.where(k.greater(n.a, 0), n.dy, k.mul(n.dy, n.float("alpha", 0.01)))],
  ThresholdedRelu: (n, k) => [() => open(k, k.greater(n.a, n.float("alpha", 1)), n.dy)],
  PRelu: broadcast(({ a, b, dy }, k) => [
    () => k.where(k.greater(a, 0), dy, k.mul(dy, b)),
    () => k.where(k.greater(a, 0), 0, k.mul(dy, a)),
  ]),
  Elu: (n, k) => [() => k.where(k.greater(n.a, 0), n.dy, k.mul(n.dy, k.add(n.y, n.float("alpha", 1))))],
  Selu: (n, k) => {
    const alpha = n.float("alpha", 1.6732631921768188);
    const gamma = n.float("gamma", 1.0507010221481323);
    const below = k.mul(n.dy, k.add(n.y, alpha * gamma));
    return [() => k.where(k.greater(n.a, 0), k.mul(n.dy, gamma), below)];
  },
  Celu: (n, k) => {
    const below = k.mul(n.dy, k.add(k.div(n.y, n.float("alpha", 1)), 1));
    return [() => k.where(k.greater(n.a, 0), n.dy, below)];
  },
  Sigmoid: cell(({ y }, k) => k.mul(y, k.sub(1, y))),
  Tanh: cell(({ y }, k) => k.sub(1, k.square(y))),
  Softplus: cell(({ a }, k) => k.emit("Sigmoid", [a])),
  Softsign: cell(({ a }, k) => k.pow(k.add(k.emit("Abs", [a]), 1), -2)),
  HardSigmoid: (n, k) => {
    const slope = k.mul(n.dy, n.float("alpha", 0.2));
    return [() => open(k, k.and(k.greater(n.y, 0), k.less(n.y, 1)), slope)];
  },
  HardSwish: cell(({ a }, k) => {
    const inside = k.div(k.add(k.mul(a, 2), 3), 6);
    return k.where(k.less(a, -3), 0, k.where(k.greater(a, 3), 1, inside));
  }),
  Shrink: (n, k) => {
    const size = k.emit("Abs", [n.a]);
    return [() => open(k, k.greater(size, n.float("lambd", 0.5)), n.dy)];
  },
  Mish: cell(({ a }, k) => {
    const tanh = k.emit("Tanh", [k.emit("Softplus", [a])]);
    const rise = k.mul(k.emit("Sigmoid", [a]), k.sub(1, k.square(tanh)));
    return k.add(tanh, k.mul(a, rise));
  }),
  Swish: cell((n, k) => swish(k, n.a, n.float("alpha", 1))),
  Gelu: cell((n, k) => (n.text("approximate", "none") === "tanh" ? tanhGelu(k, n.a) : gelu(k, n.a))),
  "com.microsoft:Gelu": cell(({ a }, k) => gelu(k, a)),
  "com.microsoft:QuickGelu": cell((n, k) => swish(k, n.a, n.float("alpha", 1.702))),
  "com.microsoft:BiasGelu": broadcast(({ a, b, dy }, k) => {
    const inner = k.mul(dy, gelu(k, k.add(a, b)));
    return [inner, inner];
  }),
  "com.microsoft:FastGelu": broadcast((n, k) => {
    const inner = k.mul(n.dy, tanhGelu(k, n.has(1) ? k.add(n.a, n.b) : n.a));
    return [inner, inner];
  }),
};

/** The gradient where a gate is open, else zero. A product is nearly twice as fast on a CPU as a choice. */
const open = (k: GradientKit, gate: string, dy: string): string => k.mul(dy, k.cast(gate, k.type(dy)));

/** What attains the extremum shares the gradient. */
function extremum({ inputs, y, dy }: Parameters<GradientRule>[0], k: GradientKit): ReturnType<GradientRule> {
  const like = k.type(y);
  const hits = inputs.map((x) => k.cast(k.equal(x, y), like));
  const count = hits.reduce((sum, hit) => k.add(sum, hit));
  return hits.map((hit) => k.div(k.mul(dy, hit), count));
}

function gelu(k: GradientKit, x: string): string {
  const half = k.mul(k.add(k.emit("Erf", [k.mul(x, Math.SQRT1_2)]), 1), 0.5);
  const density = k.mul(k.emit("Exp", [k.mul(k.square(x), -0.5)]), 1 / Math.sqrt(2 * Math.PI));
  return k.add(half, k.mul(x, density));
}

function tanhGelu(k: GradientKit, x: string): string {
  const [a, b] = [Math.sqrt(2 / Math.PI), 0.044715];
  const square = k.square(x);
  const tanh = k.emit("Tanh", [k.mul(k.mul(x, a), k.add(k.mul(square, b), 1))]);
  const rise = k.mul(k.mul(x, k.sub(1, k.square(tanh))), k.mul(k.add(k.mul(square, 3 * b), 1), a));
  return k.mul(k.add(k.add(tanh, 1), rise), 0.5);
}

function swish(k: GradientKit, x: string, alpha: number): string {
  const gate = k.emit("Sigmoid", [alpha === 1 ? x : k.mul(x, alpha)]);
  const rise = k.mul(k.mul(gate, k.sub(1, gate)), alpha);
  return k.add(gate, k.mul(x, rise));
}
