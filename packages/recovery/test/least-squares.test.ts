import { addMoments, bias, chooseFit, emptyMoments, type Fit, type Method, moments } from "@prune/recovery";
import {
  errorOf,
  leastSquares,
  powerOf,
  selectInputs,
  sumOfMoments,
  withOutputs,
  withoutInputs,
} from "@prune/recovery/advanced";
import { describe, expect, it } from "vitest";
import { apply, correlated, momentsOf, normals } from "./toy.js";

const x = correlated(400, 6, 1);
const normal = normals(2);
const weights = Array.from({ length: 3 }, () => Array.from({ length: 6 }, normal));
const y = x.map((row) => apply(weights, row).map((v, o) => v + o));
const kept = [0, 2, 3, 5];
const fit = { weights: Float64Array.from(weights.flat()), bias: Float64Array.from([0, 1, 2]) };

/** Mean squared error of a map over rows, summed over outputs. */
const error = (rows: readonly number[][], { weights: w, bias }: Fit): number =>
  rows.reduce((sum, row, r) => {
    const n = row.length;
    return (
      sum +
      Array.from(bias).reduce((all, b, o) => {
        const out = row.reduce((s, v, i) => s + (w[o * n + i] as number) * v, b);
        return all + (out - (y[r] as number[])[o]!) ** 2;
      }, 0)
    );
  }, 0) / rows.length;

describe("least squares", () => {
  it("recovers an affine map exactly", () => {
    const found = leastSquares(momentsOf(x, y), 0);
    found.weights.forEach((w, i) => {
      expect(w).toBeCloseTo(fit.weights[i] as number, 9);
    });
    found.bias.forEach((b, i) => {
      expect(b).toBeCloseTo(fit.bias[i] as number, 9);
    });
  });

  it("reaches the analytic optimum with fewer inputs: no nearby map does better, and its residual meets no input", () => {
    const rows = x.map((row) => kept.map((i) => row[i] as number));
    const best = leastSquares(momentsOf(rows, y), 0);
    const least = error(rows, best);
    for (let k = 0; k < best.weights.length; k++)
      for (const step of [-1e-3, 1e-3]) {
        const moved = { ...best, weights: best.weights.map((w, i) => (i === k ? w + step : w)) };
        expect(error(rows, moved)).toBeGreaterThan(least);
      }
    for (let i = 0; i < kept.length; i++) {
      const meets = rows.reduce((sum, row, r) => {
        const out = row.reduce((s, v, j) => s + (best.weights[j] as number) * v, best.bias[0] as number);
        return sum + ((y[r] as number[])[0]! - out) * (row[i] as number);
      }, 0);
      expect(Math.abs(meets / rows.length)).toBeLessThan(1e-6);
    }
  });

  it("gives from moments alone the error that rows give", () => {
    const rows = x.map((row) => kept.map((i) => row[i] as number));
    const best = leastSquares(momentsOf(rows, y), 1e-2);
    expect(errorOf(momentsOf(rows, y), best)).toBeCloseTo(error(rows, best), 8);
  });

  it("is the closed form W_P + W_R A when a layer only loses inputs", () => {
    const rows = x.map((row) => kept.map((i) => row[i] as number));
    const direct = leastSquares(momentsOf(rows, y), 0);
    const closed = withoutInputs(
      momentsOf(
        x,
        x.map(() => []),
      ),
      fit,
      kept,
      0,
    );
    closed.weights.forEach((w, i) => {
      expect(w).toBeCloseTo(direct.weights[i] as number, 8);
    });
    closed.bias.forEach((b, i) => {
      expect(b).toBeCloseTo(direct.bias[i] as number, 8);
    });
  });

  it("takes batches in any split", () => {
    const parts = [momentsOf(x.slice(0, 130), y.slice(0, 130)), momentsOf(x.slice(130), y.slice(130))];
    const [whole, sum] = [momentsOf(x, y), sumOfMoments(parts)];
    sum.xx.forEach((v, i) => {
      expect(v).toBeCloseTo(whole.xx[i] as number, 7);
    });
    sum.xy.forEach((v, i) => {
      expect(v).toBeCloseTo(whole.xy[i] as number, 7);
    });
  });

  it("leaves what fewer rows than unknowns don't tell as it was", () => {
    const few = momentsOf(x.slice(0, 3), y.slice(0, 3));
    const found = leastSquares(few, 1e-6, fit);
    found.weights.forEach((w, i) => {
      expect(w).toBeCloseTo(fit.weights[i] as number, 6);
    });
  });

  it("survives inputs that don't vary", () => {
    const rows = x.map((row) => [row[0] as number, 1, row[0] as number]);
    const found = leastSquares(momentsOf(rows, y), 0);
    expect(found.weights.every(Number.isFinite)).toBe(true);
  });
});

