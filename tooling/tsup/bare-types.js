/**
 * Takes the docstrings out of a package's types for CommonJS. They are the same as the types of its modules, which keep
 * them; of an install of the core, which has to stay small, they would be a thirtieth that says nothing new.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

for (const name of readdirSync("dist").filter((file) => file.endsWith(".d.cts"))) {
  const text = readFileSync(`dist/${name}`, "utf8");
  writeFileSync(`dist/${name}`, text.replace(/^[ \t]*\/\*\*[\s\S]*?\*\/\n/gm, ""));
}
