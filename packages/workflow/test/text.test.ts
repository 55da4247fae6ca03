import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openModel } from "@prune/onnx/node";
import { nodeWorkflow } from "@prune/workflow/node";
import { afterAll, describe, expect, test, vi } from "vitest";
import { buildModel, valueInfo } from "../../onnx/test/exported/builder.js";
import { cachedDecoder, decoderBytes } from "../../onnx/test/exported/decoders.js";
import { groupQueryDecoder } from "../../onnx/test/exported/fused-decoders.js";

const folder = mkdtempSync(join(tmpdir(), "prune-text-"));
afterAll(() => rmSync(folder, { recursive: true }));

// The first of these loads everything.
vi.setConfig({ testTimeout: 120_000 });

/** A tokenizer of as many words as a model knows tokens, and a text that goes round in them with a few leaps. */
function corpus(tokens: number): string {
  const word = (id: number): string => `w${id}`;
  const vocab = Object.fromEntries(Array.from({ length: tokens }, (_, id) => [word(id), id]));
  const json = {
    version: "1.0",
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: "WhitespaceSplit" },
    post_processor: null,
    decoder: null,
    model: { type: "WordLevel", vocab, unk_token: word(0) },
  };
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(json));
  const path = join(folder, "corpus.txt");
  let at = 0;
  const text = Array.from({ length: 360 }, (_, i) => {
    at = (at + (i % 13 === 0 ? 4 : 1)) % tokens;
    return word(at);
  });
  writeFileSync(path, text.join(" "));
  return path;
}

const config = { sequence: 12 };

describe.each([
  ["a decoder with a cache", cachedDecoder],
  ["GroupQueryAttention", groupQueryDecoder],
])("text for %s", (_, build) => {
  const model = join(folder, "model.onnx");
  const out = join(folder, "smaller.onnx");

  test("is foretold window by window", async () => {
    writeFileSync(model, decoderBytes(build));
    const data = corpus(11);
    const workflow = nodeWorkflow();
    const plain = await workflow.evaluate(model, { data, config });
    expect(plain).toMatchObject({ samples: 30, tokens: 30 * 11, classes: [] });
    const strided = await workflow.evaluate(model, { data, config: { sequence: 12, stride: 6 } });
    expect(strided.tokens).toBe(11 + 58 * 6);
  });

  test("shows what to keep, and what is left is refitted on it", async () => {
    writeFileSync(model, decoderBytes(build));
    const data = corpus(11);
    const workflow = nodeWorkflow();
    const { report } = await workflow.prune(model, {
      ...{ out, ratio: 0.4, importance: "wanda", data, dataConfig: config, recover: "lsq" },
    });
    expect(report.law?.holds).toBe(true);
    expect(report.recovery?.layers.length).toBeGreaterThan(0);
    expect(report.after.parameters).toBeLessThan(report.before.parameters);
    const [before, after] = [
      await workflow.evaluate(model, { data, config }),
      await workflow.evaluate(out, { data, config, model }),
    ];
    expect(after.tokens).toBe(before.tokens);
    expect(after.perplexity).toBeGreaterThan(1);
  });
});

test("perplexity is that of the tokens, each foretold once", async () => {
  const data = corpus(11);
  const logits = Float32Array.from({ length: 121 }, (_, i) => 3 * Math.sin(i * 7.3));
  const path = join(folder, "pairs.onnx");
  writeFileSync(
    path,
    buildModel((g) => {
      const ids = g.input("input_ids", ["batch", "steps"], 7);
      g.op("Gather", [g.floats([11, 11], [...logits]), ids], {}, "logits");
      g.graph.output?.push(valueInfo("logits", ["batch", "steps", 11]));
    }),
  );
  const tokens = readFileSync(data, "utf8")
    .split(" ")
    .map((word) => Number(word.slice(1)));
  const losses = tokens.slice(1).map((token, i) => {
    const row = logits.subarray(11 * (tokens[i] as number), 11 * ((tokens[i] as number) + 1));
    return Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)) - (row[token] as number);
  });
  const mean = losses.reduce((a, b) => a + b, 0) / losses.length;
  // 360 tokens: 59 windows of 12, one every 6, reach all of them.
  const found = await nodeWorkflow().evaluate(path, { data, config: { sequence: 12, stride: 6 } });
  expect(found.tokens).toBe(losses.length);
  expect(found.perplexity).toBeCloseTo(Math.exp(mean), 4);
});

const exported = fileURLToPath(
  new URL("../../../../shared/cases/llm/llama-kv-optimum.onnx", import.meta.url),
);

test.skipIf(!existsSync(exported))("an export of optimum is shown text with empty pasts", async () => {
  const workflow = nodeWorkflow();
  const logits = openModel(exported).graph.outputs.find(({ name }) => name === "logits");
  const data = corpus(logits?.shape?.at(-1) as number);
  const { tokens, perplexity } = await workflow.evaluate(exported, {
    ...{ data, config: { sequence: 16, tokenizer: folder } },
  });
  expect(tokens).toBe(22 * 15);
  expect(perplexity).toBeGreaterThan(1);
});
