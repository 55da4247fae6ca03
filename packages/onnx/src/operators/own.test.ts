import { describe, expect, it } from "vitest";
import { floats, info, modelBytes, type NodeParts, node } from "../../test/files/build-model.js";
import { onnx } from "../backend/backend.js";
import { foldConstants } from "../fold/fold.js";
import { lossless } from "../lossless/lossless.js";
import type { GraphEdit, Model } from "../model.js";
import { order } from "../order.js";
import { readModel } from "../read/read-model.js";
import { modelToBytes } from "../write/write-model.js";
import { rules } from "./operators.js";
import { type OwnOperator, type OwnOperators, withOperators } from "./own.js";

const numbers = (n: number, seed: number): number[] =>
  Array.from({ length: n }, (_, i) => Math.sin(seed + 1.7 * i) + 0.1);

/** y[n, o, 1] = log sum exp over the channels of x, plus a number for each: what is dead must be so small that it adds nothing. */
const logSumExp: OwnOperator = {
  rule: (_, kit) =>
    kit.meet(
      [
        [kit.layout(0), ["n", "m", "c"]],
        [kit.own(1)!, ["c"]],
      ],
      ["n", "m"],
    ),
  mask: (each, masking) => masking.gate(each, 0, -1e4),
  macs: ({ input }) => 3 * input(0).reduce((a, b) => a * b, 1),
  fold: ({ inputs: [x, bias] }) => {
    const [n = 1, m = 1, c = 1] = x!.shape;
    const data = Float32Array.from({ length: n * m }, (_, i) => {
      let sum = 0;
      for (let j = 0; j < c; j++) sum += Math.exp((x!.data[i * c + j] ?? 0) + (bias!.data[j] ?? 0));
      return Math.log(sum);
    });
    return { dtype: "float32", shape: [n, m], data };
  },
  types: ["float32"],
  duty: (_, input) => (input === 1 ? "bias" : undefined),
};

const operators: OwnOperators = { "my.domain:LogSumExp": logSumExp };

const bytes = (behind: readonly NodeParts[] = []): Uint8Array =>
  modelBytes(
    {
      name: "own",
      input: [info("x", [2, 4, 3])],
      output: [info("y", ["a", "b"])],
      initializer: [floats("v", [3, 6], numbers(18, 1)), floats("b", [6], numbers(6, 2))],
      node: [
        node("MatMul", ["x", "v"], ["h"]),
        ...behind,
        { ...node("LogSumExp", ["h", "b"], ["y"]), domain: "my.domain" },
      ],
    },
    {
      opsetImport: [
        { domain: "", version: 17 },
        { domain: "my.domain", version: 1 },
      ],
    },
  );

function outputOf(model: Model): number[] {
  const x = readModel(
    modelBytes({ name: "x", initializer: [floats("x", [2, 4, 3], numbers(24, 5))] }),
  ).graph.initializers.get("x");
  const { graph } = withOperators(model, operators);
  const fed = { ...graph, initializers: new Map([...graph.initializers, ["x", x!]]) };
  return [...(foldConstants(fed, 17, order(graph)).value("y")?.data ?? [])];
}
const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number))));

describe("an operator of one's own", () => {
  const model = readModel(bytes());
  const backend = onnx({ operators });
  const trace = backend.trace(model);
  const cut = trace.cut({ units: [...trace.families[0]!.units].slice(0, 3), atoms: [] });
  const made = (edit: GraphEdit): Model => readModel(modelToBytes(model, edit));

  it("is frozen without its record", () => {
    expect(onnx().trace(model).families).toEqual([]);
  });
  it("has units by its rule, and keeps the law by its mask", () => {
    expect(trace.families.map(({ units }) => units.length)).toEqual([6]);
    const [whole, masked, small] = [
      model,
      made(backend.mask(model, trace, cut)),
      backend.cut(model, trace, cut),
    ].map(outputOf) as [number[], number[], number[]];
    expect(whole).toHaveLength(8);
    expect(distance(masked, small)).toBeLessThan(1e-5);
    expect(distance(whole, small)).toBeGreaterThan(1e-2);
    const bare = onnx({ operators: { "my.domain:LogSumExp": { rule: logSumExp.rule } } });
    const unmasked = made(bare.mask(model, bare.trace(model), cut));
    expect(distance(outputOf(unmasked), small), "without the mask's lines").toBeGreaterThan(1e-3);
  });
  it("counts its multiply-accumulates, before and after a cut", () => {
    const of = (which: typeof backend, at?: typeof cut) =>
      which.costs(model, which.trace(model), at).at(-1)?.macs;
    expect(of(backend)).toBe(3 * 2 * 4 * 6);
    expect(backend.costs(model, trace, cut).at(-1)?.macs).toBe(3 * 2 * 4 * 3);
    expect(of(onnx({ rules: { ...rules, "my.domain:LogSumExp": logSumExp.rule } }))).toBe(0);
  });
  it("says what its stored inputs are for", () => {
    const dutyIn = ({ source }: typeof trace) => source.duty(source.nodes.at(-1)!, 1);
    expect(dutyIn(trace)).toBe("bias");
    expect(
      dutyIn(onnx({ operators: { "my.domain:LogSumExp": { rule: logSumExp.rule } } }).trace(model)),
    ).toBe(undefined);
  });
  it("says what becomes of its channels: lossless removal goes through it", () => {
    const gate: OwnOperator = {
      rule: (_, kit) => kit.layout(0),
      channels: "curved",
      fold: ({ inputs: [x] }) => ({ ...x!, data: Float32Array.from(x!.data, (v) => v * Math.tanh(v)) }),
    };
    const graph = modelBytes(
      {
        name: "dead",
        input: [info("x", [1, 3])],
        output: [info("y", ["a", "b"])],
        // The third hidden unit is zero for any input.
        initializer: [
          floats("v", [3, 4], [1, 2, 0, 3, 4, 5, 0, 6, 7, 8, 0, 9]),
          floats("w", [4, 2], numbers(8, 2)),
        ],
        node: [
          node("MatMul", ["x", "v"], ["h"]),
          { ...node("Gate", ["h"], ["g"]), domain: "my.domain" },
          node("MatMul", ["g", "w"], ["y"]),
        ],
      },
      {
        opsetImport: [
          { domain: "", version: 17 },
          { domain: "my.domain", version: 1 },
        ],
      },
    );
    const dead = readModel(graph);
    const removed = (own: OwnOperator): number =>
      lossless(dead, onnx({ operators: { "my.domain:Gate": own } })).report.removed.reduce(
        (sum, { units }) => sum + units,
        0,
      );
    expect(removed(gate)).toBe(1);
    expect(removed({ rule: gate.rule })).toBe(0);
  });
  it("leaves the model as it was read, and one without it itself", () => {
    expect(model.graph.nodes.every((each) => each.own === undefined)).toBe(true);
    expect(withOperators(model, {})).toBe(model);
    const own = withOperators(model, operators);
    expect(own).not.toBe(model);
    expect(withOperators(own, operators)).toBe(own);
  });
});
