import { type LogitProducts, logitError, logitSolver } from "@prune/recovery/advanced";
import { describe, expect, it } from "vitest";
import { normals } from "./toy.js";

const normal = normals(11);
type Rows = number[][];
const matrix = (n: number, m: number): Rows =>
  Array.from({ length: n }, () => Array.from({ length: m }, normal));
const cross = (a: Rows, b: Rows): Rows =>
  (a[0] as number[]).map((_, i) =>
    (b[0] as number[]).map((_, j) => a.reduce((s, row, r) => s + row[i]! * b[r]![j]!, 0)),
  );
const times = (a: Rows, b: Rows): Rows =>
  a.map((row) => (b[0] as number[]).map((_, j) => row.reduce((s, v, k) => s + v * b[k]![j]!, 0)));
const flat = (a: Rows): Float64Array => Float64Array.from(a.flat());

/** Queries and keys with five dims of which three are left. */
const heads = Array.from({ length: 12 }, () => {
  const [Q, K] = [matrix(7, 5), matrix(6, 5)];
  return { Q, K, q: Q.map((row) => row.slice(0, 3)), k: K.map((row) => row.slice(0, 3)) };
});
const productsOf = ({ Q, K, q, k }: (typeof heads)[number]): LogitProducts => {
  const logits = times(
    Q,
    K[0]!.map((_, c) => K.map((row) => row[c]!)),
  );
  return {
    qq: flat(cross(q, q)),
    kk: flat(cross(k, k)),
    target: flat(times(cross(q, Q), cross(K, k))),
    power: logits.flat().reduce((s, v) => s + v * v, 0),
  };
};
const sizes = { rows: 3, columns: 3 };
const none = Float64Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1]);

/** By rows, not by products. */
const errorByHand = (core: Float64Array): number => {
  let [off, power] = [0, 0];
  for (const { Q, K, q, k } of heads)
    Q.forEach((row, a) => {
      K.forEach((key, b) => {
        const want = row.reduce((s, v, i) => s + v * key[i]!, 0);
        const have = q[a]!.reduce(
          (s, v, i) => s + k[b]!.reduce((t, w, j) => t + v * core[i * 3 + j]! * w, 0),
          0,
        );
        off += (want - have) ** 2;
        power += want ** 2;
      });
    });
  return off / power;
};

describe("the core between queries and keys that lost dims", () => {
  const samples = heads.map(productsOf);

  it("is the least squares solution: no nearby core does better", () => {
    const core = logitSolver(samples, sizes)(0, none);
    const least = errorByHand(core);
    expect(logitError(samples, sizes, core)).toBeCloseTo(least, 9);
    expect(least).toBeLessThan(errorByHand(none));
    for (let i = 0; i < 9; i++)
      for (const step of [-1e-3, 1e-3])
        expect(errorByHand(core.map((v, k) => (k === i ? v + step : v)))).toBeGreaterThan(least);
  });

  it("is exact where what left follows from what stays", () => {
    const tied = heads.map(({ Q, K }) => {
      const tie = (row: number[]): number[] => [...row.slice(0, 3), row[0]! - row[1]!, 2 * row[2]!];
      const [all, keys] = [Q.map(tie), K.map(tie)];
      return productsOf({
        Q: all,
        K: keys,
        q: all.map((row) => row.slice(0, 3)),
        k: keys.map((row) => row.slice(0, 3)),
      });
    });
    const core = logitSolver(tied, sizes)(0, none);
    expect(logitError(tied, sizes, core)).toBeLessThan(1e-12);
    [2, -1, 0, -1, 2, 0, 0, 0, 5].forEach((v, i) => {
      expect(core[i]).toBeCloseTo(v, 6);
    });
  });

  it("comes close to it by conjugate gradients where there are many unknowns", () => {
    const n = 34;
    const wide = Array.from({ length: 40 }, () => {
      const [q, k] = [matrix(50, n), matrix(50, n)];
      const mix = matrix(n, n);
      const shifted = times(
        q,
        mix.map((row, i) => row.map((v, j) => 0.02 * v + (i === j ? 1.5 : 0))),
      );
      return {
        qq: flat(cross(q, q)),
        kk: flat(cross(k, k)),
        target: flat(times(cross(q, shifted), cross(k, k))),
        power: 1,
      };
    });
    const square = { rows: n, columns: n };
    const same = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
    const core = logitSolver(wide, square)(0, same);
    // The gradient is gone, next to what it was.
    const gradient = (x: Float64Array): number =>
      Math.hypot(
        ...Array.from(
          wide.reduce(
            (sum, { qq, kk, target }) => {
              const rows = (a: Float64Array): Rows =>
                Array.from({ length: n }, (_, r) => Array.from(a.subarray(r * n, (r + 1) * n)));
              const seen = flat(times(times(rows(qq), rows(x)), rows(kk)));
              return sum.map((v, i) => v + seen[i]! - target[i]!);
            },
            new Float64Array(n * n),
          ),
        ),
      );
    expect(gradient(core) / gradient(same)).toBeLessThan(1e-4);
  });

  it("stays with the prior under a heavy ridge, and for heads that hold nothing", () => {
    logitSolver(samples, sizes)(1e9, none).forEach((v, i) => {
      expect(v).toBeCloseTo(none[i]!, 6);
    });
    const empty = samples.map(() => ({
      qq: new Float64Array(9),
      kk: new Float64Array(9),
      target: new Float64Array(9),
      power: 0,
    }));
    expect(Array.from(logitSolver(empty, sizes)(1e-3, none))).toEqual(Array.from(none));
  });
});
