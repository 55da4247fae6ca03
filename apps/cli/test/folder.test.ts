import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { cachedDecoder, decoderBytes, small } from "../../../packages/onnx/test/exported/decoders.js";
import { pruneAsSaid as prune } from "./command.js";

const base = mkdtempSync(join(tmpdir(), "prune-folder-"));
afterAll(() => rmSync(base, { recursive: true }));

const whole = join(base, "llama");
mkdirSync(join(whole, "onnx"), { recursive: true });
writeFileSync(join(whole, "onnx/model.onnx"), decoderBytes(cachedDecoder));
writeFileSync(
  join(whole, "config.json"),
  JSON.stringify({
    model_type: "llama",
    hidden_size: small.width,
    num_attention_heads: small.heads,
    num_key_value_heads: small.groups,
    head_dim: small.size,
  }),
);

it("a model folder becomes a folder, and the output says what became of it", {
  timeout: 60_000,
}, async () => {
  const out = join(base, "smaller");
  const report = join(base, "report.json");
  const ran = await prune(
    whole,
    "-o",
    out,
    "-r",
    "0.5",
    "--heads",
    "0.5",
    "--io",
    "cache",
    "--report",
    report,
  );
  expect(ran).toMatchObject({ code: 0, err: "" });
  expect(ran.out).toContain("onnx/model.onnx: cut = mask within");
  expect(ran.out).toContain("num_key_value_heads 2 -> 1");
  expect(JSON.parse(readFileSync(join(out, "config.json"), "utf8"))).toMatchObject({
    hidden_size: 8,
    num_key_value_heads: 1,
    head_dim: 4,
  });
  expect(JSON.parse(readFileSync(report, "utf8"))).toMatchObject({ format: "prune-folder/1", out });
});

it("a page and a recipe are for single models", async () => {
  const ran = await prune(whole, "-o", join(base, "other"), "-r", "0.5", "--html", join(base, "x.html"));
  expect(ran.code).toBe(2);
  expect(ran.err).toContain("single models");
});

it("inspect and groups show what a cache holds back, and what it frees", { timeout: 60_000 }, async () => {
  const model = join(whole, "onnx/model.onnx");
  const [kept, free] = [await prune("inspect", model), await prune("inspect", model, "--io", "cache")];
  expect(kept.out).toContain("--io cache would free it");
  expect(free.out).not.toContain("--io cache would free it");
  expect((await prune("groups", model, "--io", "cache")).code).toBe(0);
});
