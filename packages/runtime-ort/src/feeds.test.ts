import { describe, expect, test } from "vitest";
import { RuntimeError } from "./error.js";
import { randomFeeds } from "./feeds.js";
import { inputsOf } from "./inputs.js";
import { tokenLimits } from "./tokens.js";
import type { Values } from "./values.js";

const image = { name: "x", type: "float32", shape: ["batch", 3, "h", "w"] } as const;
const ids = { name: "input_ids", type: "int64", shape: ["batch", "sequence"] } as const;

const integers = (values: Values | undefined): number[] =>
  Array.from((values?.data ?? []) as BigInt64Array, Number);

describe("randomFeeds", () => {
  test("gives the same values for the same seed, whatever else is fed", () => {
    expect(randomFeeds([image], { seed: 5 }).x).toEqual(randomFeeds([ids, image], { seed: 5 }).x);
    expect(randomFeeds([image], { seed: 5 }).x).not.toEqual(randomFeeds([image], { seed: 6 }).x);
  });

  test("sizes open dims by symbol, by name, by place, or as told", () => {
    expect(randomFeeds([image]).x?.dims).toEqual([2, 3, 64, 64]);
    expect(randomFeeds([image], { dims: { h: 8 }, sizes: { batch: 1, side: 32 } }).x?.dims).toEqual([
      1, 3, 8, 32,
    ]);
    expect(randomFeeds([image], { shapes: { x: [1, 3, 5, 5] } }).x?.dims).toEqual([1, 3, 5, 5]);
    const unnamed = { name: "x", type: "float32", shape: [undefined, undefined, undefined, 3] } as const;
    expect(randomFeeds([unnamed]).x?.dims).toEqual([2, 64, 64, 3]);
    const mask = {
      name: "attention_mask",
      type: "int64",
      shape: ["batch", "past_length + sequence"],
    } as const;
    expect(randomFeeds([mask]).attention_mask?.dims).toEqual([2, 20]);
  });

  test("gives integers the meaning of their name", () => {
    const named = (name: string, type: "int64" | "bool" = "int64") => ({ name, type, shape: [1, 4] });
    const feeds = randomFeeds([
      named("attention_mask"),
      named("position_ids"),
      named("input_ids"),
      named("token_type_ids"),
      named("pad", "bool"),
    ]);
    expect(feeds.attention_mask?.data).toEqual(BigInt64Array.of(1n, 1n, 1n, 1n));
    expect(feeds.position_ids?.data).toEqual(BigInt64Array.of(0n, 1n, 2n, 3n));
    expect(integers(feeds.input_ids).every((id) => id >= 0 && id < 8)).toBe(true);
    expect(integers(feeds.token_type_ids).every((id) => id === 0 || id === 1)).toBe(true);
    expect(feeds.pad?.data).toEqual(Uint8Array.of(1, 1, 1, 1));
  });

  test("refuses what it can't make, by name", () => {
    const refused = (input: Parameters<typeof randomFeeds>[0][number]): unknown => {
      try {
        return randomFeeds([input]);
      } catch (error) {
        return error instanceof RuntimeError && error.code;
      }
    };
    expect(refused({ name: "x", type: "float32", shape: undefined })).toBe("input-shape");
    expect(refused({ name: "x", type: "string", shape: [1] })).toBe("input-type");
    expect(refused({ name: "x", type: "other", shape: [1] })).toBe("input-type");
  });
});

const graph = {
  inputs: [
    { name: "ids", elementType: 7, shape: ["n", 4] },
    { name: "table", elementType: 1, shape: [30, 2] },
  ],
  initializers: new Map([["table", { shape: [30, 2] }]]),
  nodes: [
    { op: "Unsqueeze", inputs: ["ids", "axes"], outputs: ["more"] },
    { op: "Gather", inputs: ["table", "more"], outputs: ["embedded"] },
  ],
};

test("an initializer listed as an input needs no feed", () => {
  expect(inputsOf(graph)).toEqual([{ name: "ids", type: "int64", shape: ["n", 4] }]);
});

test("token limits are the rows of the tables that an input is looked up in", () => {
  expect(tokenLimits(graph)).toEqual({ ids: 30 });
});
