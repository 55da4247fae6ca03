// Writes what is made from the table of options: the types of a configuration and its JSON schema.
//   pnpm schema
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { schemaFiles } from "./files.js";

const root = new URL("../../", import.meta.url);
for (const [path, text] of Object.entries(schemaFiles())) writeFileSync(new URL(path, root), text);
const json = Object.keys(schemaFiles()).filter((path) => path.endsWith(".json"));
execFileSync("node_modules/.bin/biome", ["format", "--write", ...json], { cwd: fileURLToPath(root) });
