import { checkPlan, type JobOutcome } from "@prune/sweep";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dominates, frontOf, ranksOf } from "../src/search/rank.js";
import type { Candidate, Search, Trial } from "../src/search/search.js";
import { searchOf } from "../src/search/search-of.js";

const models = ["model.onnx"];
const judge = { data: "d.npz", labels: "y" };

/** Runs a search on made-up measures. */
function tried(
  search: Search,
  measure: (candidate: Candidate) => { macs: number; accuracy: number } | undefined,
): Trial[] {
  const history: Trial[] = [];
  for (;;) {
    const batch = search.next(history);
    if (batch.length === 0) return history;
    for (const candidate of batch) {
      const measures = measure(candidate);
      const outcome = measures
        ? ({ state: "done", job: "", measures } as unknown as JobOutcome)
        : ({ state: "refused", job: "", code: "x", message: "" } as JobOutcome);
      history.push({ candidate, outcome });
    }
  }
}

describe("the front", () => {
  test("holds exactly what nothing dominates", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })), { maxLength: 30 }),
        (points) => {
          const plain = points.filter((point) => !points.some((other) => dominates(other, point)));
          expect(frontOf(points, (point) => point)).toEqual(plain);
        },
      ),
    );
  });

  test("ranks count the fronts before a point, and what was not measured comes last", () => {
    expect(ranksOf([[1, 1], [2, 2], undefined, [3, 1], [0, 5]])).toEqual([0, 1, 2, 1, 0]);
  });
});

describe("a search", () => {
  test("tries every combination of a grid for every model, the last option first", () => {
    const plan = checkPlan({
      models: ["a.onnx", "b.onnx"],
      options: { seed: 7, ratio: 0.9 },
      grid: { importance: ["l1", "l2"], "target.macs": [0.5, 0.7] },
    });
    const all = searchOf(plan).next([]);
    expect(all).toHaveLength(8);
    expect(all[1]).toEqual({
      model: "a.onnx",
      round: 0,
      options: { seed: 7, importance: "l1", target: { macs: 0.7 } },
    });
  });

  test("draws the same random candidates again, within their ranges and on their steps", () => {
    const plan = checkPlan({
      models,
      random: { count: 50, seed: 3, space: { ratio: { from: 0.1, to: 0.7, step: 0.05 }, roundTo: [1, 8] } },
    });
    const all = searchOf(plan).next([]);
    expect(searchOf(plan).next([])).toEqual(all);
    for (const { options } of all) {
      expect(options.ratio).toBeGreaterThanOrEqual(0.1);
      expect(options.ratio).toBeLessThanOrEqual(0.7);
      expect(
        Math.abs(
          Math.round(((options.ratio as number) - 0.1) / 0.05) * 0.05 + 0.1 - (options.ratio as number),
        ),
      ).toBeLessThan(1e-9);
    }
    expect(new Set(all.map(({ options }) => options.ratio)).size).toBeGreaterThan(8);
  });

  test("halves: the best third goes on, with more samples", () => {
    const plan = checkPlan({
      models,
      options: { data: "x.npz" },
      grid: { ratio: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] },
      judge,
      halving: { samples: [16, 64, 256], seconds: [1, 2, 4] },
    });
    // Only three are worth anything: all others cost as much and are worse.
    const history = tried(searchOf(plan), ({ options: { ratio = 0 } }) =>
      ratio > 0.35 && ratio < 0.65
        ? { macs: 1 - ratio, accuracy: 0.9 - ratio / 10 }
        : { macs: 2, accuracy: 0.1 },
    );
    const rounds = [0, 1, 2].map((round) => history.filter(({ candidate }) => candidate.round === round));
    expect(rounds.map(({ length }) => length)).toEqual([9, 3, 1]);
    expect(rounds[1]?.map(({ candidate }) => candidate.options.ratio)).toEqual([0.4, 0.5, 0.6]);
    expect(
      rounds.map(([trial]) => [
        trial?.candidate.options.samples,
        trial?.candidate.judged,
        trial?.candidate.seconds,
      ]),
    ).toEqual([
      [16, 16, 1],
      [64, 64, 2],
      [256, 256, 4],
    ]);
    expect(searchOf(plan).most).toBe(13);
  });

  test("by Parzen estimators finds more of the front than chance, and the same again", () => {
    const dims = { ratio: { from: 0.05, to: 0.95 }, maxRatio: { from: 0.1, to: 1 } };
    // Good where maxRatio is near 0.3, whatever the ratio: a front in one dimension of two.
    const measure = ({ options: { ratio = 0, maxRatio = 0 } }: Candidate) =>
      ratio > 0.9
        ? undefined
        : { macs: 1 - ratio + Math.abs(maxRatio - 0.3), accuracy: 1 - ratio ** 2 - Math.abs(maxRatio - 0.3) };
    const far = (trials: readonly Trial[]): number =>
      trials.slice(-40).reduce(
        (
          sum,
          {
            candidate: {
              options: { maxRatio = 0 },
            },
          },
        ) => sum + Math.abs(maxRatio - 0.3),
        0,
      ) / 40;
    for (const seed of [1, 2, 3]) {
      const plan = checkPlan({ models, bayes: { space: dims, count: 100, seed, batch: 5 }, judge });
      const history = tried(searchOf(plan), measure);
      expect(history).toHaveLength(100);
      expect(tried(searchOf(plan), measure)).toEqual(history);
      const chance = tried(
        searchOf(checkPlan({ models, random: { space: dims, count: 100, seed }, judge })),
        measure,
      );
      expect(far(history)).toBeLessThan(0.6 * far(chance));
    }
  });
});
