// Writes docs/decoders.md: decoders as exporters write them, pruned with and without their caches, and model folders.
//   pnpm decoders [TEXT...]    rows whose names hold a text alone; the others stay as they are
// Cases of ../shared are read where there are some. PRUNE_TRANSFORMERS names a folder in which `npm install
// --ignore-scripts @huggingface/transformers` was run: folders are then loaded by it, and generate tokens.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openModel } from "@prune/onnx/node";
import { nodeWorkflow } from "@prune/workflow/node";
import { decoderGraphs } from "../../packages/onnx/test/exported/decoder-cases.js";
import { folderRow } from "./folder-row.js";

const shared = fileURLToPath(new URL("../../../shared/cases/llm/", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "prune-decoders-"));

/** A graph of the table. */
interface GraphCase {
  readonly name: string;
  readonly path: string;
  /** A plain export of the same kind of network, without a cache. */
  readonly twin?: string | undefined;
}

const exports: readonly (readonly [name: string, twin?: string])[] = [
  ["bart-decoder_model_merged", "hf-bart"],
  ["llama-kv-optimum", "hf-llama"],
  ["llama-kv-uint8", "hf-llama"],
  ["qwen3moe-kv-optimum", "hf-qwen3"],
  ["ga-llama-fp32/model", "hf-llama"],
  ["ga-llama-int4/model", "hf-llama"],
  ["rnnt-decoder-joint-dynamo"],
  ["clip-optimum", "hf-clip"],
  ["detr-optimum", "hf-detr"],
  ["wav2vec2-optimum", "hf-wav2vec2"],
  ["external_onnx_data/model", "hf-llama"],
];

const zoo = fileURLToPath(new URL("../../../shared/zoo/", import.meta.url));

/** Graphs made here, and those of ../shared. */
const cases: readonly GraphCase[] = [
  ...decoderGraphs().map(([name, bytes]) => ({
    name,
    path: written(`${name.replaceAll(/\W+/g, "-")}.onnx`, bytes),
  })),
  ...exports.map(([name, twin]) => ({
    name,
    path: join(shared, `${name}.onnx`),
    twin: twin && join(zoo, `${twin}.onnx`),
  })),
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

/** What most stored numbers of a graph are: "uint8", "4 bits in blocks". */
function precision(path: string): string {
  const { nodes, initializers } = openModel(path).graph;
  const counts = new Map<string, number>();
  const packed = new Map(
    nodes.flatMap(({ op, inputs, attributes }) => {
      const bits = attributes.get("bits") ?? attributes.get("expert_weight_bits");
      const at = op === "QMoE" ? [2, 5, 8] : op === "GatherBlockQuantized" ? [0] : [1];
      return bits?.kind === "int" ? at.map((i) => [inputs[i] ?? "", bits.value] as const) : [];
    }),
  );
  for (const { name, dtype, elementType, shape } of initializers.values()) {
    if (/int64|bool|int32/.test(dtype)) continue;
    const bits = packed.get(name) ?? ([21, 22].includes(elementType) ? 4 : undefined);
    const form = bits === undefined ? dtype : `${bits} bits`;
    const size = shape.reduce((a, b) => a * b, bits === undefined || elementType > 20 ? 1 : 8 / bits);
    counts.set(form, (counts.get(form) ?? 0) + size);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? "-";
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

const page = fileURLToPath(new URL("../../docs/decoders.md", import.meta.url));
const only = process.argv.slice(2);
const before = existsSync(page) ? readFileSync(page, "utf8").split("\n") : [];
/** A folder may be called as a graph is. */
const graphRows = before.slice(0, before.indexOf("## Folders"));
const isAsked = (name: string): boolean => only.length === 0 || only.some((text) => name.includes(text));

const rows: string[] = [];
for (const { name, path, twin } of cases) {
  if (!isAsked(name)) {
    rows.push(...graphRows.filter((line) => line.startsWith(`| ${name} |`)));
    continue;
  }
  if (!existsSync(path)) {
    rows.push(`| ${name} | not here | | | | | | |`);
    continue;
  }
  const [plain, free] = [await inspected(path, undefined), await inspected(path, "cache")];
  const [kept, cut] = [await law(path, undefined), free ? await law(path, "cache") : "no cache"];
  const beside = twin && existsSync(twin) ? percent((await inspected(twin, undefined))?.share ?? 0) : "-";
  const shares = [beside, percent(plain?.share ?? 0), free ? percent(free.share) : "-"];
  rows.push(
    `| ${name} | ${precision(path)} | ${shares.join(" | ")} | ${(free ?? plain)?.units} | ${kept} | ${cut} |`,
  );
  console.log(rows.at(-1));
}

const folderHead = "| folder | asked for | law | config.json | tokens |";
const folders = isAsked("folders")
  ? await folderRow(home, shared)
  : before.slice(before.indexOf(folderHead) + 2).filter((line) => line.startsWith("|"));
for (const row of folders) console.log(row);
rmSync(home, { recursive: true });

writeFileSync(
  page,
  `# Decoders

Made by \`pnpm decoders\`. The first graphs are made in code, with random weights; the others are exports of the real
exporters, small and random. Prunable is the share of the parameters that some unit takes along; units are those with
\`--io cache\` where there is a cache. Laws are of half of all units (\`--ratio 0.5\`, and with the cache \`--heads 0.5\` where
there are heads): the largest relative error, over so many inputs and so many further steps in which each model goes on
from the cache that it made itself, and the share of the parameters that is left. The plain twin is another export of the
same kind of network, without a cache. Precision is that of most stored numbers.

| graph | precision | plain twin | prunable | with \`--io cache\` | units | law, cache kept | law, \`--io cache\` |
|---|---|---|---|---|---|---|---|
${rows.join("\n")}

## Folders

A model folder in, a folder out (\`prune FOLDER -o FOLDER\`). Tokens are the ones that \`@huggingface/transformers\`
generates greedily from the new folder, beside those of the original whose graph is masked, as far as it was installed.
Where whole layers leave, their caches leave with them, later layers count down, and the other side is the original
whose branches give zeros; \`packages/workflow/test/layers.test.ts\` removes each layer of each decoder here.

${folderHead}
|---|---|---|---|---|
${folders.join("\n")}
`,
);
