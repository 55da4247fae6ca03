import { lsq, recover, type Twins } from "@prune/recovery";
import {
  factor,
  inlineSolver,
  leastSquares,
  multiplyMatrices,
  openSolver,
  type Solver,
} from "@prune/recovery/advanced";
import { afterAll, describe, expect, it } from "vitest";
import { correlated, momentsOf, normals } from "./toy.js";

const n = 300;
const normal = normals(5);
const { xx } = momentsOf(
  correlated(2 * n, n, 9),
  Array.from({ length: 2 * n }, () => []),
);
const want = Float64Array.from({ length: 280 * n }, normal);
const rows = multiplyMatrices(want, 280, xx, n);

describe("solving", () => {
  const workers = openSolver();
  afterAll(() => workers.close());

  it("gives the same bits in a worker as inline", async () => {
    const answers = await Promise.all(
      [inlineSolver(), workers].map(async (solver) => {
        const product = await solver.multiply(want, 280, xx, n);
        const systems = await Promise.all([1, 2, 3].map((extra) => solver.factor(xx, n, extra)));
        const solved = await Promise.all(systems.map((system) => system.solve(rows, 280)));
        for (const system of systems) system.release();
        return { product, solved, added: systems.map(({ added }) => added) };
      }),
    );
    const [here, there] = answers as [(typeof answers)[0], (typeof answers)[0]];
    expect(there.added).toEqual(here.added);
    const arrays = ({ product, solved }: typeof here) => [product, ...solved];
    arrays(here).forEach((array, i) => {
      expect(array.every((value, k) => Object.is(value, arrays(there)[i]?.[k]))).toBe(true);
    });
  });

  it("finds what was multiplied, and leaves what it is given alone", async () => {
    const [before, right] = [xx.slice(), rows.slice()];
    const system = await workers.factor(xx, n, 0);
    const found = await system.solve(rows, 280);
    const worst = found.reduce((most, v, i) => Math.max(most, Math.abs(v - (want[i] as number))), 0);
    expect(worst).toBeLessThan(1e-6);
    expect(xx.every((v, i) => v === before[i])).toBe(true);
    expect(rows.every((v, i) => v === right[i])).toBe(true);
  });

  it("adds to the diagonal what a singular matrix needs, and says how much", async () => {
    const flat = new Float64Array(n * n).fill(1);
    const [here, there] = [await inlineSolver().factor(flat, n, 0), await workers.factor(flat, n, 0)];
    expect(here.added).toBeGreaterThan(0);
    expect(there.added).toBe(here.added);
    expect(factor(flat.slice(), n)).toBe(false);
  });

  it("refuses matrices that are not finite, wherever it runs", async () => {
    for (const solver of [inlineSolver(), workers])
      await expect(solver.factor(new Float64Array(n * n).fill(Number.NaN), n, 0)).rejects.toMatchObject({
        name: "RecoveryError",
        code: "not-finite",
      });
  });
});

