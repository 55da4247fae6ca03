import { type Cut, macsOf } from "@prune/graph";
import { magnitude } from "@prune/importance-magnitude";
import { allocate, prune, type SensitivityCurve, sensitivity } from "@prune/pruner";
import { type SensitivityOptions, scoreFamilies } from "@prune/pruner/advanced";
import { describe, expect, it } from "vitest";
import { attention, backend, modelOf, perceptron } from "./models.js";

const cost = { macs: 1000, parameters: 1000, bytes: 4000 };
const ratios = [0.1, 0.25, 0.5, 0.75];

/** A curve of errors, which saves so many MACs for each unit. */
const curve = (
  family: number,
  error: (ratio: number) => number,
  macs = 1,
  units = 100,
): SensitivityCurve => ({
  family,
  axis: `w${family}:0`,
  node: "",
  units,
  points: ratios.map((ratio) => ({
    ratio,
    removed: ratio * units,
    error: error(ratio),
    cost: { ...cost, macs: cost.macs - ratio * units * macs },
  })),
});
const square = (times: number) => (ratio: number) => times * ratio ** 2;

describe("ratios out of curves", () => {
  it("equalise the marginal error", () => {
    const { ratios: of } = allocate([curve(0, square(1)), curve(1, square(4))], { cost });
    for (const share of [0.05, 0.1, 0.3]) {
      const [flat = 0, steep = 0] = of(share);
      expect(flat).toBeCloseTo(4 * steep, 6);
      expect((flat + steep) / 2).toBeCloseTo(share, 6);
    }
  });
  it("weigh it against what is saved", () => {
    const curves = [curve(0, square(1), 3), curve(1, square(1), 1)];
    const [dear = 0, cheap = 0] = allocate(curves, { cost, saving: "macs" }).ratios(0.2);
    expect(dear).toBeCloseTo(3 * cheap, 6);
    const [one, other] = allocate(curves, { cost, saving: "units" }).ratios(0.2);
    expect(one).toBeCloseTo(other as number, 6);
  });
  it("take first what costs nothing, and never take all", () => {
    const dead = curve(0, (ratio) => (ratio <= 0.5 ? 0 : 1));
    const { ratios: of } = allocate([dead, curve(1, square(1))], { cost });
    expect(of(0.1)).toEqual([expect.closeTo(0.2, 3), expect.closeTo(0, 3)]);
    for (const ratio of of(0.999)) expect(ratio).toBeLessThan(1);
  });
  it("rise with the share, whatever the shape of the curves", () => {
    const saturating = curve(0, (ratio) => 1 - Math.exp(-20 * ratio));
    const noisy = curve(1, (ratio) => ratio + 0.3 * Math.sin(40 * ratio));
    const all = [saturating, noisy, curve(2, square(9), 5, 7), curve(3, () => 0)];
    for (const saving of ["units", "macs"] as const) {
      const { ratios: of } = allocate(all, { cost, saving });
      let before = of(0);
      expect(before).toEqual([0, 0, 0, 0]);
      for (let share = 0.02; share < 1; share += 0.02) {
        const now = of(share);
        now.forEach((ratio, f) => {
          expect(ratio).toBeGreaterThanOrEqual((before[f] as number) - 1e-9);
        });
        const sum = now.reduce<number>((n, ratio, f) => n + (ratio as number) * (all[f]?.units ?? 0), 0);
        expect(sum / 307).toBeCloseTo(share, 4);
        before = now;
      }
    }
  });
});

describe("sensitivity", () => {
  const model = modelOf(perceptron());
  const trace = backend.trace(model);
  const scored = (of = model, from = trace) => scoreFamilies(magnitude(), backend.probe(of, from));
  const macs = (cut?: Cut): number => macsOf(backend.cost(model, trace, cut));
  const gone = (cut: Cut): number => macs() - macs(cut);
  const measured = async (options: Partial<SensitivityOptions> = {}) =>
    sensitivity(trace, await scored(), {
      measure: async (cut) => gone(cut),
      cost: (cut) => backend.cost(model, trace, cut),
      ...options,
    });

  it("takes the lowest units of one axis at a time", async () => {
    const curves = await measured({ ratios: [0.25, 0.5] });
    expect(
      curves.map(({ axis, units, points }) => [axis, units, points.map(({ removed }) => removed)]),
    ).toEqual([
      ["first.weight:1", 8, [2, 4]],
      ["second.weight:1", 6, [1, 3]],
    ]);
    const [point] = curves[0]?.points ?? [];
    expect(point).toMatchObject({ ratio: 0.25, error: 2 * (3 + 6) });
    expect(point?.cost.macs).toBe(macs() - 2 * (3 + 6));
    expect(await measured({ ratios: [0.25, 0.5], concurrency: 3 })).toEqual(curves);
  });
  it("leaves out what is ignored, and heads as a whole", async () => {
    expect((await measured({ ignore: ["first*"] })).map(({ axis }) => axis)).toEqual(["second.weight:1"]);
    const other = modelOf(attention);
    const from = backend.trace(other);
    const curves = await sensitivity(from, await scored(other, from), {
      measure: async () => 0,
      cost: (cut) => backend.cost(other, from, cut),
    });
    expect(curves.length).toBeGreaterThan(0);
    for (const { family } of curves) expect(from.families[family]?.kind).toBe("channels");
  });
  it("stops when it is told to", async () => {
    const stop = new AbortController();
    let runs = 0;
    const work = measured({
      measure: async () => {
        if (++runs === 2) stop.abort();
        return 0;
      },
      signal: stop.signal,
    });
    await expect(work).rejects.toMatchObject({ name: "AbortError" });
    expect(runs).toBe(2);
  });
  it("refuses errors that are none, and ratios beyond a layer", async () => {
    await expect(measured({ measure: async () => Number.NaN })).rejects.toMatchObject({
      code: "bad-sensitivity",
    });
    await expect(measured({ ratios: [1] })).rejects.toMatchObject({ code: "bad-option" });
  });
  it("makes a plan that spares what is sensitive, within the budget", async () => {
    const importance = magnitude();
    const curves = (await measured()).map((one, i) => ({
      ...one,
      points: one.points.map((point) => ({ ...point, error: point.error * (i === 0 ? 1 : 1000) })),
    }));
    const allocation = allocate(curves, { cost: backend.cost(model, trace), saving: "macs" });
    const options = { backend, importance, target: { macs: 0.6 } };
    const [even, own] = [await prune(model, options), await prune(model, { ...options, allocation })];
    const keptOf = ({ report }: typeof own): number[] => report.groups.map(({ kept }) => kept);
    expect(own.report.budget?.reached).toBeLessThanOrEqual(own.report.budget?.target ?? 0);
    expect(keptOf(own)[0]).toBeLessThan(keptOf(even)[0] as number);
    expect(keptOf(own)[1]).toBeGreaterThan(keptOf(even)[1] as number);
    const both = prune(model, { ...options, allocation, global: true });
    await expect(both).rejects.toMatchObject({
      code: "contradiction",
      detail: { options: ["allocation", "global"] },
    });
  });
});
