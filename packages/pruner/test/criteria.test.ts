import type { Importance } from "@prune/graph";
import { batchNormScale, fpgm, lamp, magnitude, random } from "@prune/importance-magnitude";
import { normalise } from "@prune/importance-magnitude/advanced";
import { openModel } from "@prune/onnx/node";
import { checkImportance, combine, diffRecipes, ensemble, prune, readRecipe } from "@prune/pruner";
import { normalised } from "@prune/pruner/advanced";
import { describe, expect, test } from "vitest";
import { attention, backend, modelOf, perceptron } from "./models.js";

const glyphs = openModel(new URL("../../../apps/cli/sample/glyphs.onnx", import.meta.url).pathname);
const probe = backend.probe(glyphs, backend.trace(glyphs));
const [first] = probe.trace.families;
const fixed = (...scores: number[]): Importance => ({
  name: "fixed",
  needs: [],
  score: async ({ units }) => Float32Array.from(units, (_, i) => scores[i % scores.length]!),
});

describe("criteria combine", () => {
  test("as weighted sums of normalised scores", async () => {
    const both = combine([
      [magnitude({ p: 1 }), 1],
      [fpgm(), 0.5],
    ]);
    expect(both).toMatchObject({ name: "magnitude-l1 + 0.5 fpgm", needs: ["weights"] });
    const [a, b, sum] = await Promise.all(
      [magnitude({ p: 1 }), fpgm(), both].map((criterion) => criterion.score(first!, probe)),
    );
    const mean = (list: Float32Array): number => list.reduce((x, y) => x + y, 0) / list.length;
    sum!.forEach((score, i) => {
      expect(score).toBeCloseTo(a![i]! / mean(a!) + (0.5 * b![i]!) / mean(b!), 5);
    });
    expect(() => combine([])).toThrow(/one criterion or more/);
    expect(() => combine([[fpgm(), Number.NaN]])).toThrow(/finite weight/);
  });

  test("as votes by rank", async () => {
    const scores = await ensemble([fixed(5, 1, 1, 9), fixed(400, 100, 300, 200)]).score(
      { ...first!, units: first!.units.slice(0, 4) },
      probe,
    );
    const third = 1 / 3;
    [(2 * third + 1) / 2, third / 4, third / 4 + third, (1 + third) / 2].forEach((want, i) => {
      expect(scores[i]).toBeCloseTo(want, 6);
    });
  });

  test("after normalising in any way", async () => {
    const family = { ...first!, units: first!.units.slice(0, 4) };
    const by = async (how: Parameters<typeof normalised>[1]): Promise<number[]> => [
      ...(await normalised(fixed(2, -4, 0, 2), how).score(family, probe)),
    ];
    expect(await by("none")).toEqual([2, -4, 0, 2]);
    expect(await by("mean")).toEqual([1, -2, 0, 1]);
    expect(await by("max")).toEqual([0.5, -1, 0, 0.5]);
    expect(await by((scores) => normalise(scores, "min-max"))).toEqual([1, 0, Math.fround(2 / 3), 1]);
    expect([...(await normalised(fixed(0), "mean").score(family, probe))]).toEqual([0, 0, 0, 0]);
  });
});

describe("the test kit", () => {
  test.each([magnitude({ p: 1 }), magnitude({ p: 2, reduction: "max" }), lamp(), fpgm(), batchNormScale()])(
    "finds nothing wrong with $name",
    async (criterion) => {
      expect(await checkImportance(criterion, probe)).toEqual([]);
      const model = modelOf(attention);
      expect(await checkImportance(criterion, backend.probe(model, backend.trace(model)))).toEqual([]);
    },
  );
  test("knows arbitrary scores", async () => {
    expect(await checkImportance(random(), probe, { arbitrary: true })).toEqual([]);
    expect((await checkImportance(random(), probe)).join()).toMatch(/listed in another order/);
  });
  test("finds what is wrong", async () => {
    const wrong = async (score: Importance["score"]): Promise<string | undefined> =>
      (await checkImportance({ name: "wrong", needs: [], score }, probe))[0];
    expect(await wrong(async () => new Float32Array(3))).toMatch(
      /^wrong on conv1.weight:0: 3 scores for 16 units/,
    );
    expect(await wrong(async ({ units }) => new Float32Array(units.length).fill(Number.NaN))).toMatch(
      /0 is NaN/,
    );
    let calls = 0;
    expect(await wrong(async ({ units }) => new Float32Array(units.length).fill(++calls))).toMatch(
      /second time/,
    );
    const place: Importance["score"] = async ({ units }) => Float32Array.from(units, (_, i) => i);
    expect(await wrong(place)).toMatch(/listed in another order/);
    const stored: Importance["score"] = async ({ units }) => Float32Array.from(units);
    expect(await wrong(stored)).toMatch(/stored in another order/);
  });
});

test("recipes differ where they remove other positions", async () => {
  const recipe = async (importance: Importance, seed = 1) =>
    readRecipe(JSON.stringify((await prune(modelOf(perceptron(seed)), { backend, importance })).recipe));
  const low = await recipe(magnitude({ p: 2 }));
  expect(diffRecipes(low, low)).toEqual({ sameModel: true, axes: [] });
  const high = await recipe({
    ...fixed(),
    score: async ({ units }) => Float32Array.from(units, (_, i) => -i),
  });
  const { sameModel, axes } = diffRecipes(low, high);
  expect(sameModel).toBe(true);
  expect(axes.find(({ tensor }) => tensor === "first.weight")).toEqual({
    tensor: "first.weight",
    view: [3, 8],
    dims: [1],
    onlyFirst: [0, 1, 2, 3],
    onlySecond: [4, 5, 6, 7],
    both: 0,
  });
  expect(diffRecipes(low, await recipe(magnitude({ p: 2 }), 2)).sameModel).toBe(false);
});
