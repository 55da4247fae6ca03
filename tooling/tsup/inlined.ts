import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { build, type Plugin } from "esbuild";

const query = /\?(script|text)$/;

/** A file's text, or a TypeScript file with all that it imports as one minified script for a page. */
export async function inlinedText(path: string): Promise<string> {
  const file = path.replace(query, "");
  if (path.endsWith("?text")) return readFile(file, "utf8");
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    legalComments: "inline",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

/** For esbuild: `import script from "./page.ts?script"`. */
export const inlined: Plugin = {
  name: "inlined",
  setup(bundler) {
    bundler.onResolve({ filter: query }, ({ path, importer }) => ({
      path: resolve(dirname(importer), path),
      namespace: "inlined",
    }));
    bundler.onLoad({ filter: query, namespace: "inlined" }, async ({ path }) => ({
      contents: await inlinedText(path),
      loader: "text",
    }));
  },
};

/** The same for Vite. */
export const inlinedInVite = {
  name: "inlined",
  enforce: "pre" as const,
  resolveId(path: string, importer: string | undefined): string | undefined {
    return query.test(path) && importer ? `\0${resolve(dirname(importer), path)}` : undefined;
  },
  async load(id: string): Promise<string | undefined> {
    if (!id.startsWith("\0") || !query.test(id)) return undefined;
    return `export default ${JSON.stringify(await inlinedText(id.slice(1)))};`;
  },
};
