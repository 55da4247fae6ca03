import { openTrace } from "@prune/graph";
import { expect, it } from "vitest";
import { floats, info, modelBytes, node } from "../../test/files/build-model.js";
import { foldConstants } from "../fold/fold.js";
import type { Model } from "../model.js";
import { rules } from "../operators/operators.js";
import { order } from "../order.js";
import { readModel } from "../read/read-model.js";
import { onnxSource } from "../trace/source.js";
import { modelToBytes } from "../write/write-model.js";
import { cutModel } from "./cut-model.js";

const whole = (name: string, ...values: number[]) => ({
  name,
  dims: [values.length],
  dataType: 7,
  int64Data: values,
});

/** x [n, 4] -> 6 hidden -> flattened to [6 n], the size being worked out at run time -> back to [n, 6] -> y [n, 2]. */
const flattened = (): Model =>
  readModel(
    modelBytes({
      name: "flattened",
      input: [info("x", ["n", 4])],
      output: [info("y", ["n", 2])],
      initializer: [
        floats(
          "v",
          [4, 6],
          Array.from({ length: 24 }, (_, i) => Math.sin(1 + i)),
        ),
        floats(
          "w",
          [6, 2],
          Array.from({ length: 12 }, (_, i) => Math.cos(1 + i)),
        ),
        whole("first", 0),
        whole("six", 6),
        whole("rows", -1, 6),
      ],
      node: [
        node("MatMul", ["x", "v"], ["h"]),
        node("Shape", ["h"], ["sizes"]),
        node("Gather", ["sizes", "first"], ["n"]),
        node("Mul", ["n", "six"], ["total"]),
        node("Reshape", ["h", "total"], ["flat"]),
        node("Relu", ["flat"], ["active"]),
        node("Reshape", ["active", "rows"], ["back"]),
        node("MatMul", ["back", "w"], ["y"]),
      ],
    }),
  );

/** What a tensor holds where x is [3, 4] numbers. */
function computed(model: Model, tensor: string): { shape: readonly number[]; data: readonly number[] } {
  const { graph } = model;
  const values = Array.from({ length: 12 }, (_, i) => Math.sin(5 + i));
  const x = readModel(modelBytes({ name: "x", initializer: [floats("x", [3, 4], values)] })).graph
    .initializers;
  const fed = { ...graph, initializers: new Map([...graph.initializers, ...x]) };
  const found = foldConstants(fed, 17, order(graph)).value(tensor);
  if (!found) throw new Error(`"${tensor}" can't be computed`);
  return { shape: found.shape, data: [...found.data] };
}

it("a size that is worked out at run time shrinks with what it counts", () => {
  const model = flattened();
  const source = onnxSource(model, rules);
  const trace = openTrace(source);
  const [family] = trace.families;
  expect(family?.units).toHaveLength(6);
  const cut = trace.cut({ units: [...(family?.units ?? [])].slice(0, 4), atoms: [] });
  const smaller = readModel(modelToBytes(model, cutModel(model, source, trace, cut).edit));
  expect(computed(smaller, "flat").shape).toEqual([6]);

  const hidden = computed(model, "active").data;
  const weights = [...(model.graph.initializers.get("w")?.tensor().data ?? [])];
  const kept = [0, 1, 2, 3, 4, 5].filter((i) => cut.kept("h", 1)?.includes(i));
  const want = [0, 1, 2].flatMap((row) =>
    [0, 1].map((o) => kept.reduce((sum, i) => sum + hidden[row * 6 + i]! * weights[i * 2 + o]!, 0)),
  );
  const got = computed(smaller, "y").data;
  expect(Math.max(...got.map((value, i) => Math.abs(value - want[i]!)))).toBeLessThan(1e-6);
});
