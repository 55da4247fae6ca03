import { describe, expect, test } from "vitest";
import { RuntimeError } from "./error.js";
import { randomFeeds } from "./feeds.js";
import { inputsOf } from "./inputs.js";
import { type TokenGraph, tokenLimits } from "./tokens.js";
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
    expect(randomFeeds([unnamed], { dims: { "x.1": 24 } }).x?.dims).toEqual([2, 24, 64, 3]);
    const mask = {
      name: "attention_mask",
      type: "int64",
      shape: ["batch", "past_length + sequence"],
    } as const;
    expect(randomFeeds([mask]).attention_mask?.dims).toEqual([2, 20]);
    expect(randomFeeds([mask], { dims: { past_length: 7 } }).attention_mask?.dims).toEqual([2, 23]);
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

describe("a decoder with a cache", () => {
  const cache = (name: string, width: number | string) =>
    ({ name, type: "float32", shape: ["batch_size", 4, "past_sequence_length", width] }) as const;
  const ids = { name: "input_ids", type: "int64", shape: ["batch_size", "sequence_length"] } as const;

  test("gets a mask of all its steps, positions behind the cache, and lengths that agree", () => {
    const feeds = randomFeeds([
      ids,
      { name: "attention_mask", type: "int64", shape: ["batch_size", "total_sequence_length"] },
      { name: "position_ids", type: "int64", shape: ["batch_size", "sequence_length"] },
      { name: "seqlens_k", type: "int32", shape: ["batch_size"] },
      { name: "total_sequence_length", type: "int32", shape: [1] },
      { name: "use_cache_branch", type: "bool", shape: [1] },
      cache("past_key_values.0.key", 16),
    ]);
    expect(feeds.attention_mask?.dims).toEqual([2, 20]);
    expect(integers(feeds.position_ids).slice(0, 3)).toEqual([4, 5, 6]);
    expect(integers(feeds.seqlens_k)).toEqual([19, 19]);
    expect(integers(feeds.total_sequence_length)).toEqual([20]);
    expect(feeds.use_cache_branch?.data).toEqual(Uint8Array.of(1));
    expect(feeds["past_key_values.0.key"]?.dims).toEqual([2, 4, 4, 16]);
  });

  test("takes both branches, and an empty cache", () => {
    const branch = { name: "use_cache_branch", type: "bool", shape: [1] } as const;
    const inputs = [ids, branch, cache("past_key_values.0.key", 16)];
    expect(randomFeeds(inputs, { seed: 2 }).use_cache_branch?.data).toEqual(Uint8Array.of(0));
    const empty = randomFeeds(inputs, { seed: 3, sizes: { past: 0 } });
    expect(empty.use_cache_branch?.data).toEqual(Uint8Array.of(0));
    expect(empty["past_key_values.0.key"]?.dims).toEqual([2, 4, 0, 16]);
  });

  test("says by its weights how wide a cache is", () => {
    const attributes = (values: Record<string, number>) =>
      new Map(Object.entries(values).map(([name, value]) => [name, { kind: "int", value } as const]));
    const graph = {
      inputs: [{ name: "past_key", elementType: 1, shape: ["b", 2, "past", "kv_cache_dim"] }],
      initializers: new Map([["w", { shape: [32, 96] }]]),
      nodes: [
        { op: "MatMul", inputs: ["x", "w"], outputs: ["qkv"] },
        {
          op: "GroupQueryAttention",
          inputs: ["qkv", "", "", "past_key"],
          outputs: ["y"],
          attributes: attributes({ num_heads: 8, kv_num_heads: 2 }),
        },
      ],
    };
    const past = { name: "past_key", type: "float32", shape: ["b", 2, "past", "kv_cache_dim"] } as const;
    expect(randomFeeds([past], { graph }).past_key?.dims).toEqual([2, 2, 4, 8]);
  });

  test("has a mask of unnamed dims as long as cache and steps", () => {
    const feeds = randomFeeds([
      { name: "input_ids", type: "int64", shape: ["s0", "s15"] },
      { name: "attention_mask", type: "int64", shape: ["s0", "s53"] },
      { name: "past_key_values.0.key", type: "float32", shape: ["s0", 2, "s22", 8] },
    ]);
    expect(feeds.attention_mask?.dims).toEqual([2, 20]);
    expect(feeds["past_key_values.0.key"]?.dims).toEqual([2, 2, 4, 8]);
  });
});

test("a symbol has one size wherever it stands, and expressions follow from it", () => {
  const feeds = randomFeeds([
    { name: "state", type: "float32", shape: [2, "s1", 8] },
    { name: "x", type: "float32", shape: ["s1", 8, "s2"] },
    { name: "z", type: "float32", shape: ["2*s1 + 1", "(s2 - 1)//2"] },
  ]);
  expect(feeds.state?.dims).toEqual([2, 2, 8]);
  expect(feeds.z?.dims).toEqual([5, 7]);
});

test("latent images are small", () => {
  const latent = { name: "sample", type: "float32", shape: ["batch", 4, "height", "width"] } as const;
  expect(randomFeeds([latent]).sample?.dims).toEqual([2, 4, 16, 16]);
});

test("ids lie in tables that are quantised, computed or fixed by shape", () => {
  const limits = (table: TokenGraph["nodes"]) =>
    tokenLimits({
      inputs: [
        { name: "ids", elementType: 7, shape: ["n"] },
        { name: "x", elementType: 1, shape: [5, 4] },
      ],
      initializers: new Map([["w", { shape: [12, 4] }]]),
      nodes: table,
    }).ids;
  const gather = { op: "Gather", inputs: ["t", "ids"], outputs: ["y"] };
  expect(limits([{ op: "DequantizeLinear", inputs: ["w", "s"], outputs: ["t"] }, gather])).toBe(12);
  expect(limits([{ op: "MatMul", inputs: ["x", "w"], outputs: ["t"] }, gather])).toBe(5);
  expect(limits([{ op: "GatherBlockQuantized", inputs: ["w", "ids", "s"], outputs: ["y"] }])).toBe(12);
});
