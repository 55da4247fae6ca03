import { macsOf } from "@prune/graph";
import { magnitude, random } from "@prune/importance-magnitude";
import type { Model } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { type PrunerError, prune } from "@prune/pruner";
import { pruneInSteps } from "@prune/pruner/advanced";
import { describe, expect, test } from "vitest";
import { floats } from "../../onnx/test/files/build-model.js";
import { attention, backend, modelOf, perceptron } from "./models.js";

const options = { backend, importance: magnitude() };
const glyphs = (): Model =>
  openModel(new URL("../../../apps/cli/sample/glyphs.onnx", import.meta.url).pathname);

/** The perceptron with other weights in its first layer: unit k has weights `of[k]`. */
const withFirst = (of: readonly number[]): Model =>
  modelOf({
    ...perceptron(),
    initializer: (perceptron().initializer ?? []).map((tensor) => {
      if (tensor.name === "first.weight")
        return floats("first.weight", [3, of.length], [...of, ...of, ...of]);
      if (tensor.name === "first.bias")
        return floats(
          "first.bias",
          [of.length],
          of.map(() => 0),
        );
      if (tensor.name !== "second.weight") return tensor;
      return floats("second.weight", [of.length, 6], Array(of.length * 6).fill(1));
    }),
  });

const kept = (model: Model): number[] => {
  const trace = backend.trace(model);
  return [
    ...backend.probe(model, trace).weights("first.weight")!.data.subarray(0, trace.families[0]!.units.length),
  ];
};

describe("pruning with training in between", () => {
  test("ends at the counts of one step, whatever the schedule and the ranking", async () => {
    const importance = random({ seed: 3 });
    const counts = async (open: () => Model, how: object, when: object): Promise<number[]> => {
      let last: number[] = [];
      for await (const { report } of pruneInSteps(open(), { backend, importance, ...how, ...when }))
        last = report.groups.map(({ kept: left }) => left);
      return last;
    };
    const small = (): Model => modelOf(perceptron());
    for (const [open, how] of [
      [glyphs, { ratio: 0.45 }],
      [small, { ratio: 0.6, maxRatio: 0.5 }],
      [small, { layerRatios: { "second*": 0.3 } }],
      [small, { ratio: 0.7, roundTo: 2 }],
    ] as const) {
      const once = await prune(open(), { backend, importance, ...how });
      const want = once.report.groups.map(({ kept: left }) => left);
      expect(await counts(open, how, { steps: 3 })).toEqual(want);
      if (open === small) expect(await counts(open, how, { steps: 4, schedule: "cubic" })).toEqual(want);
    }
    const global = { ...options, global: true, ratio: 0.4 };
    let removed = 0;
    for await (const { report } of pruneInSteps(small(), { ...global, steps: 4 })) removed += report.removed;
    expect(removed).toBe((await prune(small(), global)).report.removed);
  }, 30_000);

  test("of whole heads as well", async () => {
    const how = { ...options, heads: 0.5, ratio: 0.5 };
    const once = await prune(modelOf(attention), how);
    let last = modelOf(attention);
    for await (const step of pruneInSteps(last, { ...how, steps: 2 })) last = step.model;
    expect(backend.cost(last, backend.trace(last)).parameters).toBe(once.report.after.parameters);
  });

  test("scores each step on the model handed back", async () => {
    const steps = pruneInSteps(withFirst([8, 7, 6, 5, 4, 3, 2, 1]), {
      ...options,
      ratio: 0.5,
      steps: 2,
      ignore: ["second.weight"],
    });
    const seen: number[][] = [];
    for await (const step of steps) {
      seen.push(kept(step.model));
      // Trained: the largest is now the smallest.
      if (step.index === 0) step.resume(withFirst([0.1, 7, 6, 5, 4, 3]));
    }
    expect(seen).toEqual([
      [8, 7, 6, 5, 4, 3],
      [7, 6, 5, 4],
    ]);
  });

  test("meets a target of the first model's cost", async () => {
    const whole = macsOf(backend.cost(glyphs(), backend.trace(glyphs())));
    const macs: number[] = [];
    for await (const step of pruneInSteps(glyphs(), { ...options, target: { macs: 0.5 }, steps: 2 }))
      macs.push(macsOf(step.report.after) / whole);
    expect(macs[0]).toBeGreaterThan(0.74);
    expect(macs[0]).toBeLessThanOrEqual(0.75);
    expect(macs[1]).toBeGreaterThan(0.49);
    expect(macs[1]).toBeLessThanOrEqual(0.5);
  });

  test("refuses another model in place of the trained one, and what goes by the first alone", async () => {
    const code = async (how: object, other?: Model): Promise<string> => {
      try {
        for await (const step of pruneInSteps(modelOf(perceptron()), { ...options, steps: 2, ...how }))
          if (other) step.resume(other);
      } catch (error) {
        return (error as PrunerError).code;
      }
      return "";
    };
    expect(await code({})).toBe("");
    expect(await code({}, modelOf(perceptron()))).toBe("retrained");
    expect(await code({}, modelOf(attention))).toBe("retrained");
    expect(await code({ ragged: true })).toBe("contradiction");
    expect(await code({ target: { latency: 0.5 } })).toBe("contradiction");
  });
});
