import { around, between, conv, type Exported, linear, relu, scalar } from "./kit.js";

export const controlFlow: Readonly<Record<string, Exported>> = {
  "a Loop whose body multiplies what lies outside": around(0.8, (g, x) => {
    const y = conv(g, x, 16, 16);
    const body = g.body((b) => {
      b.input("turn", [], 7);
      b.input("again", [], 9);
      b.input("carried", [1, 16, 8, 8]);
      return [b.op("Identity", ["again"]), b.op("Tanh", [b.op("Add", ["carried", y])])];
    });
    return g.op("Loop", [g.ints([3], []), g.flag(true), y], { body });
  }),
  "a Scan over time": between(1, (g, x) => {
    const w = g.weight([16, 16], 0.3);
    const body = g.body((b) => {
      b.input("state", [16]);
      b.input("step", [16]);
      const next = b.op("Tanh", [b.op("Add", ["step", b.op("MatMul", ["state", w])])]);
      return [next, b.op("Identity", [next])];
    });
    const steps = g.op("Squeeze", [linear(g, relu(g, linear(g, x, 16, 32)), 32, 16), g.ints([0])]);
    const [, all] = g.ops("Scan", [g.floats([16], new Array(16).fill(0)), steps], 2, {
      body,
      num_scan_inputs: 1,
    }) as [string, string];
    return g.op("Unsqueeze", [all, g.ints([0])]);
  }),
  "an If chosen by an input": around(1, (g, x) => {
    const early = conv(g, x, 16, 16);
    return g.op("If", [g.op("Greater", [g.op("ReduceMax", [early], { keepdims: 0 }), scalar(g, 0.5)])], {
      then_branch: g.body((b) => [b.op("Relu", [early])]),
      else_branch: g.body((b) => [b.op("Neg", [conv(b, early, 16, 16)])]),
    });
  }),
};
