import { type Fit, lsq, type Moments, recover, type Twins } from "@prune/recovery";
import { errorOf, type ReadBy, type Split } from "@prune/recovery/advanced";
import { describe, expect, it } from "vitest";
import { apply, correlated, momentsOf, normals } from "./toy.js";

const [inputs, hidden, outputs] = [6, 2, 5];
const normal = normals(5);
const matrix = (rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, normal));
const fitOf = (rows: number[][]): Fit => ({
  weights: Float64Array.from(rows.flat()),
  bias: Float64Array.from(rows, normal),
});
const through = ({ weights, bias }: Fit, x: readonly number[]): number[] =>
  apply(
    Array.from(bias, (_, o) => Array.from(weights.subarray(o * x.length, (o + 1) * x.length))),
    x,
  ).map((y, o) => y + (bias[o] as number));

const rows = correlated(240, inputs, 3);
const parts = { train: rows.slice(0, 200), heldOut: rows.slice(200) };
const split = (x: (row: readonly number[]) => number[], y: (row: readonly number[]) => number[]): Split => {
  const of = (some: readonly (readonly number[])[]): Moments => momentsOf(some.map(x), some.map(y));
  return { train: of(parts.train), heldOut: of(parts.heldOut) };
};

/** Two linear layers in a row, the second to give what a map of the inputs gives. */
function readBy(wanted: (row: readonly number[]) => number[], reader: Fit): ReadBy {
  return {
    reader,
    given: async ([layer]) => split((row) => through(layer as Fit, row), wanted),
    async pull([layer], second) {
      const off = (row: readonly number[]): number[] => {
        const found = through(second, through(layer as Fit, row));
        const error = wanted(row).map((y, o) => y - (found[o] as number));
        return Array.from({ length: hidden }, (_, h) =>
          error.reduce((sum, e, o) => sum + e * (second.weights[o * hidden + h] as number), 0),
        );
      };
      const { train } = split((row) => [...row], off);
      return { moments: [train], slopes: new Float64Array(hidden * hidden).fill(1) };
    },
  };
}

/** Twins of the first layer alone, which gives what it gave. */
function twinsOf(layer: Fit, read: ReadBy): Twins<Fit> {
  let taken = layer;
  return {
    layers: ["first"],
    skipped: [],
    observe: async () => ({
      splits: [
        split(
          (row) => [...row],
          (row) => through(layer, row),
        ),
      ],
      fits: [layer],
      clips: false,
    }),
    clipped: () => Promise.reject(new Error("nothing clips")),
    readBy: () => read,
    async accept(_, fits) {
      taken = fits?.[0] ?? taken;
    },
    model: () => taken,
  };
}

describe("a layer read by another", () => {
  const methods = [lsq(1e-6)];

  it("gives what both can give together, where it gave something else", async () => {
    const [first, second] = [fitOf(matrix(hidden, inputs)), fitOf(matrix(outputs, hidden))];
    const wanted = (row: readonly number[]): number[] => through(second, through(first, row));
    const other = fitOf(matrix(hidden, inputs));
    const read = readBy(wanted, fitOf(matrix(outputs, hidden)));
    const { layers } = await recover(twinsOf(other, read), { methods, rounds: 30 });
    expect(layers[0]?.before).toBeLessThan(1e-9);
    expect(layers[0]?.result).toBe("refitted");
    expect(layers[0]?.read?.before).toBeGreaterThan(0.1);
    expect(layers[0]?.read?.after).toBeLessThan(1e-3);
  });

  it("stays as it is where nothing does better, and without rounds", async () => {
    const [first, second] = [fitOf(matrix(hidden, inputs)), fitOf(matrix(outputs, hidden))];
    const read = readBy((row) => through(second, through(first, row)), second);
    const { model, layers } = await recover(twinsOf(first, read), { methods });
    expect(model).toBe(first);
    expect(layers[0]).toMatchObject({ result: "exact" });
    expect(layers[0]?.read).toBeUndefined();
    const other = fitOf(matrix(hidden, inputs));
    expect((await recover(twinsOf(other, read), { methods, rounds: 0 })).model).toBe(other);
    expect(errorOf((await read.given([other])).heldOut, second)).toBeGreaterThan(0.1);
  });
});
