import { existsSync } from "node:fs";
import { join } from "node:path";
import { publishAll, stageContents } from "@prune/files";
import { type FolderOptions, type FolderReport, pruneFolder } from "@prune/workflow/node";
import { CliError } from "./errors.js";
import { lawText } from "./law-text.js";
import { change, count } from "./terminal/numbers.js";
import { table } from "./terminal/table.js";
import type { Terminal } from "./terminal/terminal.js";

/** What became of a model folder, graph by graph. */
function folderText({ graphs, configs, copied, left, out }: FolderReport, { colours }: Terminal): string {
  const rows = graphs.map(({ path, before, after }) => [
    path,
    count(before.parameters),
    count(after.parameters),
    change(before.parameters, after.parameters),
  ]);
  const changes = configs.map(({ path, changes: made, unsaid }) => {
    const list = Object.entries(made).map(([key, { before, after }]) => `${key} ${before} -> ${after}`);
    return [
      `${path}: ${list.join(", ") || "as it was"}`,
      ...unsaid.map((text) => `  it doesn't say: ${text}`),
    ].join("\n");
  });
  return [
    table(["graph", "parameters", "left", ""], rows),
    ...graphs.map((graph) => `${graph.path}: ${graph.unverified ?? lawText(graph)}`),
    ...changes,
    ...left.map(({ path, why }) => `${path} left out: ${why}`),
    `${copied.length} other ${copied.length === 1 ? "file" : "files"} copied`,
    `${colours.bold(out)} written`,
  ].join("\n");
}

/** A folder that is one model in itself: runtimes read its sizes from a configuration. */
export const isModelFolder = (path: string): boolean =>
  ["config.json", "genai_config.json"].some((name) => existsSync(join(path, name)));

interface Wanted {
  readonly html: string | undefined;
  readonly recipe: string | undefined;
  readonly report: string | undefined;
  readonly json: boolean | undefined;
}

/** Prunes a model folder into a new one, and prints what was done. */
export async function printFolder(
  [from, out]: readonly [from: string, out: string],
  options: FolderOptions,
  { html, recipe, report, json }: Wanted,
  terminal: Terminal,
): Promise<void> {
  const other = html !== undefined ? "--html" : recipe !== undefined ? "--recipe" : undefined;
  if (other) throw new CliError("bad-option", { option: other, why: "it is for single models" });
  const { report: made } = await pruneFolder(from, out, options);
  const text = `${JSON.stringify(made, null, 2)}\n`;
  if (report !== undefined) await publishAll([await stageContents(report, text)]);
  terminal.print(json ? text : folderText(made, terminal));
}
