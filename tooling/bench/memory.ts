// Prunes made-up models with the command, each in a process of its own, and prints the most memory that it held
// against the bounds: model x 1.5 + 150 MB where the file holds the weights, 300 MB + the largest tensor where they
// lie beside it. `cut` leaves the law unchecked (--no-verify); `checked` is the whole command, which runs the original,
// the masked and the cut model in onnxruntime: that holds them besides, and no bound is set for it.
//   pnpm bench:memory [100 | 500 | 1500 | external]...     (needs `pnpm build`, Linux, and 5 GB in the temporary folder)
import { spawnSync } from "node:child_process";
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { modelToBytes, noEdit } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { chain, chainWeights } from "./chain.js";

const MB = 1e6;
const layers = 24;
/** Square weights of this width, by what is asked for. */
const widths = { "100": 1024, "500": 2304, "1500": 4000, external: 5600 } as const;
type Size = keyof typeof widths;

const command = fileURLToPath(new URL("../../apps/cli/dist/prune.js", import.meta.url));
/** Prints the high-water mark of the resident set, in kB, when the process ends. */
const report = `import { readFileSync } from "node:fs";
process.on("exit", () => process.stderr.write("\\n" + /VmHWM:.*/.exec(readFileSync("/proc/self/status", "utf8"))[0] + "\\n"));`;

const folder = mkdtempSync(join(tmpdir(), "prune-memory-"));
const asked = process.argv.slice(2);
for (const size of asked)
  if (!(size in widths)) throw new Error(`No size "${size}": give ${Object.keys(widths).join(", ")}.`);
console.log(
  `${"model".padEnd(12)}${["MB", "cut", "bound", "checked"].map((head) => head.padStart(10)).join("")}`,
);
try {
  for (const size of Object.keys(widths) as Size[])
    if (asked.length === 0 || asked.includes(size)) await measure(size);
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(size: Size): Promise<void> {
  const width = widths[size];
  const tensor = 4 * width * width;
  const path = join(folder, "model.onnx");
  await write(path, width, size === "external");
  const bound = size === "external" ? 300 * MB + tensor : 1.5 * layers * tensor + 150 * MB;
  const cut = peak(path, "--no-verify");
  if (typeof cut === "string") throw new Error(`The command failed: ${cut}`);
  const cells = [layers * tensor, cut, bound, peak(path, "--verify")];
  const text = cells.map((cell) => (typeof cell === "string" ? cell : (cell / MB).toFixed(0)).padStart(10));
  console.log(`${size.padEnd(12)}${text.join("")}`);
  for (const file of [path, `${path}.data`, join(folder, "out.onnx"), join(folder, "out.onnx.data")])
    rmSync(file, { force: true });
}

async function write(path: string, width: number, external: boolean): Promise<void> {
  const file = createWriteStream(`${path}.data`);
  for (const bytes of chainWeights(width, layers)) {
    if (!file.write(bytes)) await new Promise((resume) => file.once("drain", () => resume(undefined)));
  }
  file.end();
  await finished(file);
  writeFileSync(path, chain("model.onnx.data", width, layers));
  if (external) return;
  writeFileSync(path, modelToBytes(openModel(path), noEdit));
  rmSync(`${path}.data`);
}

/** Bytes, or what the command said when it refused. */
function peak(path: string, verify: string): number | string {
  const args = ["--import", `data:text/javascript,${encodeURIComponent(report)}`, command];
  const given = [
    path,
    "-o",
    join(folder, "out.onnx"),
    "--ratio",
    "0.5",
    ...(verify === "--verify" ? [] : [verify]),
  ];
  const { status, stderr } = spawnSync(process.execPath, [...args, ...given], { encoding: "utf8" });
  const found = /VmHWM:\s*(\d+) kB/.exec(stderr);
  if (status !== 0 || !found) return `  ${/^prune: (.*)/m.exec(stderr)?.[1] ?? stderr}`;
  return Number(found[1]) * 1024;
}
