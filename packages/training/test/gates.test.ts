import { random } from "@prune/importance-magnitude";
import { onnx, readModel } from "@prune/onnx";
import { plan } from "@prune/pruner";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { gatesOf } from "../src/gates/gates.js";
import { gateLearner, train } from "../src/index.js";
import { clouds, perceptron } from "./nets.js";

const backend = onnx();

test("gates find the units that a trained network misses, from scores that know nothing, within the budget", async () => {
  const data = clouds();
  const trained = await train(perceptron({ hidden: 24 }), { ort, data, batch: 24, epochs: 15, rate: 0.1 });
  const model = readModel(trained.bytes);
  const trace = backend.trace(model);
  const asked = { backend, trace, importance: random({ seed: 3 }), target: { macs: 0.4 } };
  const learnt = (seed: number) =>
    plan(model, {
      ...asked,
      learn: gateLearner(model, trace, { backend, ort, data, steps: 60, batch: 24, seed }),
    });
  const lossOf = async ({ chosen }: Awaited<ReturnType<typeof learnt>>): Promise<number> => {
    const smaller = backend.cut(model, trace, chosen.cut);
    const look = await train(smaller, {
      ort,
      data,
      teacher: model,
      hardShare: 0,
      batch: 24,
      steps: 1,
      rate: 1e-12,
    });
    return look.curve[0]?.loss as number;
  };
  const [before, after] = [await plan(model, asked), await learnt(1)];
  const { reached = Infinity, target = 0 } = after.budget ?? {};
  expect(reached).toBeLessThanOrEqual(target);
  expect(reached).toBe(before.budget?.reached);
  expect(await lossOf(after)).toBeLessThan(0.5 * (await lossOf(before)));
  expect((await learnt(1)).chosen.plan).toEqual(after.chosen.plan);
}, 120_000);

test("a gate multiplies the columns that read a unit, and its slope is the loss's by them", () => {
  const model = perceptron({ hidden: 4 });
  const trace = backend.trace(model);
  const gates = gatesOf(
    trace,
    ({ units }) => units,
    ({ tensor }) => tensor === "w2",
  );
  expect(gates.tensors).toEqual(["w2"]);
  const [first] = gates.units as [number];
  const width = model.graph.initializers.get("w2")?.shape as [number, number];
  const values = Float32Array.from({ length: width[0] * width[1] }, (_, i) => i + 1);
  const masked = gates.masked("w2", values, (unit) => unit !== first);
  const zeros = Array.from(masked.keys()).filter((i) => masked[i] === 0);
  expect(zeros).toHaveLength(values.length / gates.units.length);
  const slopes = new Float64Array(trace.units.count);
  gates.addSlopes("w2", values, new Float32Array(values.length).fill(2), slopes);
  expect(slopes[first]).toBe(zeros.reduce((sum, i) => sum + 2 * (values[i] as number), 0));
});

test("refuses what no learning can be made of", () => {
  const data = clouds({ count: 20 });
  const model = perceptron();
  const trace = backend.trace(model);
  const learner = (options: object) => () => gateLearner(model, trace, { backend, ort, data, ...options });
  expect(learner({ rate: 0 })).toThrow(/`rate` is 0, and must be a number above 0/);
  expect(learner({ heldOut: 1 })).toThrow(/`heldOut` is 1/);
  expect(learner({ batch: 20 })).toThrow(/do not fill one batch of 20/);
});
