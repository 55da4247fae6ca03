// Writes docs/decoders.md: decoders as exporters write them, pruned with and without their caches, and model folders.
//   pnpm decoders
// Cases of ../shared are read where there are some. PRUNE_TRANSFORMERS names a folder in which `npm install
// --ignore-scripts @huggingface/transformers` was run: folders are then loaded by it, and generate tokens.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeWorkflow } from "@prune/workflow/node";
import {
  cachedDecoder,
  crossDecoder,
  decoderBytes,
  firstStepDecoder,
  mergedDecoder,
  recurrentDecoder,
} from "../../packages/onnx/test/exported/decoders.js";
import { groupQueryDecoder, multiHeadDecoder } from "../../packages/onnx/test/exported/fused-decoders.js";
import { folderRow } from "./folder-row.js";

const shared = fileURLToPath(new URL("../../../shared/cases/llm/", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "prune-decoders-"));

/** A graph by its name: made here, or one of ../shared. */
const cases: readonly (readonly [name: string, path: string])[] = [
  ...Object.entries({
    "self-attention, cache joined by Concat": cachedDecoder,
    GroupQueryAttention: groupQueryDecoder,
    MultiHeadAttention: multiHeadDecoder,
    "keys and values of an encoder as inputs": crossDecoder,
    "LSTM states": recurrentDecoder,
    "merged decoder (If)": mergedDecoder,
    "its first graph alone": firstStepDecoder,
  }).map(
    ([name, build]) => [name, written(`${name.replaceAll(/\W+/g, "-")}.onnx`, decoderBytes(build))] as const,
  ),
  ...[
    "bart-decoder_model_merged",
    "llama-kv-optimum",
    "llama-kv-uint8",
    "qwen3moe-kv-optimum",
    "ga-llama-fp32/model",
    "ga-llama-int4/model",
    "rnnt-decoder-joint-dynamo",
    "clip-optimum",
    "detr-optimum",
    "wav2vec2-optimum",
    "external_onnx_data/model",
  ].map((name) => [name, join(shared, `${name}.onnx`)] as const),
];

function written(name: string, contents: Uint8Array | string): string {
  const path = join(home, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
  return path;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const workflow = nodeWorkflow();

/** Units by kind and number: "2x rows 4". */
async function inspected(
  path: string,
  io: string | undefined,
): Promise<{ share: number; units: string } | undefined> {
  try {
    const { prunable, groups } = await workflow.inspect(path, { io });
    const counts = new Map<string, number>();
    for (const { kind, units } of groups)
      counts.set(`${kind} ${units}`, (counts.get(`${kind} ${units}`) ?? 0) + 1);
    const units = [...counts].map(([text, n]) => (n > 1 ? `${n}x ${text}` : text)).join(", ");
    return { share: prunable.share, units };
  } catch (error) {
    if ((error as { readonly code?: string }).code === "unknown-end") return undefined;
    throw error;
  }
}

async function law(path: string, io: string | undefined): Promise<string> {
  const out = join(home, "smaller.onnx");
  try {
    const { report } = await workflow
      .prune(path, { ratio: 0.5, out, ...(io && { io, heads: 0.5 }) })
      .catch((error) => {
        if (io && /heads/.test((error as Error).message))
          return workflow.prune(path, { ratio: 0.5, out, io });
        throw error;
      });
    if (!report.law) return "not run";
    const { holds, vacuous, error, seeds, steps = 0 } = report.law;
    const left = percent(report.after.parameters / report.before.parameters);
    return `${holds && !vacuous ? error.toExponential(1) : "broken"}, ${seeds} + ${steps} runs, ${left} left`;
  } catch (error) {
    return (error as Error).message.split(". ")[0] as string;
  } finally {
    rmSync(out, { force: true });
  }
}

const rows: string[] = [];
for (const [name, path] of cases) {
  if (!existsSync(path)) {
    rows.push(`| ${name} | not here | | | | |`);
    continue;
  }
  const [plain, free] = [await inspected(path, undefined), await inspected(path, "cache")];
  const [kept, cut] = [await law(path, undefined), free ? await law(path, "cache") : "no cache"];
  rows.push(
    `| ${name} | ${percent(plain?.share ?? 0)} | ${free ? percent(free.share) : "-"} | ${(free ?? plain)?.units} | ${kept} | ${cut} |`,
  );
  console.log(rows.at(-1));
}

const folders = await folderRow(home, shared);
for (const row of folders) console.log(row);
rmSync(home, { recursive: true });

writeFileSync(
  fileURLToPath(new URL("../../docs/decoders.md", import.meta.url)),
  `# Decoders

Made by \`pnpm decoders\`. The first graphs are made in code, with random weights; the others are exports of the real
exporters, small and random. Prunable is the share of the parameters that some unit takes along; units are those with
\`--io cache\` where there is a cache. Laws are of half of all units (\`--ratio 0.5\`, and with the cache \`--heads 0.5\` where
there are heads): the largest relative error, over so many inputs and so many further steps in which each model goes on
from the cache that it made itself, and the share of the parameters that is left.

| graph | prunable | with \`--io cache\` | units | law, cache kept | law, \`--io cache\` |
|---|---|---|---|---|---|
${rows.join("\n")}

## Folders

A model folder in, a folder out (\`prune FOLDER -o FOLDER\`). Tokens are the ones that \`@huggingface/transformers\`
generates greedily from the new folder, beside those of the original whose graph is masked, as far as it was installed.

| folder | asked for | law | config.json | tokens |
|---|---|---|---|---|
${folders.join("\n")}
`,
);
