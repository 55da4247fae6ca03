// Prunes every TensorFlow.js model of ../shared/models and prints a line for each: what is kept, the law (cut = mask) on
// wasm and cpu in Node and, where Chromium is installed, on webgl in a browser, where it is opened from its URL and
// pruned again. Exits 1 when a law is broken, or the browser's cut is not Node's byte for byte.
//   pnpm zoo:tfjs [--ratio 0.5] [--on wasm,cpu,webgl] [--write] [NAME]...
// --write puts the rows into docs/zoo-tfjs.md.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Backend, Trace } from "@prune/graph";
import { isGraphModel, type TfjsModel, tfjs } from "@prune/tfjs";
import { modelFiles, openTfjsModel, saveTfjsModel } from "@prune/tfjs/node";
import {
  type Browser,
  hasChromium,
  openBrowser,
  servedFiles,
} from "../../packages/tfjs/test/browser/browser.js";
import { checkLaw, checkLayersLaw } from "../../packages/tfjs/test/law.js";
import { useBackend } from "../../packages/tfjs/test/use-backend.js";
import { prunableOf } from "./prunable.js";
import { magnitude, readRows } from "./text.js";

const runtimes = ["wasm", "cpu", "webgl"] as const;
type Runtime = (typeof runtimes)[number];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ratio: { type: "string", default: "0.5" },
    on: { type: "string", default: runtimes.join() },
    write: { type: "boolean", default: false },
  },
});
const ratio = Number(values.ratio);
const asked = values.on.split(",") as Runtime[];
const unknown = asked.find((name) => !runtimes.includes(name));
if (unknown) throw new Error(`No runtime "${unknown}": there are ${runtimes.join(", ")}.`);
const folder = fileURLToPath(new URL("../../../shared/models/", import.meta.url));
const bound = 1e-4;
const scratch = mkdtempSync(`${tmpdir()}/prune-zoo-tfjs-`);
const backend: Backend<TfjsModel> = tfjs();
const browser = await browserOf(asked);
const columns = [
  "model",
  "parameters",
  "prunable",
  "units",
  "removed",
  "parameters kept",
  "MACs kept",
  "bytes kept",
  ...runtimes,
  "moved",
  "what holds the rest",
];
const rows: string[][] = [];

for (const path of paths().filter(
  (one) => positionals.length === 0 || positionals.some((p) => one.includes(p)),
)) {
  const name = path.slice(folder.length).replace(/^tfjs-|\.json$|\/model\.json$|\/models\/model\.json$/g, "");
  try {
    const row = await rowOf(name, path);
    rows.push(row);
    console.log(row.map((cell, i) => `${columns[i]} ${cell}`).join(" | "));
  } catch (error) {
    process.exitCode = 1;
    console.log(`${name} FAILED ${(error as Error).message}`);
  }
}
await browser?.close();
rmSync(scratch, { recursive: true });
if (values.write) {
  const file = new URL("../../docs/zoo-tfjs.md", import.meta.url);
  const all = existsSync(file) ? readRows(readFileSync(file, "utf8")) : new Map<string, string[]>();
  for (const row of rows) all.set(row[0] as string, row);
  writeFileSync(file, document([...all.values()]));
}

async function browserOf(wanted: readonly Runtime[]): Promise<Browser | undefined> {
  if (!wanted.includes("webgl")) return undefined;
  if (hasChromium) return openBrowser();
  console.log("no webgl: Chromium is not installed (apt-get install chromium, or CHROMIUM=/path/to/it)");
  return undefined;
}

function paths(): string[] {
  if (!existsSync(folder)) return [];
  const graphs = readdirSync(`${folder}tfjs-graph`).filter((file) => file.endsWith(".json"));
  const layers = ["doodlenet/model.json", "crepe/model.json", "cvae/models/model.json"];
  return [
    ...graphs.map((file) => `${folder}tfjs-graph/${file}`),
    ...layers.map((file) => `${folder}tfjs-layers/${file}`),
  ];
}

interface Checked {
  readonly law: number;
  readonly moved: number;
  readonly removed: number;
}

