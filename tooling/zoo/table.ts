// Prunes every graph of the zoo in every mode at ratio 0.5 and holds each cut against the masked original.
//   pnpm zoo [NAME | FILE.onnx]... [--mode channels,heads,both,ragged] [--fast] [--models] [--write]
// --fast cuts and traces again, but runs nothing; --models takes the trained models of ../shared instead of the zoo;
// --write puts the rows into docs/zoo.md. Exits 1 when a cut is wrong.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { withWeights } from "./made-up-weights.js";
import { type Mode, modeNames } from "./modes.js";
import { type Proof, prove } from "./prove.js";
import { document, lineOf, readRows, rowOf, totals } from "./text.js";
import { trainedModels } from "./trained.js";
import { hydrated, zooNames } from "./zoo.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    mode: { type: "string" },
    fast: { type: "boolean", default: false },
    models: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const modes = values.mode ? (values.mode.split(",") as Mode[]) : modeNames;
const unknown = modes.filter((mode) => !modeNames.includes(mode));
if (unknown.length > 0) throw new Error(`No mode "${unknown[0]}": there are ${modeNames.join(", ")}.`);

/** Big ones last, so that the rest is known early. */
const heavy = /retinanet|vgg11|alexnet/;
const known = values.models ? [...trainedModels().keys()] : [...zooNames()];
const chosen =
  positionals.length > 0
    ? positionals
    : [...known.filter((name) => !heavy.test(name)), ...known.filter((name) => heavy.test(name))];

const proofs = new Map<string, Proof>();
for (const name of chosen) {
  const path = await pathOf(name);
  if (!path) continue;
  const started = performance.now();
  try {
    const proof = await prove(path, { modes, fast: values.fast });
    proofs.set(name, proof);
    console.log(lineOf(name, proof, modes), `${((performance.now() - started) / 1000).toFixed(1)} s`);
  } catch (error) {
    console.log(`${name} FAILED ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
const lines = totals(proofs, modes);
for (const line of lines) console.log(line);
if (
  [...proofs.values()].some(({ outcomes }) =>
    [...outcomes.values()].some(({ verdict }) => verdict === "wrong"),
  )
)
  process.exitCode = 1;
if (values.write) {
  const what = values.models ? "models" : "zoo";
  const file = new URL(`../../docs/${what}.md`, import.meta.url);
  const rows = existsSync(file) ? readRows(readFileSync(file, "utf8")) : new Map<string, string[]>();
  for (const [name, proof] of proofs) rows.set(name, rowOf(name, proof));
  writeFileSync(file, document(what, [...rows.values()]));
}

async function pathOf(name: string): Promise<string | undefined> {
  if (name.endsWith(".onnx")) return name;
  const trained = trainedModels().get(name);
  return trained ? withWeights(trained) : hydrated(name, { lively: true });
}
