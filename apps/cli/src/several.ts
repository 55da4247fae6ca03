import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { look } from "@prune/files/advanced";
import { CliError, failureOf } from "./errors.js";
import { isModelFolder } from "./folder.js";
import { printable } from "./terminal/printable.js";
import type { Terminal } from "./terminal/terminal.js";

/** Options that name files of one model's results, and how a file is called where they name a folder for several. */
const perModel = { recipe: ".recipe.json", report: ".report.json", html: ".html" } as const;

interface Outputs {
  readonly output: string;
  readonly recipe?: string;
  readonly report?: string;
  readonly html?: string;
  readonly curve?: string;
}

/** A model to prune, by the name that it was found by. */
export type Job<Options> = Options & { readonly named: string; readonly output: string };

const isPattern = (path: string): boolean => /[*?]/.test(path) && !existsSync(path);

/** A folder of models; one with a config.json is one model in itself, with all that belongs to it. */
const isFolder = (path: string): boolean =>
  path !== "-" && (look(path)?.isDirectory() ?? false) && !isModelFolder(path);

/** Whether results go into a folder: several names, a pattern, or a folder of models. */
export const isMany = (named: readonly string[]): boolean =>
  named.length > 1 || named.some((path) => isPattern(path) || isFolder(path));

/** One job for each model that the names stand for; results of several go into folders, under their own names. */
export function jobsOf<Options extends Outputs>(named: readonly string[], options: Options): Job<Options>[] {
  if (!isMany(named)) return [{ ...options, named: named[0] as string }];
  for (const name of ["curve"] as const)
    if (options[name] !== undefined)
      throw new CliError("bad-option", {
        option: `--${name}`,
        why: "it is for one model; prune them one by one",
      });
  if (named.includes("-") || options.output === "-")
    throw new CliError("bad-option", { option: "-", why: "standard input and output are for one model" });
  const taken = new Map<string, string>();
  return named.flatMap(modelsAt).map(({ path, below }) => {
    const isTfjs = path.toLowerCase().endsWith(".json");
    const name = isTfjs ? dirname(below) : below;
    const own = name === "." ? basename(dirname(join(process.cwd(), path))) : name;
    const output = join(options.output, own);
    const before = taken.get(output);
    if (before !== undefined) throw new CliError("same-output", { out: output, models: [before, path] });
    taken.set(output, path);
    const stem = own.replace(/\.onnx$/i, "").replaceAll(/[\\/]/g, "-");
    const files = Object.entries(perModel).flatMap(([option, suffix]) => {
      const folder = options[option as keyof typeof perModel];
      return folder === undefined ? [] : [[option, join(folder, stem + suffix)]];
    });
    return { ...options, ...Object.fromEntries(files), named: path, output };
  });
}

interface Found {
  readonly path: string;
  /** The path below the folder that was named. */
  readonly below: string;
}

function modelsAt(named: string): Found[] {
  const found = isPattern(named) ? matching(named) : isFolder(named) ? within(named) : [named];
  if (found.length === 0) throw new CliError("no-models", { path: named });
  const home = isFolder(named) ? named : undefined;
  return found.map((path) => ({
    path,
    below: home === undefined ? belowOf(path) : relative(home, path),
  }));
}

/** "b.onnx" of "a/b.onnx", "net/model.json" of "models/net/model.json". */
const belowOf = (path: string): string =>
  path.toLowerCase().endsWith(".json") ? join(basename(dirname(path)), basename(path)) : basename(path);

/** Models in a folder and below it, in order. */
const within = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.onnx$/i.test(name) || basename(name) === "model.json")
    .sort()
    .map((name) => join(folder, name));

/** Files that a pattern fits: `*` and `?` inside a name, `**` across folders. */
function matching(pattern: string): string[] {
  const parts = pattern.split("/");
  const fixed = parts
    .slice(
      0,
      parts.findIndex((part) => /[*?]/.test(part)),
    )
    .join("/");
  const from = fixed === "" ? (pattern.startsWith("/") ? "/" : ".") : fixed;
  const isDeep = pattern.includes("**") || parts.length - fixed.split("/").length > 1;
  if (!existsSync(from)) return [];
  const expression = new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("**/", "\0")
      .replaceAll("*", "[^/]*")
      .replaceAll("?", "[^/]")
      .replaceAll("\0", "(?:.*/)?")}$`,
  );
  return readdirSync(from, { recursive: isDeep, encoding: "utf8" })
    .map((name) => (from === "." ? name : join(from, name)))
    .filter((path) => expression.test(path) && (look(path)?.isFile() ?? false))
    .sort();
}

const outputsBeside = (job: object): string[] =>
  Object.keys(perModel).flatMap((option) => {
    const path = (job as Readonly<Record<string, unknown>>)[option];
    return typeof path === "string" ? [path] : [];
  });

/** Prunes one after the other; one that is refused doesn't keep the others from being pruned. */
export async function pruneAll<Options extends { readonly json?: boolean }>(
  jobs: readonly Job<Options>[],
  one: (job: Job<Options>, terminal: Terminal) => Promise<void>,
  terminal: Terminal,
): Promise<void> {
  const texts: string[] = [];
  let failed = 0;
  for (const job of jobs) {
    const own: Terminal = job.json ? { ...terminal, print: (text) => void texts.push(text) } : terminal;
    if (!job.json) terminal.print(terminal.colours.bold(job.named));
    for (const path of [job.output, ...outputsBeside(job)]) mkdirSync(dirname(path), { recursive: true });
    try {
      await one(job, own);
    } catch (error) {
      failed++;
      const { code, message, exitCode } = failureOf(error);
      if (exitCode === 2) throw error;
      if (job.json) texts.push(JSON.stringify({ model: job.named, error: { code, message } }, null, 2));
      terminal.note(`prune: ${printable(`${job.named}: ${message}`)}`);
    }
    if (!job.json) terminal.print("");
  }
  if (texts.length > 0) terminal.print(`[${texts.join(",\n")}]`);
  if (failed > 0) throw new CliError("some-failed", { failed, of: jobs.length });
}