describe("choosing a fit", () => {
  const noise = normals(7);
  const few = x.slice(0, 8);
  const noisy = few.map(() => [noise(), noise(), noise()]);

  it("keeps the old weights where no fit lowers the held-out error", async () => {
    const split = { train: momentsOf(few, noisy), heldOut: momentsOf(x.slice(100), y.slice(100)) };
    const chosen = await chooseFit(split, fit);
    expect(chosen.method).toBeUndefined();
    expect(chosen.fit).toBe(fit);
    expect(chosen.after).toBe(chosen.before);
  });

  it("refuses a method that gives another number of weights", async () => {
    const old = { weights: new Float64Array(2), bias: new Float64Array(1) };
    const all = emptyMoments(2, 1);
    addMoments(all, { count: 2, meanX: [0, 0], meanY: [0], xx: [1, 0, 0, 1], xy: [1, 0], yy: [1] });
    const short: Method = { name: "short", fit: (_, fit) => ({ ...fit, weights: new Float64Array(1) }) };
    await expect(chooseFit({ train: all, heldOut: all }, old, [short])).rejects.toMatchObject({
      code: "bad-option",
      message: expect.stringContaining('"short" with 1 weights and a bias of 1'),
    });
  });

  it("lowers the held-out error where it can", async () => {
    const old = { weights: new Float64Array(18), bias: new Float64Array(3) };
    const split = {
      train: momentsOf(x.slice(0, 300), y.slice(0, 300)),
      heldOut: momentsOf(x.slice(300), y.slice(300)),
    };
    const chosen = await chooseFit(split, old);
    expect(chosen.after).toBeLessThan(1e-3 * chosen.before);
    expect(chosen.power).toBeCloseTo(powerOf(split.heldOut), 9);
  });
});

describe("methods", () => {
  const old = { weights: fit.weights.map((w, i) => w * (i < 6 ? 0.6 : 1)), bias: new Float64Array(3) };

  it("scale outputs back and move their means", () => {
    const found = moments().fit(momentsOf(x, y), old);
    found.weights.forEach((w, i) => {
      expect(w).toBeCloseTo(fit.weights[i] as number, 8);
    });
    found.bias.forEach((b, i) => {
      expect(b).toBeCloseTo(fit.bias[i] as number, 8);
    });
  });

  it("move means alone", () => {
    const found = bias().fit(momentsOf(x, y), { ...fit, bias: new Float64Array(3) });
    found.bias.forEach((b, i) => {
      expect(b).toBeCloseTo(i, 8);
    });
  });
});

describe("moments", () => {
  it("of some inputs are those of the rows without the others", () => {
    const some = selectInputs(
      withOutputs(
        momentsOf(
          x,
          x.map(() => []),
        ),
        fit,
      ),
      kept,
    );
    const rows = momentsOf(
      x.map((row) => kept.map((i) => row[i] as number)),
      y,
    );
    some.xy.forEach((v, i) => {
      expect(v).toBeCloseTo(rows.xy[i] as number, 6);
    });
    some.yy.forEach((v, i) => {
      expect(v).toBeCloseTo(rows.yy[i] as number, 6);
    });
  });
});