describe("recovering a layer", () => {
  const x = correlated(400, 6, 1);
  const y = x.map((row) => [row[0]! + row[1]!, row[2]! - row[5]!]);
  const split = {
    train: momentsOf(x.slice(0, 300), y.slice(0, 300)),
    heldOut: momentsOf(x.slice(300), y.slice(300)),
  };
  const old = { weights: new Float64Array(12), bias: new Float64Array(2) };
  const twins = (observed: object): Twins<unknown> => ({
    layers: ["layer"],
    skipped: [{ layer: "other", reason: "integers" }],
    observe: async () => ({ splits: [split], fits: [old], clips: false, ...observed }),
    clipped: () => Promise.reject(new Error("nothing clips")),
    accept: async (_, fits) => {
      accepted = fits;
    },
    model: () => "model",
  });
  let accepted: unknown;

  it("tells what every method did, what was skipped and where the time went", async () => {
    const { layers, skipped, seconds } = await recover(twins({}));
    expect(skipped).toEqual([{ layer: "other", reason: "integers" }]);
    const [{ before, after, tried, result } = { tried: [] }] = layers;
    expect(result).toBe("refitted");
    expect(tried.map(({ method }) => method)).toEqual([
      "lsq 0.00001",
      "lsq 0.0001",
      "lsq 0.001",
      "lsq 0.01",
      "lsq 0.1",
      "bias",
    ]);
    expect(Math.min(...tried.map(({ error }) => error))).toBe(after);
    expect(before).toBeGreaterThan(after as number);
    expect(seconds.total).toBeGreaterThanOrEqual(seconds.solving);
  });

  it("judges a layer of mixed channels by its own output and keeps the old weights where that is worse", async () => {
    const mixed = {
      how: "by channel",
      layerOf: () => [old],
      error: async (fits?: unknown) => (fits ? 0.5 : 0.4),
    };
    const { layers } = await recover(twins({ mixed }));
    expect(layers[0]).toMatchObject({ before: 0.4, after: 0.4, result: "kept" });
    expect(accepted).toBeUndefined();
    const better = { ...mixed, error: async (fits?: unknown) => (fits ? 0.3 : 0.4) };
    expect((await recover(twins({ mixed: better }))).layers[0]).toMatchObject({
      after: 0.3,
      result: "refitted",
    });
    expect(accepted).toEqual([old]);
  });

  it("refuses options and statistics that make no sense", async () => {
    await expect(recover(twins({}), { rounds: -1 })).rejects.toMatchObject({ code: "bad-option" });
    await expect(recover(twins({}), { methods: [] })).rejects.toMatchObject({ code: "bad-option" });
    const spoilt = momentsOf(
      x,
      y.map(([a]) => [a as number, Number.NaN]),
    );
    const observed = { splits: [{ train: spoilt, heldOut: split.heldOut }] };
    await expect(recover(twins(observed))).rejects.toMatchObject({ code: "not-finite" });
    const none = { splits: [{ train: { ...split.train, count: 0 }, heldOut: split.heldOut }] };
    await expect(recover(twins(none))).rejects.toMatchObject({ code: "no-rows" });
  });

  it.each([
    ["the first group", 1, {}],
    ["the second group", 7, { splits: [split, split], fits: [old, old] }],
    ["a mixed layer", 2, { mixed: { how: "", layerOf: () => [old], error: async () => 1 } }],
  ])("leaves no equations with a solver that fails at %s", async (_, at, observed) => {
    const inline = inlineSolver();
    let [open, solved] = [0, 0];
    const solver: Solver = {
      ...inline,
      async factor(...of) {
        const system = await inline.factor(...of);
        open++;
        return {
          ...system,
          solve: (...rows) => (++solved === at ? Promise.reject(new Error("lost")) : system.solve(...rows)),
          release: () => void open--,
        };
      },
    };
    await expect(recover(twins(observed), { solver })).rejects.toThrow("lost");
    await new Promise((done) => setTimeout(done));
    expect(solved).toBeGreaterThanOrEqual(at);
    expect(open).toBe(0);
  });

  it("judges by a single row too, as samples of one have it", async () => {
    const heldOut = momentsOf(x.slice(399), y.slice(399));
    const { layers } = await recover(twins({ splits: [{ ...split, heldOut }] }));
    expect(layers[0]?.result).toBe("refitted");
    expect(layers[0]?.after).toBeLessThan(0.01 * (layers[0]?.before as number));
  });

  it("tells of a layer before a Relu what was done, not what would have been", async () => {
    const errors = (...list: number[]): Partial<Twins<unknown>> => ({
      clipped: async () => ({ splits: [split], train: 0, heldOut: list.shift() ?? 1 }),
    });
    const run = async (clipped: Partial<Twins<unknown>>, fits: unknown[]) =>
      (await recover({ ...twins({ clips: true, fits }), ...clipped }, { methods: [lsq(1e-3)] })).layers[0];
    // Too large to be told: fitted to its own outputs.
    const overflown = await run(errors(Number.NaN), [old]);
    expect(overflown).toMatchObject({ result: "refitted", methods: ["lsq 0.001"] });
    expect(overflown?.clipped).toBeUndefined();
    const overflowing = await run(errors(1, Number.NaN), [old]);
    expect(overflowing?.result).toBe("kept");
    const worse = await run(errors(0.1, 0.2), [old]);
    expect(worse).toMatchObject({
      result: "kept",
      methods: [undefined],
      clipped: { before: 0.1, after: 0.1 },
    });
    expect(worse?.after).toBe(worse?.before);
    expect(accepted).toBeUndefined();
    const fitted = leastSquares(split.train, 0);
    const off = { ...fitted, bias: fitted.bias.map((b) => b + 0.01) };
    // By its own outputs nothing beats a map that knows the held-out rows, behind the Relu something does.
    const known = {
      train: momentsOf(
        x.slice(0, 300),
        x.slice(0, 300).map(([a]) => [a!, a!]),
      ),
      heldOut: split.heldOut,
    };
    const better = await run(errors(0.2, 0.1), [off]);
    expect(better).toMatchObject({ result: "refitted", clipped: { before: 0.2, after: 0.1 } });
    expect(better?.methods).toEqual(["lsq 0.001"]);
    const hidden = await recover({
      ...twins({ clips: true, splits: [known], fits: [off] }),
      ...errors(0.2, 0.1),
    });
    expect(hidden.layers[0]).toMatchObject({ result: "refitted", methods: ["lsq 0.01"] });
  });

  it("goes on in each round from where the round before moved the targets behind a Relu", async () => {
    const moved = (by: number) => {
      const shifted = y.map(([a, b]) => [a! + by, b!]);
      return [
        {
          train: momentsOf(x.slice(0, 300), shifted.slice(0, 300)),
          heldOut: momentsOf(x.slice(300), shifted.slice(300)),
        },
      ];
    };
    const heldOut = [0.4, 0.3, 0.2, 0.5];
    const biases: number[] = [];
    const clipped: Partial<Twins<unknown>> = {
      clipped: async (_, [fit]) => {
        const judged = biases.push(fit!.bias[0]!) - 1;
        return { splits: moved(judged * 10), train: 0, heldOut: heldOut[judged] ?? 1 };
      },
    };
    const { layers } = await recover({ ...twins({ clips: true }), ...clipped }, { methods: [lsq(1e-6)] });
    expect(layers[0]).toMatchObject({ result: "refitted", clipped: { before: 0.4, after: 0.2 } });
    // The old fit, then the targets as they are, moved by 10 and by 20; the last is no better, so the second stays.
    expect(biases).toHaveLength(4);
    for (const [i, bias] of [0, 0, 10, 20].entries()) expect(biases[i]).toBeCloseTo(bias, 2);
    const [fit] = accepted as (typeof old)[];
    expect(fit!.bias[0]).toBeCloseTo(10, 2);
  });

  it("refits the same with and without workers", async () => {
    await recover(twins({}), { solver: inlineSolver() });
    const inline = accepted;
    await recover(twins({}));
    expect(accepted).toEqual(inline);
  });
});
