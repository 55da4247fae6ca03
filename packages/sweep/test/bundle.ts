import { mkdirSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { outside, requireBanner } from "../../../tooling/tsup/outside.js";

const folder = fileURLToPath(new URL("../node_modules/.cache", import.meta.url));

/** What threads run, bundled: it starts several times faster than sources do. */
export const bundledThread = (): Promise<URL> => bundled("src/thread.ts");

/** A source with all that it imports, but for what is native or loaded only where it is used. */
export async function bundled(source: string): Promise<URL> {
  const outdir = `${folder}/${process.pid}`;
  mkdirSync(outdir, { recursive: true });
  await build({
    entryPoints: [fileURLToPath(new URL(`../${source}`, import.meta.url))],
    outdir,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: outside,
    banner: requireBanner,
    logLevel: "error",
  });
  process.once("exit", () => rmSync(outdir, { recursive: true, force: true }));
  return pathToFileURL(`${outdir}/${basename(source, ".ts")}.js`);
}
