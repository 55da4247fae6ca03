import { macsOf } from "@prune/graph";
import { magnitude } from "@prune/importance-magnitude";
import type { Model } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { plan } from "@prune/pruner";
import { type CutPredictor, type Measure, samplePlans } from "@prune/pruner/advanced";
import { describe, expect, test } from "vitest";
import { type MeasuredBudget, solveMeasured } from "../src/budget/measured.js";
import { outcome } from "../src/budget/outcome.js";
import type { Chosen } from "../src/plan-by-ratio.js";
import { backend } from "./models.js";

const model: Model = openModel(new URL("../../../apps/cli/sample/glyphs.onnx", import.meta.url).pathname);
const trace = backend.trace(model);
const convs = trace.source.nodes.filter(({ op }) => op === "Conv");
const up = (size: number, block: number): number => Math.ceil(size / block) * block;

/** A runtime that works in pairs and is slow on odd widths: told by the plan alone, without a clock. */
const predictor: CutPredictor = {
  multiples: [1, 2],
  predict: (cut) =>
    1 +
    convs.reduce((sum, { inputs: [x = "", w = ""] }) => {
      const [i, o] = [Number(cut.shape(x)[1]), Number(cut.shape(w)[0])];
      return sum + 1e-3 * up(i, 2) * up(o, 2) * (i % 2 === 0 ? 1 : 1.5);
    }, 0),
};
const nothing = trace.cut({ units: [], atoms: [] });
const options = { backend, importance: magnitude(), trace };

const kept = (chosen: Chosen): number[] =>
  chosen.choices
    .filter(({ asked }) => asked.part === "channels" && asked.ratio > 0)
    .map(({ family, removed }) => family.units.length - removed.length);

describe("a budget of latency", () => {
  const original = predictor.predict(nothing, trace);

  test("is solved on the prediction and lands in one measurement where that is right", async () => {
    let measured = 0;
    const latency: Measure = async (cut, of) => {
      measured++;
      return { value: predictor.predict(cut, of), noise: 0.001 };
    };
    const { budget, chosen } = await plan(model, {
      ...options,
      target: { latency: "75 %" },
      predictor,
      measure: { latency },
    });
    expect(budget).toMatchObject({ met: true, original, target: 0.75 * original, noise: 0.001 });
    expect(budget?.predicted).toBeCloseTo(budget?.reached ?? 0, 9);
    expect(measured).toBeLessThanOrEqual(3);
    expect(budget?.multiple).toBe(2);
    expect(kept(chosen).every((width) => width % 2 === 0)).toBe(true);
  });

  test("corrects a prediction that is wrong, in few measurements", async () => {
    let measured = 0;
    const latency: Measure = async (cut, of) => {
      measured++;
      return 3 * predictor.predict(cut, of) ** 0.6;
    };
    const { budget } = await plan(model, {
      ...options,
      target: { latency: 0.8 },
      predictor,
      measure: { latency },
    });
    expect(budget?.met).toBe(true);
    expect(budget?.reached).toBeLessThanOrEqual(budget?.target ?? 0);
    expect(measured).toBeLessThanOrEqual(9);
  });

  test("keeps to the multiple that is asked for", async () => {
    const { budget, chosen } = await plan(model, {
      ...options,
      target: { latency: 0.6 },
      roundTo: 8,
      predictor,
      measure: { latency: async (cut, of) => predictor.predict(cut, of) },
    });
    expect(budget?.multiple).toBeUndefined();
    expect(kept(chosen).every((width) => width % 8 === 0)).toBe(true);
  });
});

describe("another budget, where there is a latency table", () => {
  test("is met with widths that run fast", async () => {
    const target = { macs: 0.7 };
    const plain = await plan(model, { ...options, target });
    const fast = await plan(model, { ...options, target, predictor });
    expect(fast.budget).toMatchObject({ resource: "macs", met: true, multiple: 2 });
    expect(predictor.predict(fast.chosen.cut, trace)).toBeLessThan(
      predictor.predict(plain.chosen.cut, trace),
    );
  });

  test("leaves less rather than being slower than the model as it is, and says so", async () => {
    const slowOff: CutPredictor = { multiples: [1, 16], predict: (cut) => (widthsOff(cut) ? 2 : 1) };
    const { budget } = await plan(model, { ...options, target: { macs: 0.9 }, predictor: slowOff });
    expect(budget).toMatchObject({ met: false, multiple: 16 });
    expect(budget?.reached).toBeLessThan(budget?.target ?? 0);
    expect(budget?.why).toMatch(/^multiples of 16, which run fast, are too coarse/);
  });
});

