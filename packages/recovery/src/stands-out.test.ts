import { describe, expect, it } from "vitest";
import { comparing } from "./comparison.js";
import { standsOut } from "./stands-out.js";

/** Normal numbers by a seed. */
function normal(seed: number, count: number): Float64Array {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  return Float64Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()),
  );
}

const rows = 16;

describe("numbers that may be scores of classes", () => {
  const logits = normal(1, rows * 1000);
  for (let r = 0; r < rows; r++) logits[r * 1000 + 61 * r] = 7;
  const embedding = normal(2, rows * 512);
  const unit = embedding.map((v, i) => {
    const row = embedding.subarray(512 * Math.floor(i / 512), 512 * Math.floor(i / 512) + 512);
    return v / Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
  });

  it("of many one stands out", () => expect(standsOut(logits, 1000)).toBe(true));
  it("few may be", () => expect(standsOut(normal(3, 100), 10)).toBe(true));
  it("an embedding's don't, however they are scaled", () => {
    expect(standsOut(embedding, 512)).toBe(false);
    expect(
      standsOut(
        embedding.map((v) => 9 * v - 2),
        512,
      ),
    ).toBe(false);
    expect(standsOut(unit, 512)).toBe(false);
  });
  it("features behind a Relu are none", () => {
    expect(
      standsOut(
        embedding.map((v) => 2 * Math.max(0, v)),
        512,
      ),
    ).toBe(false);
  });
  it("probabilities that one class has most of are", () => {
    const chances = logits.map((v, i) => Math.exp(v) / 5000 + i * 0);
    expect(standsOut(chances, 1000)).toBe(true);
  });

  it("what is none of an embedding's is not judged by places, unless it is known to hold scores", () => {
    const judged = (scores?: boolean) => {
      const comparison = comparing();
      const output = {
        name: "y",
        values: embedding,
        dims: [rows, 512],
        ...(scores !== undefined && { scores }),
      };
      comparison.add([output], [output], rows);
      return comparison.outputs()[0]?.scores;
    };
    expect([judged(), judged(true), judged(false)]).toEqual([false, true, false]);
  });
});
