import { gzipSync } from "node:zlib";
import { type Importance, macsOf } from "@prune/graph";
import { magnitude, random } from "@prune/importance-magnitude";
import type { Model } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { type PruneOptions, PrunerError, plan, prune, type Target } from "@prune/pruner";
import { describe, expect, test } from "vitest";
import { graphs } from "../../../tooling/budget/targets.js";
import { sharedFile, zooNames } from "../../../tooling/zoo/zoo.js";
import { attention, backend, modelOf, perceptron, rigid, sharedBias } from "./models.js";

const glyphs = (): Model =>
  openModel(new URL("../../../apps/cli/sample/glyphs.onnx", import.meta.url).pathname);
const options: PruneOptions<Model> = { backend, importance: magnitude({ p: 2 }) };

const failure = async (work: () => Promise<unknown>): Promise<PrunerError> => {
  try {
    await work();
  } catch (error) {
    if (error instanceof PrunerError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

describe("a budget", () => {
  test.each<Target>([
    { macs: 0.5 },
    { macs: "4.2 MMACs" },
    { parameters: "30 %" },
    { parameters: "20k" },
    { bytes: "150 kB" },
  ])("of %j is met from below, within 1 %", async (target) => {
    const { model, report } = await prune(glyphs(), { ...options, target });
    const { budget } = report;
    expect(budget?.met).toBe(true);
    expect(budget!.reached).toBeLessThanOrEqual(budget!.target);
    expect(budget!.reached).toBeGreaterThan(budget!.target * 0.99);
    const [of] = Object.keys(target) as ("macs" | "parameters" | "bytes")[];
    expect(report.after[of!]).toBe(budget!.reached);
    if (of !== "bytes") expect(backend.cost(model, backend.trace(model))[of!]).toBe(budget!.reached);
  });

  test("leaves room first for the units that score highest", async () => {
    // Two layers of 6 units that cost the same: of 12 units the budget keeps 7, which ratios alone can't.
    const byFamily: Importance = {
      name: "by family",
      needs: [],
      score: async ({ id, units }) => Float32Array.from(units, (_, i) => 10 * id + i),
    };
    const { report } = await prune(modelOf(sharedBias), {
      backend,
      importance: byFamily,
      target: { macs: 0.6 },
    });
    expect(report.groups.map(({ kept }) => kept)).toEqual([3, 4]);
  });

  test("that multiples can't reach is met on smaller ones, and says so", async () => {
    const { report } = await prune(modelOf(perceptron()), { ...options, target: { macs: 0.5 }, roundTo: 16 });
    expect(report.budget).toMatchObject({ tooCoarse: 16, multiple: 4 });
    expect(report.budget!.reached).toBeLessThanOrEqual(report.budget!.target);
    const { report: fine } = await prune(modelOf(perceptron()), {
      ...options,
      target: { macs: 0.6 },
      roundTo: 2,
    });
    expect(fine.budget?.tooCoarse).toBeUndefined();
  });

  test("is met by a slower plan where faster multiples are too coarse", async () => {
    const slow = { ...options, target: { macs: 0.2 } as Target, isSlower: async () => true };
    const { report } = await prune(modelOf(perceptron()), slow);
    expect(report.budget!.reached).toBeLessThanOrEqual(report.budget!.target);
    expect(report.budget).toMatchObject({ tooCoarse: 16 });
  });

  test("keeps to the other options", async () => {
    const how = { global: true, roundTo: 4, layerRatios: { conv1: 0.25 }, ignore: ["layers.2*"] };
    const { report } = await prune(glyphs(), { ...options, ...how, target: { macs: 0.7 } });
    const kept = new Map(report.groups.map((group) => [group.axis, group]));
    expect(report.groups.every((group) => group.kept % 4 === 0)).toBe(true);
    expect(kept.get("conv1.weight:0")).toMatchObject({ total: 16, kept: 12 });
    expect(report.groups.filter(({ why }) => why.some((text) => text.startsWith("ignored")))).not.toEqual([]);
    expect(report.budget!.reached).toBeLessThanOrEqual(report.budget!.target);
  });

  test("that can't be met says why", async () => {
    const budget = async (model: Model, target: Target) =>
      (await prune(model, { ...options, target })).report.budget;
    expect(await budget(modelOf(perceptron()), { macs: 0.0001 })).toMatchObject({
      met: false,
      why: "6 MACs are left when all leaves that may",
    });
    expect(await budget(modelOf(rigid), { macs: 0.5 })).toMatchObject({ met: false, reached: 6 });
    expect(await budget(modelOf(perceptron()), { parameters: 500 })).toMatchObject({
      met: false,
      why: "the model as it is needs 92, no more than that",
    });
    expect((await budget(modelOf(attention), { macs: 0.55 }))?.why).toMatch(
      /^units are too coarse: .* is the closest below; the next larger plan leaves /,
    );
  });

  test("of gzipped bytes is measured", async () => {
    const sizes: number[] = [];
    const measure = {
      gzip: async (
        ...[cut, trace]: Parameters<NonNullable<NonNullable<PruneOptions<Model>["measure"]>["gzip"]>>
      ) => {
        const size = gzipSync(backend.cut(model, trace, cut).source).length;
        sizes.push(size);
        return size;
      },
    };
    const model = glyphs();
    const { report, model: small } = await prune(model, { ...options, target: { gzip: "150 kB" }, measure });
    expect(report.budget).toMatchObject({ resource: "gzip", met: true, target: 150_000 });
    expect(gzipSync(small.source)).toHaveLength(report.budget!.reached);
    expect(sizes.length).toBeLessThan(10);
  });

  test("of milliseconds goes by what is measured, however it depends on the cost", async () => {
    const model = glyphs();
    const macs = macsOf(backend.cost(model, backend.trace(model)));
    const latency: NonNullable<NonNullable<PruneOptions<Model>["measure"]>["latency"]> = async (cut, trace) =>
      2 + 10 * (macsOf(backend.cost(model, trace, cut)) / macs) ** 0.7;
    const { report } = await prune(model, {
      ...options,
      target: { latency: "6.5 ms" },
      measure: { latency },
    });
    expect(report.budget).toMatchObject({ resource: "latency", original: 12, target: 6.5, met: true });
  });

  test("is refused where it says nothing, two things, or what can't be measured", async () => {
    const refused = (target: unknown, more: object = {}): Promise<PrunerError> =>
      failure(() => prune(glyphs(), { ...options, ...more, target: target as Target }));
    expect(await refused({})).toMatchObject({ code: "bad-option" });
    for (const amount of ["lots", "-1", "140 %", "3 ms", 0, Number.NaN])
      expect(await refused({ macs: amount })).toMatchObject({
        code: "bad-option",
        detail: { value: amount },
      });
    expect((await refused({ macs: 0.5, bytes: 0.5 })).message).toMatch(
      /`target.macs` and `target.bytes` contra/,
    );
    expect((await refused({ macs: 0.5 }, { ratio: 0.5 })).message).toMatch(/`target` and `ratio` contradict/);
    expect(await refused({ latency: "15 ms" })).toMatchObject({ code: "no-measure" });
  });
});

test.skipIf(zooNames().length === 0).each(graphs)(
  "a budget on %s lands within 1 %%",
  async (name) => {
    const model = openModel(sharedFile(`zoo/${name}.onnx`) as string);
    const found = await plan(model, {
      backend,
      importance: random(),
      target: { macs: "60 %" },
      global: true,
    });
    expect(found.budget).toMatchObject({ resource: "macs", met: true });
    expect(found.chosen.cut.findings).toEqual([]);
  },
  60_000,
);
