// Prunes every TensorFlow.js model of ../shared/models and prints a line for each: sizes before and after, the law
// (cut = mask) in the wasm backend, and what froze. Exits 1 when one fails.
//   pnpm zoo:tfjs [--ratio 0.5] [--backend cpu] [NAME]...
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { magnitude } from "@prune/importance-magnitude";
import { plan } from "@prune/pruner";
import { fromArtifacts, graphModel, toArtifacts } from "@prune/tfjs";
import { openGraphModel } from "@prune/tfjs/node";
import { distance, runGraph, useBackend } from "../../packages/tfjs/test/runtime.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { ratio: { type: "string", default: "0.5" }, backend: { type: "string", default: "wasm" } },
});
const ratio = Number(values.ratio);
const folder = fileURLToPath(new URL("../../../shared/models/tfjs-graph/", import.meta.url));
const bound = 1e-4;
let failures = 0;

await useBackend(values.backend === "cpu" ? "cpu" : "wasm");
const names = existsSync(folder)
  ? readdirSync(folder)
      .filter((file) => file.endsWith(".json"))
      .map((file) => file.slice(0, -5))
  : [];
row("model", "units", "removed", "params", "kept", "MACs", "bytes", "law", "moved", "trace", "cut");
for (const name of names.filter((one) => positionals.length === 0 || positionals.includes(one))) {
  try {
    await check(name);
  } catch (error) {
    failures++;
    row(name, `FAILED ${error instanceof Error ? error.message : String(error)}`);
  }
}
process.exitCode = failures > 0 ? 1 : 0;

async function check(name: string): Promise<void> {
  const backend = graphModel();
  const model = openGraphModel(`${folder}${name}.json`);
  const started = performance.now();
  const trace = backend.trace(model);
  const traced = performance.now();
  const { chosen } = await plan(model, { backend, importance: magnitude(), ratio, trace });
  const planned = performance.now();
  const cut = backend.cut(model, trace, chosen.cut);
  const done = performance.now();
  const small = await runGraph(fromArtifacts(toArtifacts(cut)));
  const original = await runGraph(model);
  const masked = await runGraph(backend.mask(model, trace, chosen.cut));
  const law = distance(small, masked);
  const before = backend.cost(model, trace);
  const after = backend.cost(cut, backend.trace(cut));
  const said = backend.cost(model, trace, chosen.cut);
  if (!(law <= bound)) failures++;
  if (said.macs !== after.macs || said.parameters !== after.parameters)
    throw new Error(`cost foretold ${JSON.stringify(said)}, found ${JSON.stringify(after)}`);
  const percent = (key: "macs" | "parameters" | "bytes"): string =>
    `${Math.round((100 * after[key]) / before[key])}%`;
  row(
    name,
    trace.families.reduce((n, { units }) => n + units.length, 0),
    chosen.plan.units.length,
    before.parameters,
    percent("parameters"),
    percent("macs"),
    percent("bytes"),
    law.toExponential(1),
    distance(masked, original).toExponential(1),
    `${Math.round(traced - started)} ms`,
    `${Math.round(done - planned)} ms`,
  );
  for (const { tensor, why, node } of trace.state.frozen)
    console.log(`    frozen: ${tensor}: ${why} (${node})`);
}

function row(name: string, ...cells: readonly (string | number)[]): void {
  console.log([name.padEnd(18), ...cells.map((cell) => String(cell).padStart(9))].join(" "));
}
