import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onnx, readModel } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { pruneFolder } from "@prune/workflow/node";
import { afterEach, describe, expect, it } from "vitest";
import {
  cachedDecoder,
  type DecoderSizes,
  decoderBytes,
  encoder,
  firstStepDecoder,
  laterStepDecoder,
  mergedDecoder,
  small,
} from "../../onnx/test/exported/decoders.js";
import { groupQueryDecoder } from "../../onnx/test/exported/fused-decoders.js";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder with these files; what it becomes beside it. */
function folderOf(files: Readonly<Record<string, Uint8Array | object | string>>): {
  from: string;
  out: string;
} {
  const home = mkdtempSync(join(tmpdir(), "prune-model-folder-"));
  folders.push(home);
  const from = join(home, "whole");
  for (const [path, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(from, path)), { recursive: true });
    const isPlain = typeof contents === "string" || contents instanceof Uint8Array;
    writeFileSync(join(from, path), isPlain ? contents : JSON.stringify(contents));
  }
  return { from, out: join(home, "small") };
}

const json = (path: string): Record<string, unknown> => JSON.parse(readFileSync(path, "utf8"));

const shapeOf = (path: string, name: string): string => {
  const { inputs, outputs } = openModel(path).graph;
  return ([...inputs, ...outputs].find((info) => info.name === name)?.shape ?? []).join(" ");
};

const llama = {
  model_type: "llama",
  hidden_size: small.width,
  intermediate_size: 2 * small.width,
  num_attention_heads: small.heads,
  num_key_value_heads: small.groups,
  num_hidden_layers: small.layers,
  vocab_size: small.vocabulary,
};