const widthsOff = (cut: typeof nothing): boolean =>
  convs.some(({ inputs: [, w = ""] }) => Number(cut.shape(w)[0]) % 16 !== 0);

describe("a measured budget", () => {
  const chosen = {} as Chosen;
  const exact = (more: Partial<MeasuredBudget>): MeasuredBudget => ({
    target: 60,
    original: 100,
    whole: 10,
    solveFor: (cost) => ({ chosen, left: cost, ratio: 0.5 }),
    measure: async ({ left }) => ({ value: 10 * left }),
    ...more,
  });

  test("takes one measurement where the cost is proportional to what is measured", async () => {
    const found = await solveMeasured(exact({}));
    expect(found.left).toBeLessThanOrEqual(60);
    expect(found.left).toBeGreaterThan(59.4);
    expect(found.predicted).toBeCloseTo(found.left, 9);
  });

  test("says what the smallest plan leaves where that is too much", async () => {
    const floor = { chosen, left: 8, ratio: 1 };
    const found = await solveMeasured(exact({ solveFor: () => floor }));
    expect(found).toMatchObject({ left: 80 });
    expect(found.above).toBeUndefined();
  });

  test("takes the closest below, and tells the next larger, where plans are coarse", async () => {
    const solveFor = (cost: number) => ({ chosen, left: Math.floor(cost), ratio: 0.5 });
    const found = await solveMeasured(exact({ target: 57, solveFor }));
    expect(found).toMatchObject({ left: 50, above: 60 });
  });

  test("is met within the noise of what is measured, and no further", () => {
    const budget = { resource: "latency", original: 100, target: 60 } as const;
    expect(outcome(budget, { left: 60.5, ratio: 0.5, noise: 0.01 })).toMatchObject({ met: true });
    expect(outcome(budget, { left: 60.5, ratio: 0.5, noise: 0.001, above: 62 })).toMatchObject({
      met: false,
      why: "60.5 is the closest that was measured, known to 0.1 %; the next larger plan leaves 62",
    });
  });
});

test("sample plans begin with the model as it is, and spread over widths, the same for a seed", () => {
  const take = (seed: number): number[] => {
    const found: number[] = [];
    for (const { cut } of samplePlans(trace, seed)) {
      found.push(macsOf(backend.cost(model, trace, cut)) / macsOf(backend.cost(model, trace)));
      if (found.length === 12) break;
    }
    return found;
  };
  const shares = take(1);
  expect(shares[0]).toBe(1);
  expect(shares.filter((share) => share < 0.3).length).toBeGreaterThan(1);
  expect(shares.filter((share) => share > 0.5).length).toBeGreaterThan(2);
  expect(take(1)).toEqual(shares);
  expect(take(2)).not.toEqual(shares);
});

describe("a budget without a latency table", () => {
  const target = { macs: 0.9 };

  test("takes whole vectors where widths as they fall are slower than the original", async () => {
    const asked: boolean[] = [];
    const isSlower = async (cut: typeof nothing): Promise<boolean> => {
      asked.push(widthsOff(cut));
      return widthsOff(cut);
    };
    const { budget, chosen } = await plan(model, { ...options, target, isSlower });
    expect(asked).toEqual([true, false]);
    expect(budget).toMatchObject({ multiple: 16, met: false });
    expect(budget?.reached).toBeLessThan(budget?.target ?? 0);
    expect(widthsOff(chosen.cut)).toBe(false);
  });

  test("stays as it is where it isn't slower, where nothing helps, and where a multiple is asked for", async () => {
    const plain = await plan(model, { ...options, target });
    for (const isSlower of [async () => false, async () => true]) {
      const { budget } = await plan(model, { ...options, target, isSlower });
      expect(budget).toEqual(plain.budget);
    }
    const never = async (): Promise<boolean> => {
      throw new Error("it was asked");
    };
    await plan(model, { ...options, target, roundTo: 4, isSlower: never });
  });
});
