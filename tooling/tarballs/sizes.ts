import { lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandIn } from "./command.js";

/** What a program needs to prune an ONNX model. */
export const core = ["@prune/graph", "@prune/onnx", "@prune/pruner", "@prune/importance-magnitude"];

/** The most bytes that an install of the core may take. */
export const coreLimits = { packed: 900e3, unpacked: 3e6 };

/** What is installed, and what the same took when the packages brought all that they could use. */
const installs: readonly {
  readonly what: string;
  readonly names: readonly string[];
  readonly before: string;
}[] = [
  {
    what: "graph + onnx + pruner + importance-magnitude",
    names: core,
    before: "28 MB",
  },
  { what: "workflow, without a runtime", names: ["@prune/workflow"], before: "" },
  { what: "cli", names: ["@prune/cli"], before: "411 MB" },
  { what: "cli, without what is optional", names: ["@prune/cli", "--omit=optional"], before: "" },
];

export async function sizesTable(home: string, npmrc: string): Promise<string> {
  const rows: string[] = [];
  for (const [i, { what, names, before }] of installs.entries()) {
    const folder = join(home, `size${i}`);
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "outside", private: true }));
    writeFileSync(join(folder, ".npmrc"), npmrc);
    await commandIn(folder, "npm", ["install", "--prefer-offline", "--ignore-scripts", ...names]);
    rows.push(`| ${what} | ${before} | ${(bytesIn(join(folder, "node_modules")) / 1e6).toFixed(1)} MB |`);
    rmSync(folder, { recursive: true, force: true });
  }
  return ["| install | before | now |", "|---|---|---|", ...rows].join("\n");
}

function bytesIn(folder: string): number {
  let bytes = 0;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const stat = lstatSync(path);
    bytes += stat.isDirectory() ? bytesIn(path) : stat.size;
  }
  return bytes;
}
