import { openTrace } from "@prune/graph";
import { describe, expect, it } from "vitest";
import {
  floats,
  type GraphParts,
  info,
  modelBytes,
  type NodeParts,
  node,
} from "../../test/files/build-model.js";
import { cutModel } from "../cut/cut-model.js";
import { foldConstants } from "../fold/fold.js";
import type { GraphEdit, Model } from "../model.js";
import { rules } from "../operators/operators.js";
import { order } from "../order.js";
import { readModel } from "../read/read-model.js";
import { onnxSource } from "../trace/source.js";
import { modelToBytes } from "../write/write-model.js";
import { maskModel } from "./mask-model.js";

const numbers = (n: number, seed: number): number[] =>
  Array.from({ length: n }, (_, i) => Math.sin(seed + 1.7 * i) + 0.1);

/** The output of a model by the folder, its input being numbers. */
function outputOf(model: Model, shape: readonly number[]): number[] {
  const { graph } = model;
  const x = readModel(
    modelBytes({
      name: "x",
      initializer: [
        floats(
          "x",
          [...shape],
          numbers(
            shape.reduce((a, b) => a * b, 1),
            5,
          ),
        ),
      ],
    }),
  ).graph.initializers.get("x");
  const fed = { ...graph, initializers: new Map([...graph.initializers, ["x", x!]]) };
  const y = foldConstants(fed, model.opsets.get("") ?? 17, order(graph)).value("y");
  if (!y) throw new Error("the folder lacks an operator of this test");
  return [...y.data];
}

const close = (a: readonly number[], b: readonly number[]): number =>
  a.length === b.length ? Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number)))) : Infinity;

interface Case {
  readonly graph: GraphParts;
  readonly opset?: number;
  readonly shape?: readonly number[];
}

/** Two linear layers of 6 hidden positions with something between, over x [2, 4, 3]. */
const between = (nodes: NodeParts[], initializer: GraphParts["initializer"] = []): GraphParts => ({
  name: "between",
  input: [info("x", [2, 4, 3])],
  output: [info("y", ["a", "b", "c"])],
  initializer: [
    floats("v", [3, 6], numbers(18, 1)),
    floats("w", [6, 2], numbers(12, 2)),
    ...(initializer ?? []),
  ],
  node: [node("MatMul", ["x", "v"], ["h"]), ...nodes, node("MatMul", ["z", "w"], ["y"])],
});

function masks({ graph, opset = 17 }: Case, ratio: number) {
  const model = readModel(modelBytes(graph, { opsetImport: [{ domain: "", version: opset }] }));
  const source = onnxSource(model, rules);
  const trace = openTrace(source);
  const removed = trace.families.flatMap(({ units }) =>
    [...units].slice(0, Math.floor(units.length * ratio)),
  );
  const cut = trace.cut({ units: removed, atoms: [] });
  const apply = (edit: GraphEdit): Model => readModel(modelToBytes(model, edit));
  return {
    removed: removed.length,
    model,
    edit: maskModel(model, source, trace, cut),
    masked: apply(maskModel(model, source, trace, cut)),
    cut: apply(cutModel(model, source, trace, cut).edit),
  };
}

/** Checks that the masked model gives what the cut one does, and not what the original does. */
function expectLaw(test: Case): void {
  const shape = test.shape ?? [2, 4, 3];
  const { model, masked, cut, removed } = masks(test, 0.5);
  expect(removed).toBeGreaterThan(0);
  const [whole, one, other] = [model, masked, cut].map((each) => outputOf(each, shape)) as [
    number[],
    number[],
    number[],
  ];
  expect(close(one, other)).toBeLessThan(1e-5);
  expect(close(one, whole)).toBeGreaterThan(1e-3);
}

const attribute = (name: string, i: number): NodeParts => ({ attribute: [{ name, type: 2, i }] });
const scale = [floats("s", [6], numbers(6, 3)), floats("b", [6], numbers(6, 4))];

