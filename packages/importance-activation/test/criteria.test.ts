import type { ActivationProbe, ActivationReader, Family, Probe } from "@prune/graph";
import { activation, apoz, reconstruction, variance, wanda } from "@prune/importance-activation";
import { describe, expect, it } from "vitest";

/** Inputs of a 1x2 convolution over three channels, by position: six columns, seen through the window. */
const rows = Array.from({ length: 200 }, (_, r) =>
  Array.from({ length: 6 }, (_, j) => Math.sin(1 + r * (j + 1) * 0.7) + 0.3 * Math.cos(r * 0.37) * j - 0.2),
);
const weights = Array.from({ length: 12 }, (_, i) => Math.cos(3 * i + 1));
const columnsOfUnit = [
  [0, 1],
  [2, 3],
  [4, 5],
];

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const channel = (c: number): number[] =>
  rows.flatMap((row) => [row[2 * c] as number, row[2 * c + 1] as number]);
const perChannel = (of: (values: number[]) => number): number[] => [0, 1, 2].map((c) => of(channel(c)));
const column = (j: number): number[] => rows.map((row) => row[j] as number);
const covariance = (i: number, j: number): number =>
  mean(rows.map((row) => ((row[i] as number) - mean(column(i))) * ((row[j] as number) - mean(column(j)))));

const reader: ActivationReader = {
  layer: "conv",
  inputs: 6,
  outputs: 2,
  weights,
  channelOf: [0, 0, 1, 1, 2, 2],
  columns: columnsOfUnit,
  channels: {
    mean: perChannel(mean),
    magnitude: perChannel((v) => mean(v.map(Math.abs))),
    square: perChannel((v) => mean(v.map((x) => x * x))),
    inactive: perChannel((v) => v.filter((x) => x <= 0).length / v.length),
  },
  covariance: Float64Array.from({ length: 36 }, (_, k) => covariance(Math.floor(k / 6), k % 6)),
};
const family = { units: Int32Array.from([7, 8, 9]) } as unknown as Family;
const probe = (...readers: ActivationReader[]): Probe =>
  ({ activations: () => readers }) as unknown as ActivationProbe;

async function expectScores(
  criterion: { score(f: Family, p: Probe): Promise<Float32Array> },
  want: readonly number[],
): Promise<void> {
  const scores = await criterion.score(family, probe(reader));
  expect(scores).toHaveLength(3);
  scores.forEach((s, i) => {
    expect(Math.abs(s - (want[i] as number)) / Math.max(1, Math.abs(want[i] as number))).toBeLessThan(1e-6);
  });
}

describe("scores equal an independent computation", () => {
  it("of activation magnitude", async () => {
    await expectScores(
      activation(),
      perChannel((v) => mean(v.map(Math.abs))),
    );
    await expectScores(
      activation({ of: "square" }),
      perChannel((v) => Math.hypot(...v) / Math.sqrt(v.length)),
    );
  });

  it("of the share of active values", () =>
    expectScores(
      apoz(),
      perChannel((v) => v.filter((x) => x > 0).length / v.length),
    ));

  it("of weights times the size of what they multiply", () =>
    expectScores(
      wanda(),
      [0, 1, 2].map((c) => {
        const norm = Math.hypot(...channel(c)) / Math.sqrt(channel(c).length);
        return weights
          .filter((_, k) => Math.floor((k % 6) / 2) === c)
          .reduce((s, w) => s + Math.abs(w) * norm, 0);
      }),
    ));

  it("of the variance, weighted or not", async () => {
    const spread = perChannel((v) => mean(v.map((x) => (x - mean(v)) ** 2)));
    await expectScores(variance({ weighted: false }), spread);
    await expectScores(
      variance(),
      spread.map(
        (s, c) =>
          s * weights.filter((_, k) => Math.floor((k % 6) / 2) === c).reduce((sum, w) => sum + w * w, 0),
      ),
    );
  });

  it("of the reconstruction cost: the error that rows show after a refit by gradient descent", async () => {
    const scores = await reconstruction({ alpha: 0 }).score(family, probe(reader));
    const first = scores.indexOf(Math.min(...scores));
    const kept = [0, 1, 2, 3, 4, 5].filter((j) => !columnsOfUnit[first]?.includes(j));
    const centred = rows.map((row) => row.map((v, j) => v - mean(column(j))));
    const outputs = centred.map((row) =>
      [0, 1].map((o) => row.reduce((s, v, j) => s + v * (weights[o * 6 + j] as number), 0)),
    );
    let [error, power] = [0, 0];
    for (const o of [0, 1]) {
      const w = kept.map(() => 0);
      const residual = outputs.map((y) => y[o] as number);
      // Coordinate descent: another way to the same optimum.
      for (let sweep = 0; sweep < 3000; sweep++)
        kept.forEach((j, k) => {
          const step =
            centred.reduce((s, row, r) => s + (row[j] as number) * (residual[r] as number), 0) /
            centred.reduce((s, row) => s + (row[j] as number) ** 2, 0);
          w[k]! += step;
          centred.forEach((row, r) => {
            residual[r]! -= step * (row[j] as number);
          });
        });
      error += residual.reduce((s, v) => s + v * v, 0);
      power += outputs.reduce((s, y) => s + (y[o] as number) ** 2, 0);
    }
    expect(Math.abs((scores[first] as number) - error / power)).toBeLessThan(1e-6);
  });
});

describe("criteria", () => {
  it("score all units alike where no layer reads them", async () => {
    for (const criterion of [activation(), apoz(), wanda(), variance(), reconstruction()])
      expect(Array.from(await criterion.score(family, probe()))).toEqual([1, 1, 1]);
  });

  it("say which probe they need", async () => {
    const bare = { trace: undefined, weights: () => undefined } as unknown as Probe;
    await expect(wanda().score(family, bare)).rejects.toThrow(/activationProbe/);
  });

  it("rank by the order in which units leave", async () => {
    const scores = await reconstruction().score(family, probe(reader));
    expect(new Set(scores).size).toBe(3);
    expect(scores.every(Number.isFinite)).toBe(true);
  });
});
