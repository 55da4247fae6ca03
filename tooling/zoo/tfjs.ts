// Prunes every TensorFlow.js model of ../shared/models and prints a line for each: what is kept, the law (cut = mask) in
// the wasm or cpu backend, and what froze. Exits 1 when one fails.
//   pnpm zoo:tfjs [--ratio 0.5] [--backend cpu] [NAME]...
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isGraphModel, type TfjsModel, tfjs } from "@prune/tfjs";
import { openModel } from "@prune/tfjs/node";
import { checkLaw, checkLayersLaw } from "../../packages/tfjs/test/law.js";
import { useBackend } from "../../packages/tfjs/test/runtime.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { ratio: { type: "string", default: "0.5" }, backend: { type: "string", default: "wasm" } },
});
const ratio = Number(values.ratio);
const folder = fileURLToPath(new URL("../../../shared/models/", import.meta.url));
const bound = 1e-4;
let failures = 0;

await useBackend(values.backend === "cpu" ? "cpu" : "wasm");
row("model", "units", "removed", "params", "kept", "MACs", "bytes", "law", "moved", "seconds");
for (const path of paths().filter(
  (one) => positionals.length === 0 || positionals.some((p) => one.includes(p)),
)) {
  const name = path.slice(folder.length).replace(/^tfjs-|\.json$|\/model\.json$|\/models\/model\.json$/g, "");
  try {
    await check(name, await openModel(path));
  } catch (error) {
    failures++;
    row(name, `FAILED ${error instanceof Error ? error.message : String(error)}`);
  }
}
process.exitCode = failures > 0 ? 1 : 0;

function paths(): string[] {
  if (!existsSync(folder)) return [];
  const graphs = readdirSync(`${folder}tfjs-graph`).filter((file) => file.endsWith(".json"));
  const layers = ["doodlenet/model.json", "crepe/model.json", "cvae/models/model.json"];
  return [
    ...graphs.map((file) => `${folder}tfjs-graph/${file}`),
    ...layers.map((file) => `${folder}tfjs-layers/${file}`),
  ];
}

async function check(name: string, model: TfjsModel): Promise<void> {
  const started = performance.now();
  const { law, moved, removed, cut, trace } = isGraphModel(model)
    ? await checkLaw(model, { ratio })
    : await checkLayersLaw(model, { ratio });
  const backend = tfjs();
  const before = backend.cost(model, trace);
  const after = backend.cost(cut, backend.trace(cut));
  if (!(law <= bound)) failures++;
  const percent = (key: "macs" | "parameters" | "bytes"): string =>
    `${Math.round((100 * after[key]) / before[key])}%`;
  row(
    name,
    trace.families.reduce((n, { units }) => n + units.length, 0),
    removed,
    before.parameters,
    percent("parameters"),
    percent("macs"),
    percent("bytes"),
    law.toExponential(1),
    moved.toExponential(1),
    ((performance.now() - started) / 1000).toFixed(1),
  );
  for (const { tensor, why, node } of trace.state.frozen)
    console.log(`    frozen: ${tensor}: ${why} (${node})`);
}

function row(name: string, ...cells: readonly (string | number)[]): void {
  console.log([name.padEnd(22), ...cells.map((cell) => String(cell).padStart(9))].join(" "));
}