describe("cut = mask", () => {
  it("where dead positions are not zero before they are summed", () =>
    expectLaw({ graph: between([node("Sigmoid", ["h"], ["z"])]) }));

  it("at opset 8, which has no Where", () =>
    expectLaw({ graph: between([node("Sigmoid", ["h"], ["z"])]), opset: 8 }));

  it("with a gate beside what it lets through", () => {
    const nodes = [
      node("MatMul", ["x", "u"], ["g"]),
      node("SwiGLU", ["g", "h"], ["z"], { attribute: [{ name: "alpha", type: 1, f: 1.5 }] }),
    ];
    expectLaw({ graph: between(nodes, [floats("u", [3, 6], numbers(18, 6))]), opset: 28 });
  });

  it("with LayerNormalization over the cut axis", () =>
    expectLaw({ graph: between([node("LayerNormalization", ["h", "s", "b"], ["z"])], scale) }));

  it("with RMSNormalization over the cut axis", () =>
    expectLaw({
      graph: between([node("RMSNormalization", ["h", "s"], ["z"])], scale.slice(0, 1)),
      opset: 23,
    }));

  it.each([13, 17, 18])("with a mean over the cut axis, opset %i", (opset) => {
    const mean =
      opset < 18
        ? node("ReduceMean", ["h"], ["m"], { attribute: [{ name: "axes", type: 7, ints: [-1] }] })
        : node("ReduceMean", ["h", "axes"], ["m"]);
    const axes = { name: "axes", dims: [1], dataType: 7, int64Data: [-1] };
    expectLaw({ graph: between([mean, node("Sub", ["h", "m"], ["z"])], opset < 18 ? [] : [axes]), opset });
  });

  it.each(["ReduceMax", "ReduceMin", "ReduceLogSumExp", "ReduceProd", "ReduceL2"])(
    "with %s over the cut axis",
    (op) => {
      const reduce = node(op, ["h"], ["m"], { attribute: [{ name: "axes", type: 7, ints: [2] }] });
      expectLaw({ graph: between([reduce, node("Sub", ["h", "m"], ["z"])]) });
    },
  );

  it("with GroupNormalization as Reshape, InstanceNormalization, Reshape, groups losing channels of their own", () =>
    expectLaw({
      graph: between(
        [
          node("Transpose", ["h"], ["t"], { attribute: [{ name: "perm", type: 7, ints: [0, 2, 1] }] }),
          node("Reshape", ["t", "to"], ["g"]),
          node("InstanceNormalization", ["g", "one", "nil"], ["n"]),
          node("Reshape", ["n", "back"], ["u"]),
          node("Transpose", ["u"], ["z"], { attribute: [{ name: "perm", type: 7, ints: [0, 2, 1] }] }),
        ],
        [
          { name: "to", dims: [3], dataType: 7, int64Data: [2, 2, 12] },
          { name: "back", dims: [3], dataType: 7, int64Data: [2, 6, 4] },
          floats("one", [2], [1, 2]),
          floats("nil", [2], [0.5, 0]),
        ],
      ),
    }));

  it.each([18, 21])("with GroupNormalization, opset %i", (opset) => {
    const n = opset < 21 ? 2 : 6;
    expectLaw({
      opset,
      graph: between(
        [
          node("Transpose", ["h"], ["t"], { attribute: [{ name: "perm", type: 7, ints: [0, 2, 1] }] }),
          node("GroupNormalization", ["t", "s", "b"], ["n"], attribute("num_groups", 2)),
          node("Transpose", ["n"], ["z"], { attribute: [{ name: "perm", type: 7, ints: [0, 2, 1] }] }),
        ],
        [floats("s", [n], numbers(n, 3)), floats("b", [n], numbers(n, 4))],
      ),
    });
  });

  it("with MeanVarianceNormalization", () =>
    expectLaw({
      graph: between([
        node("MeanVarianceNormalization", ["h"], ["z"], {
          attribute: [{ name: "axes", type: 7, ints: [2] }],
        }),
      ]),
    }));
});

describe("what is alive", () => {
  it("changes nothing when nothing is removed", () => {
    const { edit } = masks(
      { graph: between([node("LayerNormalization", ["h", "s", "b"], ["z"])], scale) },
      0,
    );
    expect([edit.added, edit.inserted, edit.nodes.size]).toEqual([[], [], 0]);
  });

  it("is gated once for all that read it", () => {
    const graph = between([node("MatMul", ["h", "w"], ["other"]), node("Relu", ["h"], ["z"])]);
    const { edit } = masks(
      { graph: { ...graph, output: [...(graph.output ?? []), info("other", [2, 4, 2])] } },
      0.5,
    );
    expect(edit.inserted.map(({ node: { op, inputs } }) => [op, inputs[1]])).toEqual([
      ["Where", "h"],
      ["Where", "z"],
    ]);
  });
});
