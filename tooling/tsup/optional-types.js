/**
 * Marks imports of optional peers in the types of a package: `optional-types.js @tensorflow/tfjs-layers`. Who lacks the
 * peer then compiles without it and without `skipLibCheck`; the bundler of types drops such comments of the source.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const peers = process.argv.slice(2);
let marked = 0;
for (const name of readdirSync("dist")) {
  if (!/\.d\.c?ts$/.test(name)) continue;
  const text = readFileSync(`dist/${name}`, "utf8");
  const lines = text.split("\n").map((line) => {
    const isOptional = peers.some((peer) => line.startsWith("import ") && line.includes(`from '${peer}'`));
    if (isOptional) marked++;
    return isOptional ? `// @ts-ignore: an optional peer\n${line}` : line;
  });
  writeFileSync(`dist/${name}`, lines.join("\n"));
}
if (marked === 0) {
  console.error(`No types in ${process.cwd()}/dist import ${peers.join(", ")}.`);
  process.exit(1);
}
