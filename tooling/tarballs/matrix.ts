/**
 * Installs the packed packages outside the workspace and runs them wherever they are to run: `pnpm tarballs`, or
 * `pnpm tarballs --only node,peers`; with `--out` such a part takes the place of its own rows alone in the page. Packages have
 * to be built; what a case needs besides comes from the npm registry.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cases } from "./cases.js";
import { commandIn } from "./command.js";
import { packAndPublish } from "./publish.js";
import { sizesTable } from "./sizes.js";

const root = new URL("../..", import.meta.url).pathname;
const { values } = parseArgs({
  options: { only: { type: "string" }, sizes: { type: "boolean" }, out: { type: "string" } },
});
const only = values.only?.split(",");

const home = mkdtempSync(join(tmpdir(), "prune-matrix-"));
const registry = await packAndPublish();
const before = values.out && only && existsSync(values.out) ? readFileSync(values.out, "utf8") : "";
const rows = new Map(
  [...before.matchAll(/^\| (.+?) \| .*\|$/gm)].map(([row, name = ""]) => [name, row] as const),
);
let failed = 0;
let ran = 0;

for (const { name, group, install, run } of cases) {
  if (only && !only.some((word) => name.includes(word) || group === word)) continue;
  const folder = join(home, name.replace(/\W+/g, "-"));
  mkdirSync(folder);
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "outside", private: true, type: "module" }),
  );
  writeFileSync(join(folder, ".npmrc"), registry.npmrc);
  for (const file of ["prune.mjs", "types.ts", "page.html"])
    copyFileSync(join(root, "tooling/tarballs/projects", file), join(folder, file));
  copyFileSync(join(root, "apps/cli/sample/glyphs.onnx"), join(folder, "glyphs.onnx"));
  const started = performance.now();
  let said: string;
  try {
    if (install.length > 0)
      await commandIn(folder, "npm", [
        "install",
        "--prefer-offline",
        "--ignore-scripts",
        "--no-package-lock",
        ...install,
      ]);
    said = await run(folder);
  } catch (error) {
    failed++;
    said = `FAILED: ${(error as Error).message.trim()}`;
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`${name}: ${said} (${seconds} s)`);
  rows.set(name, `| ${name} | ${(said.split("\n")[0] ?? "").slice(0, 160).replaceAll("|", "\\|")} |`);
  ran++;
  rmSync(folder, { recursive: true, force: true });
}

const sizes =
  values.sizes || !only
    ? await sizesTable(home, registry.npmrc)
    : before.slice(before.search(/^\| install \|/m)).trim();
console.log(`\n${sizes}`);
if (values.out) writeFileSync(values.out, `${page(sizes)}\n`);
registry.close();
rmSync(home, { recursive: true, force: true });
if (failed > 0) console.log(`${failed} of ${ran} failed`);
process.exit(failed > 0 ? 1 : 0);

function page(sizes: string): string {
  return [
    "# Installed from tarballs",
    "",
    "Packed as a release is, published to a local registry, installed in fresh projects outside the workspace. Made by `pnpm tarballs --out docs/installs.md`.",
    "",
    "| where | what it said |",
    "|---|---|",
    ...cases.flatMap(({ name }) => rows.get(name) ?? []),
    "",
    "## Sizes of an install",
    "",
    sizes,
  ].join("\n");
}
