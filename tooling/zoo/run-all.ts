// Runs zoo graphs, or model files, on random feeds and prints a line for each: times, peak memory, how much the
// outputs change with the seed (near 0: comparing them proves little) and with the runtime's optimiser (the noise
// floor of a comparison). Exits 1 when one fails.
//   npx tsx tooling/zoo/run-all.ts [--lively] [NAME | FILE.onnx]...
import { basename } from "node:path";
import { compare, createSession, findFeeds, type Outputs, run } from "@prune/runtime-ort";
import { summarise } from "@prune/runtime-ort/advanced";
import { hydrated, zooNames } from "./zoo.js";

const lively = process.argv.includes("--lively");
const chosen = process.argv.slice(2).filter((argument) => argument !== "--lively");
let failures = 0;

for (const name of chosen.length > 0 ? chosen : zooNames()) {
  const path = name.endsWith(".onnx") ? name : await hydrated(name, { lively });
  if (!path) continue;
  try {
    console.log(`${basename(name).padEnd(36)} ${await describe(path)}`);
  } catch (error) {
    failures++;
    console.log(
      `${basename(name).padEnd(36)} FAILED ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
process.exitCode = failures > 0 ? 1 : 0;

async function describe(path: string): Promise<string> {
  const started = performance.now();
  const session = await createSession(path);
  const opened = performance.now();
  const feeds = await findFeeds(session);
  const outputs = await run(session, feeds);
  const ran = performance.now();
  const other = await run(session, await findFeeds(session, { seed: 2 }));
  await session.release();

  const plain = await createSession(path, { optimise: false });
  const noise = compare(await run(plain, feeds), outputs).worst;
  await plain.release();

  const times = `open ${Math.round(opened - started)} ms, run ${Math.round(ran - opened)} ms`;
  const memory = `rss ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB`;
  const notes = notesOn(outputs, other);
  return `${times}, ${memory}, noise ${noise.toExponential(1)}${notes.length > 0 ? `  !! ${notes.join("; ")}` : ""}`;
}

function notesOn(outputs: Outputs, other: Outputs): string[] {
  return compare(other, outputs).outputs.flatMap(({ name, relative, sameShape }) => {
    const values = outputs[name];
    if (!values) return [];
    const { count, nonFinite, constant, min } = summarise(values);
    const output = `${name} ${values.type}[${values.dims.join(",")}]`;
    if (count === 0) return [`${output} is empty`];
    if (nonFinite > 0) return [`${output} has ${nonFinite} non-finite of ${count}`];
    if (constant) return [`${output} is constant ${min}`];
    if (sameShape && relative < 1e-2)
      return [`${output} changes by ${relative.toExponential(1)} with the seed`];
    return [];
  });
}
