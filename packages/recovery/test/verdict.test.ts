import { agreement, verdict } from "@prune/recovery";
import { type Compared, compareAnswers, type OutputValues } from "@prune/recovery/advanced";
import { describe, expect, it } from "vitest";

async function* batches(...lists: (readonly OutputValues[])[]): AsyncGenerator<readonly OutputValues[]> {
  yield* lists;
}

/** Scores of two classes, one row a sample: how far the first is above the second. */
const scores = (margins: readonly number[], name = "scores"): OutputValues => ({
  name,
  values: margins.flatMap((margin) => [margin / 2, -margin / 2]),
  dims: [margins.length, 2],
});

const compared = (
  dense: readonly OutputValues[],
  other: readonly OutputValues[],
  samples: number,
): Promise<readonly Compared[]> => compareAnswers(batches(dense), batches(other), [samples]);

const dense = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 1 : -1) * (1 + (i % 5)));
const by = async (change: (margin: number, i: number) => number): Promise<readonly Compared[]> =>
  compared([scores(dense)], [scores(dense.map(change))], dense.length);

describe("comparing answers", () => {
  it("adds up over batches to what all of them give at once", async () => {
    const other = dense.map((margin, i) => margin * (i % 3 === 0 ? -0.5 : 0.8));
    const halves = (of: readonly number[]) => [[scores(of.slice(0, 15))], [scores(of.slice(15))]];
    const [all] = await compared([scores(dense)], [scores(other)], 40);
    const [parts] = await compareAnswers(batches(...halves(dense)), batches(...halves(other)), [15, 25]);
    for (const key of ["top1", "cosine", "kl", "error"] as const)
      expect(parts?.agreement[key]).toBeCloseTo(all?.agreement[key] as number, 12);
    expect(parts?.errors.map(({ length }) => length)).toEqual([15, 25]);
    const values = (of: readonly number[]) => Float64Array.from(scores(of).values);
    expect(agreement({ values: values(dense), classes: 2 }, { values: values(other), classes: 2 })).toEqual(
      all?.agreement,
    );
    const errors = parts?.errors.flatMap((batch) => Array.from(batch)) ?? [];
    expect(errors.reduce((a, b) => a + b, 0) / 40).toBeCloseTo(all?.agreement.error as number, 12);
  });

  it("tells by batch of outputs without a part for each sample, and leaves out those that change their size", async () => {
    const whole: OutputValues = { name: "whole", values: [1, 2, 3], dims: [3] };
    const sized: OutputValues = { name: "boxes", values: [1, 2], dims: [1, 2] };
    const found = await compared(
      [sized, whole],
      [
        { ...sized, values: [1, 2, 3], dims: [1, 3] },
        { ...whole, values: [1, 2, 4] },
      ],
      2,
    );
    expect(found.map(({ name, scores: isScores }) => [name, isScores])).toEqual([["whole", false]]);
    expect(found[0]?.errors).toEqual([Float64Array.of(0.5)]);
    await expect(compared([sized], [], 2)).rejects.toMatchObject({ code: "no-comparable-output" });
  });

  it("takes masked scores for equal where both are infinite", async () => {
    const masked = (value: number): OutputValues => ({
      name: "",
      values: [value, 0, -Infinity],
      dims: [1, 3],
    });
    const [found] = await compared([masked(2)], [masked(2)], 1);
    expect(found?.agreement).toEqual({ top1: 1, cosine: 1, kl: 0, error: 0 });
  });
});

describe("divergence of answers", () => {
  const kl = async (x: readonly number[], y: readonly number[]): Promise<number | undefined> => {
    const row = (values: readonly number[]): OutputValues => ({ name: "", values, dims: [1, values.length] });
    return (await compared([row(x)], [row(y)], 1))[0]?.agreement.kl;
  };
  const softmax = (row: readonly number[]): number[] => {
    const sum = row.reduce((all, v) => all + Math.exp(v), 0);
    return row.map((v) => Math.exp(v) / sum);
  };

  it("is the same in front of a softmax and behind it", async () => {
    const [x, y] = [
      [3, -1, 0.5],
      [1, 0, 2],
    ];
    const [p, q] = [softmax(x as number[]), softmax(y as number[])];
    const expected = p.reduce((sum, v, i) => sum + v * Math.log(v / (q[i] as number)), 0);
    expect(expected).toBeGreaterThan(0.5);
    expect(await kl(x as number[], y as number[])).toBeCloseTo(expected, 12);
    expect(await kl(p, q)).toBeCloseTo(expected, 12);
  });

  it("is finite where a probability is lost, and nothing where none counts", async () => {
    expect(await kl([0.5, 0.5], [1, 0])).toBeCloseTo(-Math.LN2 + 0.5 * 126 * Math.LN2, 9);
    expect(await kl([1, 0], [1, 0])).toBe(0);
  });
});

describe("judging a change by unseen samples", () => {
  it("takes less error, also where the agreement differs by chance", async () => {
    const before = await by((m) => 0.2 * m);
    expect(verdict(before, await by((m) => 0.9 * m))).toMatchObject({ result: "better", by: "error" });
    const after = await by((m, i) => (i === 0 ? -0.1 : 0.9 * m));
    expect(verdict(before, after)).toMatchObject({ result: "better", top1: { value: -1 / 40 } });
  });

  it("rolls back what lowers the agreement by more than chance, although the error falls", async () => {
    const before = await by((m) => 0.2 * m);
    const after = await by((m, i) => (i % 5 === 0 ? -0.1 * m : 0.95 * m));
    const found = verdict(before, after);
    expect(found).toMatchObject({ result: "worse", by: "top1" });
    expect(found.error.value).toBeLessThan(0);
    expect(found.top1?.value).toBeCloseTo(-8 / 40, 12);
    expect(verdict(after, before)).toMatchObject({ result: "worse", by: "error" });
  });

  it("takes more agreement where the error differs by chance", async () => {
    const before = await by((m, i) => (i % 5 === 0 ? -0.1 * m : m));
    const after = await by((m, i) => (i % 2 === 0 ? 2.05 * m : 0.95 * m));
    const louder = await by((m, i) => (i === 1 ? 3 * m : m));
    expect(verdict(before, louder)).toMatchObject({ result: "better", by: "top1" });
    expect(verdict(before, after)).toMatchObject({ result: "worse", by: "error" });
  });

  it("rolls back what gives NaN, and goes by the error where one sample is all there is", async () => {
    const before = await by((m) => 0.5 * m);
    expect(verdict(before, await by(() => Number.NaN))).toMatchObject({ result: "worse", by: "error" });
    const one = (value: number) => compared([scores([2])], [scores([value])], 1);
    expect(verdict(await one(1), await one(1.5))).toMatchObject({ result: "better" });
    expect(verdict(await one(1), await one(0.5))).toMatchObject({ result: "worse" });
  });

  it("weighs all outputs alike, each relative to its variance", async () => {
    const two = (small: number, large: number) =>
      compared(
        [
          scores(dense, "a"),
          scores(
            dense.map((m) => 1000 * m),
            "b",
          ),
        ],
        [
          scores(
            dense.map((m) => small * m),
            "a",
          ),
          scores(
            dense.map((m) => large * 1000 * m),
            "b",
          ),
        ],
        40,
      );
    expect(verdict(await two(0.5, 0.9), await two(0.8, 0.85))).toMatchObject({ result: "better" });
    expect(verdict(await two(0.9, 0.5), await two(0.5, 0.6))).toMatchObject({ result: "worse" });
  });
});