async function rowOf(name: string, path: string): Promise<string[]> {
  const model = await openTfjsModel(path);
  const laws = new Map<Runtime, Checked>();
  let made = await onNode("wasm", model);
  laws.set("wasm", made);
  if (asked.includes("cpu")) {
    made = await onNode("cpu", model);
    laws.set("cpu", made);
  }
  const { trace, cut, removed } = made;
  if (browser) laws.set("webgl", await onWebgl(browser, name, path, { model, cut }));
  for (const [runtime, { law, moved, removed: there }] of laws) {
    if (!(law <= bound)) throw new Error(`the law is broken on ${runtime}: ${law}`);
    if (!(moved > bound)) throw new Error(`the mask changes nothing on ${runtime}: ${moved}`);
    if (there !== removed) throw new Error(`${there} units leave on ${runtime} in place of ${removed}`);
  }
  const before = backend.cost(model, trace);
  const after = backend.cost(cut, backend.trace(cut));
  const { share, held } = prunableOf(trace);
  return [
    name,
    String(before.parameters),
    percent(share),
    String(trace.families.reduce((n, { units }) => n + units.length, 0)),
    String(removed),
    ...(["parameters", "macs", "bytes"] as const).map((key) =>
      percent((after[key] ?? Number.NaN) / (before[key] ?? Number.NaN)),
    ),
    ...runtimes.map((runtime) => (laws.has(runtime) ? magnitude(laws.get(runtime)?.law ?? 0) : "not run")),
    made.moved.toPrecision(2),
    held
      .filter((one) => one.share >= 0.005)
      .map((one) => `${one.why} ${percent(one.share)}`)
      .join("; "),
  ];
}

async function onNode(
  runtime: "wasm" | "cpu",
  model: TfjsModel,
): Promise<Checked & { readonly trace: Trace; readonly cut: TfjsModel }> {
  await useBackend(runtime);
  return isGraphModel(model) ? checkLaw(model, { ratio }) : checkLayersLaw(model, { ratio });
}

/** Opened from its URL, pruned and run in the browser; what Node made of it runs there as well, and gives the same. */
async function onWebgl(
  { serve, check }: Browser,
  name: string,
  path: string,
  { model, cut }: { readonly model: TfjsModel; readonly cut: TfjsModel },
): Promise<Checked> {
  const target = `${scratch}/${name}`;
  await saveTfjsModel(target, cut);
  const found = await check({
    model: serve(
      `original/${name}`,
      servedFiles(modelFiles(path), (file) => readFileSync(file)),
    ),
    cut: serve(
      `cut/${name}`,
      servedFiles(modelFiles(target), (file) => readFileSync(file)),
    ),
    kind: isGraphModel(model) ? "graph-model" : "layers-model",
    ratio,
  });
  if (found.backend !== "webgl") throw new Error(`the browser ran on ${found.backend}`);
  if (found.loaded !== 0)
    throw new Error(`Node's cut computes something else in the browser: ${found.loaded}`);
  if (found.hash !== (await backend.hash(cut))) throw new Error("the browser's cut is not Node's");
  return found;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

function document(all: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return `# TensorFlow.js models, pruned

Every model of \`../shared/models/tfjs-graph\` and \`tfjs-layers\` pruned at ratio ${ratio}, by magnitude, and held against
the original with all masked that was cut: max |cut - masked| / max |masked|, rounded up to a power of ten, on wasm and
cpu in Node and on webgl in headless Chromium (in software). *Moved* is how far the mask takes the original's outputs, by
the same measure: an error far below it is no accident. Weights stored as float16 or uint8 keep their bytes, so the bound
is the same for them: 1e-4.

In the browser a model is opened from its URL and pruned in the page: what comes out is Node's cut byte for byte, and the
files that Node wrote, loaded by \`tf.loadGraphModel(url)\` or \`tf.loadLayersModel(url)\`, compute the same there.

Made by \`pnpm zoo:tfjs --write\`, which takes names to make some rows again.

${[columns, columns.map(() => "---"), ...all].map(line).join("\n")}
`;
}
