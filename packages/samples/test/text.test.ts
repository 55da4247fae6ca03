import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelInput } from "@prune/samples";
import { openSamples } from "@prune/samples/node";
import { afterAll, beforeEach, expect, test, vi } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "prune-text-"));
afterAll(() => rmSync(folder, { recursive: true }));

const words = ["<end>", "a", "b", "c", "d", "e", "f", "g"];

/** A tokenizer of words that white space separates. */
const tokenizer = {
  version: "1.0",
  added_tokens: [
    {
      id: 0,
      content: "<end>",
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    },
  ],
  normalizer: null,
  pre_tokenizer: { type: "WhitespaceSplit" },
  post_processor: null,
  decoder: null,
  model: {
    type: "WordLevel",
    vocab: Object.fromEntries(words.map((word, id) => [word, id])),
    unk_token: "<end>",
  },
};

const write = (name: string, contents: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, typeof contents === "string" ? contents : JSON.stringify(contents));
  return path;
};

mkdirSync(join(folder, "onnx"));
beforeEach(() => {
  write("tokenizer.json", tokenizer);
  write("tokenizer_config.json", { tokenizer_class: "PreTrainedTokenizer", eos_token: { content: "<end>" } });
});

const ids: ModelInput = { name: "input_ids", type: "int64", shape: ["batch", "sequence"] };
const own = { tokenizer: folder };

test("a text is windows of its tokens", async () => {
  const samples = await openSamples(write("seven.txt", "a b c\nd e f g"), [ids], {
    config: { ...own, sequence: 3, stride: 2 },
  });
  expect(samples.count).toBe(3);
  expect(samples.text).toEqual({ input: "input_ids", length: 3, stride: 2, tokens: 7 });
  const { feeds } = await samples.read([2, 0]);
  expect(feeds.input_ids?.dims).toEqual([2, 3]);
  expect(feeds.input_ids?.data).toEqual(BigInt64Array.of(5n, 6n, 7n, 1n, 2n, 3n));
});

test("documents stand apart by the end of text, and lie in the field that is named", async () => {
  const lines = [{ body: "a b" }, { body: "c" }].map((line) => JSON.stringify(line)).join("\n");
  const samples = await openSamples(write("two.jsonl", `${lines}\n\n`), [ids], {
    config: { ...own, field: "body" },
  });
  const { feeds } = await samples.read([0]);
  expect(feeds.input_ids?.data).toEqual(BigInt64Array.of(1n, 2n, 0n, 3n));
});

test("what a decoder takes beside tokens is made: masks of ones, positions, empty caches, the first branch", async () => {
  const inputs: ModelInput[] = [
    ids,
    { name: "attention_mask", type: "int64", shape: ["batch", "total"] },
    { name: "position_ids", type: "int64", shape: ["batch", "sequence"] },
    { name: "past_key_values.0.key", type: "float16", shape: ["batch", 2, "past_sequence_length", 8] },
    { name: "use_cache_branch", type: "bool", shape: [1] },
    { name: "total_sequence_length", type: "int32", shape: [] },
  ];
  const samples = await openSamples(write("five.txt", "a b c d e"), inputs, {
    config: { ...own, sequence: 2 },
  });
  expect(samples.fixedBatch).toBe(1);
  const { feeds } = await samples.read([1]);
  expect(
    Object.fromEntries(
      Object.entries(feeds).map(([name, { dims, data }]) => [name, [dims, [...data].map(Number)]]),
    ),
  ).toEqual({
    input_ids: [
      [1, 2],
      [3, 4],
    ],
    attention_mask: [
      [1, 2],
      [1, 1],
    ],
    position_ids: [
      [1, 2],
      [0, 1],
    ],
    "past_key_values.0.key": [[1, 2, 0, 8], []],
    use_cache_branch: [[1], [0]],
    total_sequence_length: [[], [2]],
  });
});

test("models in a folder onnx have the tokenizer above it, and fixed lengths are kept to", async () => {
  const fixed: ModelInput = { ...ids, shape: [2, 3] };
  const config = { tokenizer: join(folder, "onnx") };
  const samples = await openSamples(write("seven.txt", "a b c d e f g"), [fixed], { config });
  expect(samples.count).toBe(2);
  expect((await samples.read([1])).feeds.input_ids?.dims).toEqual([2, 3]);
});

test("a long text is the same in parts", async () => {
  const text = Array.from(
    { length: 60000 },
    (_, i) => `${words[1 + (i % 7)]}${i % 11 === 0 ? "\n" : " "}`,
  ).join("");
  const samples = await openSamples(write("long.txt", text), [ids], { config: { ...own, sequence: 59999 } });
  expect(samples.text?.tokens).toBe(60000);
  const { data } = (await samples.read([0])).feeds.input_ids as { data: BigInt64Array };
  expect(data.every((token, i) => token === BigInt(1 + (i % 7)))).toBe(true);
});

test.each<[string, string, unknown, readonly ModelInput[], object]>([
  ["no tokenizer", "no-tokenizer", undefined, [ids], own],
  ["a tokenizer of another kind", "bad-tokenizer", { model: { type: "None" } }, [ids], own],
  ["a tokenizer that is not JSON", "bad-tokenizer", "{", [ids], own],
  [
    "a model of images",
    "no-token-input",
    tokenizer,
    [{ name: "x", type: "float32", shape: [1, 3, 8, 8] }],
    own,
  ],
  ["a corpus of fewer tokens than the model takes", "bad-file", tokenizer, [{ ...ids, shape: [1, 9] }], own],
  [
    "another length than the model's",
    "config-invalid",
    tokenizer,
    [{ ...ids, shape: [1, 3] }],
    { ...own, sequence: 4 },
  ],
  ["half a token", "config-invalid", tokenizer, [ids], { ...own, sequence: 1.5 }],
  [
    "a cache of unknown size",
    "open-cache",
    tokenizer,
    [ids, { name: "past_key_values.0.key", type: "float32", shape: ["batch", 2, "past", "size"] }],
    own,
  ],
])("%s is refused", async (_, code, json, inputs, config) => {
  rmSync(join(folder, "tokenizer.json"));
  if (json !== undefined) write("tokenizer.json", json);
  await expect(openSamples(write("five.txt", "a b c d e"), inputs, { config })).rejects.toMatchObject({
    code,
  });
});

test("lines without text are named", async () => {
  const path = write("bad.jsonl", '{"text": "a b"}\n{"other": "c"}');
  await expect(openSamples(path, [ids], { config: own })).rejects.toThrow(/line 2 has no text "text"/);
});

test("without the Hub's library it says what to install", async () => {
  vi.doMock("@huggingface/tokenizers", () => {
    throw new Error("Cannot find package");
  });
  vi.resetModules();
  const { openSamples: alone } = await import("@prune/samples/node");
  await expect(alone(write("five.txt", "a b c"), [ids], { config: own })).rejects.toThrow(
    /npm install @huggingface\/tokenizers/,
  );
  vi.doUnmock("@huggingface/tokenizers");
});
