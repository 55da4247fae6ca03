import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
// biome-ignore lint/correctness/useImportExtensions: JSON has an extension of its own
import own from "../../package.json" with { type: "json" };
import { here } from "../thread-file.js";

/** The version of packages that were never released, whatever they hold. */
const unreleased = "0.0.0";

let known: string | undefined;

/**
 * Names the code that results come from. All packages have one version, which says it once they are released; before that
 * a sha256 of the files that run: of the program that this one is bundled into, or of all packages that it is made of.
 */
export function codeVersion(): string {
  known ??= versionOfCode(own.version, fileURLToPath(here));
  return known;
}

/** The same of a file of the code, which `version` is of. */
export function versionOfCode(version: string, file: string): string {
  if (version !== unreleased) return version;
  const home = packageOf(dirname(file));
  const [part = ""] = relative(home, file).split(sep);
  const isBuilt = part === "dist";
  const hashing = createHash("sha256");
  for (const folder of homesOf(home)) {
    const source = join(folder, "src");
    const code = isBuilt || !existsSync(source) ? join(folder, "dist") : source;
    for (const path of codeIn(code)) {
      hashing.update(
        `${folder === home ? "" : nameOf(folder)} ${relative(code, path).replaceAll(sep, "/")}\0`,
      );
      hashing.update(readFileSync(path));
    }
  }
  return `${version}+${hashing.digest("hex").slice(0, 16)}`;
}

/**
 * A sha256 of all code of a package, of which `file` is loaded; what that package depends on has versions of its own. Of the
 * file alone where no folder above it is that package.
 */
export function versionOfPackage(name: string, file: string): string {
  const home = homeOf(name, dirname(file));
  const hashing = createHash("sha256");
  for (const path of home === undefined ? [file] : codeIn(home)) {
    hashing.update(`${home === undefined ? name : relative(home, path).replaceAll(sep, "/")}\0`);
    hashing.update(readFileSync(path));
  }
  return hashing.digest("hex");
}

/** The folder of a package, a file of which lies in or below another. */
function homeOf(name: string, folder: string): string | undefined {
  if (folder.endsWith(join(sep, "node_modules", name)) || nameOf(folder) === name) return folder;
  const above = dirname(folder);
  return above === folder ? undefined : homeOf(name, above);
}

/** The folder of the package that a folder is of. */
function packageOf(folder: string): string {
  if (existsSync(join(folder, "package.json"))) return folder;
  const above = dirname(folder);
  return above === folder ? folder : packageOf(above);
}

interface Manifest {
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string): Manifest => {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  } catch {
    return {};
  }
};

const nameOf = (folder: string): string => manifestOf(folder).name ?? "";

/** A package and those of ours that it depends on, each once, by name: a program holds them all itself. */
function homesOf(home: string): readonly string[] {
  const found = new Map<string, string>();
  const visit = (folder: string): void => {
    const { name = "", dependencies = {} } = manifestOf(folder);
    if (found.has(name)) return;
    found.set(name, folder);
    const { resolve } = createRequire(join(folder, "package.json"));
    for (const other of Object.keys(dependencies))
      if (other.startsWith("@prune/")) visit(dirname(resolve(`${other}/package.json`)));
  };
  visit(home);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, folder]) => folder);
}

/** Files of code in a folder, in order. */
function codeIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === "node_modules" ? [] : codeIn(path);
      return /\.([cm]?js|ts|wasm|json)$/.test(entry.name) && !/\.(d|test)\.ts$/.test(entry.name)
        ? [path]
        : [];
    });
}