describe("a model folder", { timeout: 120_000 }, () => {
  it("comes out as a folder whose configuration says what its graph is, the rest copied", async () => {
    const { from, out } = folderOf({
      "config.json": llama,
      "tokenizer.json": { some: "tokens" },
      "onnx/model.onnx": decoderBytes(cachedDecoder),
      ".cache/x": "not a part of it",
    });
    const { report } = await pruneFolder(from, out, { ratio: 0.5, heads: 0.5, io: "cache" });
    expect(report.graphs).toMatchObject([
      { path: "onnx/model.onnx", law: { holds: true, vacuous: false, steps: 6 } },
    ]);
    expect(json(join(out, "config.json"))).toEqual({
      ...llama,
      hidden_size: 8,
      intermediate_size: 16,
      num_attention_heads: 2,
      num_key_value_heads: 1,
    });
    expect(shapeOf(join(out, "onnx/model.onnx"), "past_key_values.0.key")).toBe("batch 1 past 4");
    expect(readdirSync(out).sort()).toEqual(["config.json", "onnx", "tokenizer.json"]);
    expect(report.copied).toEqual(["tokenizer.json"]);
    expect(json(join(from, "config.json"))).toEqual(llama);
  });

  it("says how wide heads are where the hidden width alone would say something else", async () => {
    const { from, out } = folderOf({ "config.json": llama, "model.onnx": decoderBytes(cachedDecoder) });
    await pruneFolder(from, out, { ratio: 0.5 });
    expect(json(join(out, "config.json"))).toMatchObject({
      hidden_size: 8,
      num_attention_heads: 4,
      head_dim: 8,
    });
  });

  it("keeps to GenAI's configuration", async () => {
    const decoder = {
      hidden_size: 16,
      head_size: 8,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      filename: "model.onnx",
    };
    const { from, out } = folderOf({
      "genai_config.json": { model: { type: "llama", decoder }, search: { top_k: 50 } },
      "model.onnx": decoderBytes(cachedDecoder),
    });
    await pruneFolder(from, out, { ratio: 0.5, heads: 0.5, io: "cache" });
    expect(json(join(out, "genai_config.json"))).toEqual({
      model: {
        type: "llama",
        decoder: { ...decoder, hidden_size: 8, head_size: 4, num_attention_heads: 2, num_key_value_heads: 1 },
      },
      search: { top_k: 50 },
    });
  });

  it("takes the width of all heads together for no feed-forward width", async () => {
    const config = { model_type: "llama", hidden_size: 16, num_attention_heads: 4, num_key_value_heads: 2 };
    const { from, out } = folderOf({
      "config.json": { ...config, head_dim: 16, intermediate_size: 64, moe_intermediate_size: 8 },
      "generation_config.json": {},
      "onnx/model.onnx": decoderBytes(groupQueryDecoder),
    });
    await pruneFolder(from, out, { ratio: 0.5, heads: 0.5, io: "cache" });
    expect(json(join(out, "config.json"))).toMatchObject({
      num_attention_heads: 2,
      head_dim: 8,
      intermediate_size: 64,
    });
  });

  const sizes: DecoderSizes = { ...small, layers: 1, groups: 4, size: 4 };
  const bart = {
    model_type: "bart",
    is_encoder_decoder: true,
    d_model: 16,
    decoder_attention_heads: 4,
    decoder_ffn_dim: 32,
  };

  it("cuts the same out of all graphs that hold the same weights", async () => {
    const { from, out } = folderOf({
      "config.json": bart,
      "onnx/decoder_model_merged.onnx": decoderBytes((g) => mergedDecoder(g, sizes)),
      "onnx/decoder_model.onnx": decoderBytes((g) => firstStepDecoder(g, sizes)),
      "onnx/decoder_with_past_model.onnx": decoderBytes((g) => laterStepDecoder(g, sizes)),
    });
    const { report } = await pruneFolder(from, out, { ratio: 0.5 });
    expect(report.graphs.map(({ path, law }) => [path, law?.holds, law?.vacuous])).toEqual([
      ["onnx/decoder_model_merged.onnx", true, false],
      ["onnx/decoder_with_past_model.onnx", true, false],
      ["onnx/decoder_model.onnx", true, false],
    ]);
    const weights = (name: string): string[] => {
      const model = openModel(join(out, "onnx", name));
      return [...model.graph.initializers.values()]
        .filter(({ shape, dtype }) => dtype === "float32" && shape.length === 2)
        .map((weight) => `${weight.shape} ${Buffer.from(weight.bytes()).toString("base64")}`)
        .sort();
    };
    const merged = new Set(weights("decoder_model_merged.onnx"));
    const first = weights("decoder_model.onnx");
    expect(first.length).toBeGreaterThan(8);
    expect(first.every((weight) => merged.has(weight))).toBe(true);
    const later = weights("decoder_with_past_model.onnx");
    expect(later.filter((weight) => merged.has(weight)).length).toBe(later.length);
    expect(json(join(out, "config.json"))).toMatchObject({ d_model: 16, decoder_ffn_dim: 16 });
  });

  it("refuses heads that a configuration can't say, and writes nothing", async () => {
    const { from, out } = folderOf({
      "config.json": bart,
      "onnx/decoder_model_merged.onnx": decoderBytes((g) => mergedDecoder(g, sizes)),
    });
    await expect(pruneFolder(from, out, { ratio: 0.5, heads: 0.5, io: "cache" })).rejects.toMatchObject({
      code: "config-can't-say",
    });
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(dirname(out))).toEqual(["whole"]);
  });

  it("keeps in the decoder what an encoder with the same table can't lose, and prunes the encoder too", async () => {
    const { from, out } = folderOf({
      "config.json": bart,
      "onnx/decoder_model_merged.onnx": decoderBytes((g) => mergedDecoder(g, sizes)),
      "onnx/encoder_model.onnx": decoderBytes((g) => encoder(g, sizes)),
    });
    const { report } = await pruneFolder(from, out, { ratio: 0.5 });
    expect(report.graphs.map(({ path, law }) => [path, law?.holds])).toEqual([
      ["onnx/decoder_model_merged.onnx", true],
      ["onnx/encoder_model.onnx", true],
    ]);
    const table = (name: string) =>
      [...openModel(join(out, "onnx", name)).graph.initializers.values()].find(({ shape }) => shape[0] === 11)
        ?.shape;
    expect(table("encoder_model.onnx")).toEqual([11, 16]);
    expect(table("decoder_model_merged.onnx")).toEqual([11, 16]);
    for (const { before, after } of report.graphs) expect(after.parameters).toBeLessThan(before.parameters);
  });

  it("leaves a model's twin out that is packed by blocks, and says so", async () => {
    const packed = decoderBytes((g) => {
      const x = g.input("input_ids", [1, 4]);
      g.op(
        "MatMulNBits@com.microsoft",
        [x, g.floats([1], [0])],
        { K: 4, N: 4, bits: 4, block_size: 16 },
        "logits",
      );
      g.output("logits");
    });
    const { from, out } = folderOf({
      "config.json": llama,
      "onnx/model.onnx": decoderBytes(cachedDecoder),
      "onnx/model_q4.onnx": packed,
    });
    const { report } = await pruneFolder(from, out, { ratio: 0.5 });
    expect(report.left).toMatchObject([{ path: "onnx/model_q4.onnx" }]);
    expect(readdirSync(join(out, "onnx"))).toEqual(["model.onnx"]);
  });

  it("refuses a folder that is there, one without a graph, and options of single models", async () => {
    const { from, out } = folderOf({ "config.json": llama, "onnx/model.onnx": decoderBytes(cachedDecoder) });
    await expect(pruneFolder(from, from)).rejects.toMatchObject({ code: "unwritable-file" });
    await expect(pruneFolder(from, join(from, "small"))).rejects.toMatchObject({ code: "overwrites-input" });
    await expect(pruneFolder(from, out, { data: "x.npz" })).rejects.toMatchObject({ code: "bad-option" });
    const empty = folderOf({ "config.json": llama });
    await expect(pruneFolder(empty.from, empty.out)).rejects.toMatchObject({ code: "unreadable-file" });
  });

  it("gives recipes that make the same graph again", async () => {
    const bytes = decoderBytes(cachedDecoder);
    const { from, out } = folderOf({ "config.json": llama, "model.onnx": bytes });
    const { recipes } = await pruneFolder(from, out, { ratio: 0.5 });
    const recipe = recipes.get("model.onnx");
    expect(recipe?.source.sha256).toBe(await onnx().hash(readModel(bytes)));
    expect(recipe?.parameters.length).toBeGreaterThan(4);
  });
});

