import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onnx } from "@prune/onnx";
import { openModel, saveModel } from "@prune/onnx/node";
import { planFromRecipe, type Recipe } from "@prune/pruner";
import { type FolderOptions, pruneFolder } from "@prune/workflow/node";
import { cachedDecoder, decoderBytes, small } from "../../packages/onnx/test/exported/decoders.js";

/** Folders with the sizes that their configurations state. */
interface FolderCase {
  readonly name: string;
  /** The graph: bytes, or a file. */
  readonly graph: Uint8Array | string;
  readonly config: Readonly<Record<string, unknown>>;
}

const llama = {
  model_type: "llama",
  num_hidden_layers: 3,
  hidden_size: 128,
  intermediate_size: 256,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  vocab_size: 512,
};

const made = {
  ...llama,
  num_hidden_layers: small.layers,
  hidden_size: small.width,
  intermediate_size: 2 * small.width,
  num_attention_heads: small.heads,
  num_key_value_heads: small.groups,
  head_dim: small.size,
  vocab_size: small.vocabulary,
};

const asks: readonly (readonly [text: string, options: (path: string) => FolderOptions])[] = [
  ["`--ratio 0.3`", () => ({ ratio: 0.3 })],
  ["`--heads 0.5 --io cache`", () => ({ ratio: 0.5, heads: 0.5, io: "cache" })],
  ["the first layer's `--blocks`, `--io cache`", (path) => ({ blocks: firstLayer(path), io: "cache" })],
];

/** Attention and what follows it, of the first layer. */
function firstLayer(path: string): string[] {
  const [backend, model] = [onnx(), openModel(path)];
  const names = backend.blocks(model, backend.trace(model)).map(({ name }) => name);
  const first = names.filter((name) => /layers\.0\/Add(_1)?_output/.test(name));
  return first.length > 0 ? first : names.slice(0, 2);
}

/** A row of the table for each folder and amount. */
export async function folderRow(home: string, shared: string): Promise<string[]> {
  const cases: FolderCase[] = [
    { name: "a decoder made in code", graph: decoderBytes(cachedDecoder), config: made },
    { name: "llama-kv-optimum", graph: join(shared, "llama-kv-optimum.onnx"), config: llama },
    {
      name: "qwen3moe-kv-optimum",
      graph: join(shared, "qwen3moe-kv-optimum.onnx"),
      config: { ...llama, model_type: "qwen3_moe", head_dim: 32, moe_intermediate_size: 64 },
    },
  ];
  const rows: string[] = [];
  for (const each of cases) {
    if (typeof each.graph === "string" && !existsSync(each.graph)) continue;
    for (const [text, options] of asks) rows.push(await row(home, each, text, options));
  }
  return rows;
}

async function row(
  home: string,
  { name, graph, config }: FolderCase,
  text: string,
  options: (path: string) => FolderOptions,
): Promise<string> {
  const [from, out, masked] = ["whole", "small", "masked"].map((part) => join(home, part)) as [
    string,
    string,
    string,
  ];
  for (const folder of [from, out, masked]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(from, "onnx"), { recursive: true });
  writeFileSync(join(from, "config.json"), JSON.stringify(config));
  writeFileSync(join(from, "generation_config.json"), "{}");
  if (typeof graph === "string") copyFileSync(graph, join(from, "onnx/model.onnx"));
  else writeFileSync(join(from, "onnx/model.onnx"), graph);
  const { report, recipes } = await pruneFolder(from, out, options(join(from, "onnx/model.onnx")));
  const changes = Object.entries(report.configs[0]?.changes ?? {}).map(
    ([key, { before, after }]) => `${key} ${before} -> ${after}`,
  );
  const laws = report.graphs.map(({ law }) => law?.error.toExponential(1) ?? "not run");
  cpSync(from, masked, { recursive: true });
  for (const [path, recipe] of recipes) await mask(join(from, path), join(masked, path), recipe);
  return `| ${name} | ${text} | ${laws.join(", ")} | ${changes.join(", ")} | ${tokens(out, masked)} |`;
}

async function mask(from: string, to: string, recipe: Recipe): Promise<void> {
  const model = openModel(from);
  const backend = onnx({ io: recipe.ends?.map(({ tensor }) => tensor) ?? [] });
  const trace = backend.trace(model);
  rmSync(to);
  const names = recipe.form?.blocks as readonly string[] | undefined;
  const edit = names
    ? backend.maskBlocks(
        model,
        trace,
        backend.blocks(model, trace).filter(({ name }) => names.includes(name)),
      )
    : backend.mask(model, trace, trace.cut(planFromRecipe(trace, recipe)));
  await saveModel(to, model, edit);
}

/** Whether both generate the same tokens, in a process of its own: it has an ONNX Runtime of its own. */
function tokens(out: string, masked: string): string {
  const installed = process.env.PRUNE_TRANSFORMERS;
  if (!installed) return "not installed";
  const script = fileURLToPath(new URL("./generate.ts", import.meta.url));
  return execFileSync(process.execPath, ["--import", "tsx", script, installed, out, masked], {
    encoding: "utf8",
  }).trim();
}
