import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Plugin } from "esbuild";

/** Writes the licences of all that a bundle holds of others into `dist/NOTICES.md`. */
export const notices: Plugin = {
  name: "notices",
  setup(bundler) {
    bundler.initialOptions.metafile = true;
    bundler.onEnd(({ metafile }) => {
      const folders = new Set(Object.keys(metafile?.inputs ?? {}).flatMap(packageOf));
      const own = [...new Set(Object.keys(metafile?.inputs ?? {}).flatMap(noticeOf))].sort();
      const licences = [...folders].map(licenceOf).sort((a, b) => (a.title < b.title ? -1 : 1));
      const text = licences.map(({ title, text }) => `## ${title}\n\n\`\`\`\n${text.trim()}\n\`\`\`\n`);
      const bundled = own.map((path) => readFileSync(path, "utf8").replace(/^[\s\S]*?(?=^## )/m, ""));
      if (text.length + bundled.length === 0) return;
      const head = "# Bundled code\n\n`dist` holds code of these packages, under their licences.\n";
      mkdirSync("dist", { recursive: true });
      writeFileSync("dist/NOTICES.md", [head, ...text, ...bundled].join("\n"));
    });
  },
};

/** The folder of a package of others that a file is in. */
function packageOf(input: string): string[] {
  const path = resolve(input);
  const at = path.lastIndexOf("node_modules/");
  if (at < 0) return [];
  const [first = "", second = ""] = path.slice(at + "node_modules/".length).split("/");
  const name = first.startsWith("@") ? `${first}/${second}` : first;
  return name.startsWith("@prune/") ? [] : [join(path.slice(0, at), "node_modules", name)];
}

/** What a package of this repository says of the code that it bundles itself. */
function noticeOf(input: string): string[] {
  const [, folder] = /^(.*packages\/[^/]+)\/dist\//.exec(resolve(input)) ?? [];
  return [`${folder}/NOTICE.md`, `${folder}/dist/NOTICES.md`].filter((path) => folder && existsSync(path));
}

function licenceOf(folder: string): { readonly title: string; readonly text: string } {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined && license === undefined)
    throw new Error(`${name} has no licence; don't bundle it.`);
  return {
    title: `${name} ${version}`,
    text: file === undefined ? `${license}` : readFileSync(join(folder, file), "utf8"),
  };
}
