import { macsOf } from "@prune/graph";
import { lamp, magnitude } from "@prune/importance-magnitude";
import type { Model } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { openPruner, type PruneOptions, PrunerError, prune } from "@prune/pruner";
import { describe, expect, test } from "vitest";
import { backend, modelOf, perceptron } from "./models.js";

const options: PruneOptions<Model> = { backend, importance: magnitude({ p: 2 }) };
const glyphs = (): Model =>
  openModel(new URL("../../../apps/cli/sample/glyphs.onnx", import.meta.url).pathname);

describe("steps", () => {
  test("end at the counts of one step, whatever the schedule", async () => {
    const counts = async (how: Partial<PruneOptions<Model>>): Promise<number[]> =>
      (await prune(glyphs(), { ...options, ratio: 0.45, ...how })).report.groups.map(({ kept }) => kept);
    const once = await counts({});
    expect(await counts({ steps: 5 })).toEqual(once);
    expect(await counts({ steps: 4, schedule: "cubic" })).toEqual(once);
    expect(await counts({ schedule: "one-shot" })).toEqual(once);
    expect(await counts({ steps: 3, schedule: (t) => t * t })).toEqual(once);
  });

  test("score what the last one left, as tracing and pruning the smaller model again would", async () => {
    for (const importance of [magnitude({ p: 1 }), lamp()]) {
      const how = { ...options, importance, global: true };
      const first = await prune(glyphs(), { ...how, ratio: 0.2 });
      // 0.25 of what is left is 0.2 of the whole: together 0.4.
      const again = await prune(first.model, { ...how, ratio: 0.25 });
      const { model } = await prune(glyphs(), { ...how, ratio: 0.4, steps: 2 });
      expect(model.source).toEqual(again.model.source);
    }
  });

  test("go to a budget", async () => {
    const { report } = await prune(glyphs(), { ...options, steps: 4, target: { macs: 0.5 } });
    expect(report.budget).toMatchObject({ met: true });
    expect(report.budget!.target).toBe(macsOf(report.before) / 2);
  });

  test("are refused where they say nothing", async () => {
    const code = async (how: Partial<PruneOptions<Model>>): Promise<string> => {
      const error = await prune(modelOf(perceptron()), { ...options, ...how }).catch((thrown) => thrown);
      return error instanceof PrunerError ? error.code : String(error);
    };
    expect(await code({ steps: 0 })).toBe("bad-option");
    expect(await code({ steps: 2, schedule: "square" as "linear" })).toBe("bad-option");
    expect(await code({ steps: 3, schedule: (t) => 1 - t })).toBe("bad-option");
    expect(await code({ schedule: "cubic" })).toBe("contradiction");
    expect(await code({ steps: 2, schedule: "one-shot" })).toBe("contradiction");
    expect(await code({ global: true, isomorphic: true })).toBe("contradiction");
    expect(await code({ layerRatios: { first: 0.5 }, ignore: ["first"] })).toBe("contradiction");
    expect(await code({ layerRatios: { first: 0.8 }, maxRatio: 0.5 })).toBe("contradiction");
  });
});

describe("an open pruner", () => {
  test("suggests, and cuts what was accepted", async () => {
    const pruner = openPruner(glyphs(), { ...options, ratio: 0.4, steps: 4 });
    const seen: number[] = [];
    for await (const step of pruner.steps()) {
      seen.push(step.leaving.length);
      expect(
        [...step.scores.values()].flatMap((list) => [...list]).filter((s) => s === -Infinity),
      ).toHaveLength(seen.slice(0, -1).reduce((a, b) => a + b, 0));
      step.accept();
    }
    expect(seen).toHaveLength(4);
    const { model, report } = await pruner.cut();
    const whole = await prune(glyphs(), { ...options, ratio: 0.4, steps: 4 });
    expect(model.source).toEqual(whole.model.source);
    expect(report.removed).toBe(seen.reduce((a, b) => a + b, 0));
  });

  test("keeps what was kept by hand, removes what was chosen, and skips", async () => {
    const pruner = openPruner(modelOf(perceptron()), { ...options, ratio: 0.5, steps: 2 });
    const [first] = pruner.trace.families;
    const [lowest, , , , , , , highest] = first!.units;
    for await (const step of pruner.steps()) {
      if (step.index === 0) step.accept(step.change({ keep: [lowest!], remove: [highest!] }));
      else {
        expect(step.scores.get(0)![0]).toBe(Infinity);
        step.accept();
      }
    }
    const removed = pruner.chosen!.choices[0]!.removed;
    expect(removed).toContain(highest);
    expect(removed).not.toContain(lowest);
    expect(removed).toHaveLength(4);

    const idle = openPruner(modelOf(perceptron()), { ...options, steps: 3 });
    for await (const step of idle.steps()) step.skip();
    expect((await idle.cut()).report.removed).toBe(0);
  });

  test("gives a recipe to mask with", async () => {
    const pruner = openPruner(modelOf(perceptron()), options);
    for await (const step of pruner.steps()) step.accept();
    expect(await pruner.recipe()).toEqual((await pruner.cut()).recipe);
  });
});
