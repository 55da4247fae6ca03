import { macsOf } from "@prune/graph";
import { magnitude } from "@prune/importance-magnitude";
import type { Model } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { type KeepOptions, keep, PrunerError } from "@prune/pruner";
import type { JudgedModel, Point } from "@prune/pruner/advanced";
import { describe, expect, it } from "vitest";
import { backend } from "./models.js";

const model: Model = openModel(new URL("../../../apps/cli/sample/glyphs.onnx", import.meta.url).pathname);
const trace = backend.trace(model);
const whole = backend.cost(model, trace);
const sure = (value: number) => ({ value, standardError: 0.01 });

/** A model that agrees less the smaller it is: by the square root of its share of some cost. */
const judgedBy = async (of: Model, resource: "macs" | "parameters" = "macs"): Promise<JudgedModel> => {
  const share = Math.sqrt((backend.cost(of, backend.trace(of))[resource] ?? 0) / (whole[resource] ?? 0));
  return { agreement: sure(share), accuracy: sure(0.9 * share), change: sure(0.9 * (share - 1)) };
};

const options: KeepOptions<Model> = {
  backend,
  importance: magnitude({ p: 2 }),
  keep: { agreement: 0.8 },
  judge: (of) => judgedBy(of),
};

const failure = async (how: Partial<KeepOptions<Model>> & Record<string, unknown>): Promise<PrunerError> => {
  try {
    await keep(model, { ...options, ...how });
  } catch (error) {
    if (error instanceof PrunerError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

describe("keeping an agreement", () => {
  it("finds the smallest model that holds it, and returns every budget that was tried", async () => {
    const { model: small, report, recipe, curve, recovered } = await keep(model, options);
    const left = macsOf(backend.cost(small, backend.trace(small))) / macsOf(whole);
    expect(left).toBeGreaterThanOrEqual(0.64);
    expect(left).toBeLessThan(0.64 + 0.03);
    expect(macsOf(report.after) / macsOf(whole)).toBe(left);
    expect(recipe.parameters.length).toBeGreaterThan(0);
    expect(recovered).toBeUndefined();
    expect(curve).toMatchObject({ measure: "agreement", least: 0.8, resource: "macs" });
    expect(curve.original.agreement.value).toBe(1);
    expect(curve.points.length).toBeGreaterThan(4);
    for (const point of curve.points) {
      expect(point.holds).toBe(point.agreement.value >= 0.8);
      expect(point.left).toBeCloseTo(macsOf(point) / macsOf(whole), 12);
      expect(point.left).toBeLessThanOrEqual(point.target);
    }
    expect(curve.points.some(({ holds }) => !holds)).toBe(true);
    expect(Math.min(...curve.points.filter(({ holds }) => holds).map((point) => point.left))).toBe(left);
  });

  it("comes as close as asked, and on other budgets", async () => {
    const judge = (of: Model): Promise<JudgedModel> => judgedBy(of, "parameters");
    const found = await keep(model, { ...options, judge, resource: "parameters", tolerance: 0.005 });
    const left = found.report.after.parameters / whole.parameters;
    expect(left).toBeGreaterThanOrEqual(0.64);
    expect(left).toBeLessThan(0.64 + 0.01);
  });

  it("judges what recovery made, and returns it", async () => {
    const made: Model[] = [];
    const recover = async ({ smaller }: { readonly smaller: Model }) => {
      made.push(smaller);
      return { model: smaller, note: made.length };
    };
    const judged: Model[] = [];
    const judge = async (of: Model): Promise<JudgedModel> => {
      judged.push(of);
      return judgedBy(of);
    };
    const { recovered, model: small, curve } = await keep(model, { ...options, judge, recover });
    expect(judged).toEqual([model, ...made]);
    expect(small).toBe(recovered?.model);
    const best = curve.points.findIndex(
      (point) =>
        point.left === Math.min(...curve.points.filter(({ holds }) => holds).map(({ left }) => left)),
    );
    expect(recovered?.note).toBe(best + 1);
  });

  it("stops at the smallest model that can be made", async () => {
    const { curve } = await keep(model, { ...options, maxRatio: 0.5, keep: { agreement: 0.01 } });
    const last = curve.points.at(-1);
    expect(last?.left).toBeGreaterThan(last?.target as number);
    expect(last?.holds).toBe(true);
  });
});

describe("confirming what was found, on other samples", () => {
  const heldLefts = (points: readonly Point[]): number[] =>
    points
      .filter(({ holds }) => holds)
      .map(({ left }) => left)
      .sort((a, b) => a - b);

  it("returns the winner with what they say of it, also where it falls short by chance", async () => {
    const seen: Model[] = [];
    const confirm = async (of: Model): Promise<JudgedModel> => {
      seen.push(of);
      return { agreement: { value: 0.785, standardError: 0.01 } };
    };
    const { model: small, curve } = await keep(model, { ...options, confirm });
    expect(seen).toEqual([small]);
    expect(curve.confirmations).toEqual([
      {
        target: curve.points.find(({ left }) => left === heldLefts(curve.points)[0])?.target,
        left: heldLefts(curve.points)[0],
        holds: true,
        agreement: { value: 0.785, standardError: 0.01 },
      },
    ]);
  });

  it("goes on to the next larger model that held, where it falls short by more", async () => {
    let asked = 0;
    const recover = async ({ smaller }: { readonly smaller: Model }) => ({ model: smaller });
    const confirm = async (): Promise<JudgedModel> => ({ agreement: sure(asked++ === 0 ? 0.779 : 0.9) });
    const { model: small, curve, report } = await keep(model, { ...options, recover, confirm });
    const held = heldLefts(curve.points);
    expect(curve.confirmations.map(({ left, holds }) => [left, holds])).toEqual([
      [held[0], false],
      [held[1], true],
    ]);
    expect(macsOf(backend.cost(small, backend.trace(small))) / macsOf(whole)).toBe(held[1]);
    expect(macsOf(report.after) / macsOf(whole)).toBe(held[1]);
    expect(curve.points.filter(({ left }) => left === held[1])).toHaveLength(1);
  });

  it("refuses with what they say where all fall short", async () => {
    const error = await failure({ confirm: async () => ({ agreement: sure(0.7) }) });
    expect(error.code).toBe("keep-unconfirmed");
    const { curve } = (error as PrunerError<"keep-unconfirmed">).detail;
    expect(curve.confirmations).toHaveLength(heldLefts(curve.points).length);
    expect(error.message).toMatch(
      /had no part in that.*\n.*% of the macs left: agreement 70.0 % ± 1.0, not held/,
    );
  });

  it("says nothing of it where one sample is all there is", async () => {
    const confirm = async (): Promise<JudgedModel> => ({
      agreement: { value: 0, standardError: Number.NaN },
    });
    const { curve } = await keep(model, { ...options, confirm });
    expect(curve.confirmations).toMatchObject([{ holds: true }]);
  });
});

describe("keeping an accuracy", () => {
  it("holds a change of it from the original's", async () => {
    const { curve } = await keep(model, { ...options, keep: { accuracy: -0.09 } });
    expect(curve).toMatchObject({ measure: "change", least: -0.09 });
    const left = Math.min(...curve.points.filter(({ holds }) => holds).map((point) => point.left));
    expect(left).toBeGreaterThanOrEqual(0.81);
    expect(left).toBeLessThan(0.84);
  });

  it("holds a value of its own", async () => {
    const { curve } = await keep(model, { ...options, keep: { accuracy: 0.45 } });
    const left = Math.min(...curve.points.filter(({ holds }) => holds).map((point) => point.left));
    expect(left).toBeGreaterThanOrEqual(0.25);
    expect(left).toBeLessThan(0.28);
  });
});

describe("refusals", () => {
  it("come with the curve where nothing that was tried holds", async () => {
    const judge = async (of: Model): Promise<JudgedModel> => ({ agreement: sure(of === model ? 1 : 0.5) });
    const error = await failure({ judge, keep: { agreement: 0.99 } });
    expect(error.code).toBe("keep-missed");
    const { curve } = (error as PrunerError<"keep-missed">).detail;
    expect(curve.points.length).toBeGreaterThan(4);
    expect(Math.max(...curve.points.map(({ left }) => left))).toBeGreaterThan(0.95);
    expect(error.message).toMatch(
      /keeps an agreement of at least 99.0 %.*\n.*% of the macs left: agreement 50.0 % ± 1.0/,
    );
  });

  it.each<[Record<string, unknown>, string, string[]]>([
    [{ ratio: 0.5 }, "contradiction", ["keep", "ratio"]],
    [{ target: { macs: 0.5 } }, "contradiction", ["keep", "target"]],
    [{ keep: { agreement: 0.9, accuracy: 0.9 } }, "contradiction", ["keep.agreement", "keep.accuracy"]],
  ])("name both options of %j", async (how, code, both) => {
    const error = await failure(how);
    expect(error.code).toBe(code);
    expect(error.detail).toMatchObject({ options: both });
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [{ keep: { agreement: 0 } }, /keep.agreement/],
    [{ keep: { agreement: 1.1 } }, /keep.agreement/],
    [{ keep: { accuracy: -1 } }, /keep.accuracy/],
    [{ keep: {} }, /keep.accuracy/],
    [{ tolerance: 0 }, /tolerance/],
    [{ keep: { accuracy: -0.1 }, judge: async () => ({ agreement: sure(1) }) }, /no labels/],
  ])("say what is wrong with %j", async (how, message) => {
    const error = await failure(how);
    expect(error.code).toBe("bad-option");
    expect(error.message).toMatch(message);
  });
});