describe("whole layers of a model folder", { timeout: 120_000 }, () => {
  const sizes: DecoderSizes = { ...small, layers: 3 };
  const graph = decoderBytes((g) => cachedDecoder(g, sizes));
  const sums = (): readonly string[] => {
    const [backend, model] = [onnx({ io: "cache" }), readModel(graph)];
    return backend.blocks(model, backend.trace(model)).map(({ name }) => name);
  };

  it("leave with their caches, and configurations count what is left", async () => {
    const layer_types = ["full_attention", "sliding_attention", "full_attention"];
    const config = { ...llama, head_dim: small.size, num_hidden_layers: 3, layer_types };
    const decoder = { num_hidden_layers: 3, head_size: 8, filename: "onnx/model.onnx" };
    const { from, out } = folderOf({
      "config.json": config,
      "genai_config.json": { model: { type: "llama", decoder } },
      "onnx/model.onnx": graph,
    });
    const blocks = sums().slice(0, 2);
    const { report, recipes } = await pruneFolder(from, out, { blocks, io: "cache" });
    expect(report.graphs).toMatchObject([
      { law: { holds: true, steps: 6 }, blocks: { caches: { layers: { before: 3, left: [1, 2] } } } },
    ]);
    expect(json(join(out, "config.json"))).toEqual({
      ...config,
      num_hidden_layers: 2,
      layer_types: layer_types.slice(1),
    });
    expect(json(join(out, "genai_config.json"))).toEqual({
      model: { type: "llama", decoder: { ...decoder, num_hidden_layers: 2 } },
    });
    const { inputs, outputs } = openModel(join(out, "onnx/model.onnx")).graph;
    expect([...inputs, ...outputs].map(({ name }) => name).filter((name) => name.endsWith(".key"))).toEqual([
      "past_key_values.0.key",
      "past_key_values.1.key",
      "present.0.key",
      "present.1.key",
    ]);
    expect(recipes.get("onnx/model.onnx")?.form).toEqual({ blocks, caches: "leave" });
  });

  it("leave no folder of which a graph lacks them", async () => {
    const { from, out } = folderOf({ "config.json": llama, "onnx/model.onnx": graph });
    await expect(pruneFolder(from, out, { blocks: ["nowhere"] })).rejects.toMatchObject({
      code: "bad-option",
    });
    expect(existsSync(out)).toBe(false);
  });
});
