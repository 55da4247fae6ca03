import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pageCode } from "../docs/page-code.js";
import { type Case, root } from "./case.js";
import { commandIn } from "./command.js";
import { core } from "./sizes.js";

const inTypeScript = (version: string): Case => ({
  name: `types, TypeScript ${version}`,
  group: version === "5.9" ? "quick" : "types",
  // Without skipLibCheck every type that is missing shows; the runtime's types come with onnxruntime-common.
  install: [...core, "@prune/workflow", "@prune/tfjs", "@tensorflow/tfjs-core", `typescript@${version}`],
  async run(folder) {
    // TensorFlow.js brings types of WebGPU that those of TypeScript 7 contradict.
    const skip = String(version === "latest");
    const flags = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom"];
    const said: string[] = [];
    for (const [module, resolution] of [
      ["esnext", "bundler"],
      ["nodenext", "nodenext"],
    ] as const) {
      await commandIn(folder, "node_modules/.bin/tsc", [
        ...flags,
        "--skipLibCheck",
        skip,
        "--module",
        module,
        "--moduleResolution",
        resolution,
        "types.ts",
      ]);
      said.push(resolution);
    }
    return `compiles strictly, without tfjs-layers${skip === "true" ? "" : " and skipLibCheck"} (${said.join(", ")})`;
  },
});

const shown = pageCode(root).filter(({ kind }) => kind === "ts");

/** All code of READMEs and of the site that runs, from what their install lines bring. */
const docsIn = (version: string): Case => ({
  name: `code of all pages, TypeScript ${version}`,
  group: "docs",
  install: [
    ...new Set(shown.flatMap(({ installed }) => installed)),
    `typescript@${version}`,
    "@types/node@20",
    "onnxruntime-common",
  ],
  async run(folder) {
    const names = shown.map(({ page, nth, code }) => {
      const name = `${page.replace(/\W+/g, "-")}-${nth}.ts`;
      writeFileSync(join(folder, name), `${code}\nexport {};\n`);
      return name;
    });
    await commandIn(folder, "node_modules/.bin/tsc", [
      ...["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--lib", "es2022,dom"],
      ...["--types", "node", "--module", "nodenext", "--moduleResolution", "nodenext", ...names],
    ]);
    return `${names.length} modules of ${new Set(shown.map(({ page }) => page)).size} pages compile strictly`;
  },
});

/** Every end of the range of TypeScript. */
export const typed: readonly Case[] = [
  ...["5.4", "5.9", "latest"].map(inTypeScript),
  ...["5.4", "latest"].map(docsIn),
];
