// Writes the structure of every zoo graph, or of those named, to tooling/zoo/snapshots; prints which changed.
//   pnpm zoo:snapshot [NAME]...
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { snapshotFile } from "./snapshots.js";
import { structureOf } from "./structure.js";
import { sharedFile, zooNames } from "./zoo.js";

const chosen = process.argv.slice(2);
mkdirSync(new URL(".", snapshotFile("any")), { recursive: true });
for (const name of chosen.length > 0 ? chosen : zooNames()) {
  const path = sharedFile(`zoo/${name}.onnx`);
  if (!path) throw new Error(`No graph "${name}" in ../shared/zoo.`);
  const text = structureOf(path);
  const file = snapshotFile(name);
  if (text === before(file)) continue;
  writeFileSync(file, text);
  console.log(name);
}

function before(file: URL): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
