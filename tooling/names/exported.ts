import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** A name that a package exports, and where it is declared. */
export interface Exported {
  readonly name: string;
  readonly package: string;
  /** "" for the main entry, else its path: "advanced", "node". */
  readonly entry: string;
  /** The file that declares it, from the root, with the name that it has there. */
  readonly declared: string;
  readonly isDocumented: boolean;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** All names that the published packages export, entry by entry. */
export function exportedNames(): Exported[] {
  return readdirSync(join(root, "packages")).flatMap((folder) =>
    entriesOf(folder).flatMap(({ entry, file }) =>
      [...exportsOf(file)].map(([name, { path, local }]): Exported => {
        const text = readFileSync(path, "utf8");
        return {
          name,
          package: folder,
          entry,
          declared: `${relative(root, path)}#${local}`,
          isDocumented: documented(text, local),
        };
      }),
    ),
  );
}

function entriesOf(folder: string): { readonly entry: string; readonly file: string }[] {
  const { exports = {} } = JSON.parse(
    readFileSync(join(root, "packages", folder, "package.json"), "utf8"),
  ) as { exports?: Readonly<Record<string, unknown>> };
  return Object.keys(exports).flatMap((path) => {
    const entry = path.replace(/^\.\/?/, "");
    const file = join(root, "packages", folder, "src", `${entry || "index"}.ts`);
    return existsSync(file) ? [{ entry, file }] : [];
  });
}

interface Declared {
  readonly path: string;
  /** The name in that file. */
  readonly local: string;
}

const listed = /export\s+(?:type\s+)?\{([^}]*)\}(?:\s+from\s+"([^"]+)")?/g;
const imported = /import\s+(?:type\s+)?\{([^}]*)\}\s+from\s+"([^"]+)"/g;
const declaration =
  /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\*?|const|let|class|interface|type|enum)\s+(\w+)/gm;

const cache = new Map<string, ReadonlyMap<string, Declared>>();

/** What a module exports, by name: a list names each by itself in this repository. */
function exportsOf(path: string): ReadonlyMap<string, Declared> {
  const known = cache.get(path);
  if (known) return known;
  const found = new Map<string, Declared>();
  cache.set(path, found);
  const text = readFileSync(path, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  for (const [, name = ""] of text.matchAll(declaration)) found.set(name, { path, local: name });
  const from = new Map<string, { readonly module: string; readonly there: string }>();
  for (const [, list = "", module = ""] of text.matchAll(imported))
    for (const { here, there } of namesIn(list)) from.set(here, { module, there });
  for (const [, list = "", module] of text.matchAll(listed))
    for (const { here, there } of namesIn(list)) {
      const origin = module === undefined ? from.get(there) : { module, there };
      found.set(here, origin ? declaredIn(path, origin.module, origin.there) : { path, local: there });
    }
  return found;
}

function declaredIn(path: string, module: string, there: string): Declared {
  const file = fileOf(path, module);
  return (file && exportsOf(file).get(there)) || { path: file ?? path, local: there };
}

function fileOf(path: string, module: string): string | undefined {
  if (module.startsWith(".")) return normalize(join(dirname(path), module.replace(/\.js$/, ".ts")));
  const [, folder, entry = "index"] = /^@prune\/([^/]+)(?:\/(.+))?$/.exec(module) ?? [];
  return folder === undefined ? undefined : join(root, "packages", folder, "src", `${entry}.ts`);
}

const namesIn = (list: string): { readonly here: string; readonly there: string }[] =>
  list
    .split(",")
    .map((part) => part.trim().replace(/^type\s+/, ""))
    .filter((part) => part !== "")
    .map((part) => {
      const [there = "", here = there] = part.split(/\s+as\s+/);
      return { here, there };
    });

/** Whether a comment stands before the first declaration of a name. */
function documented(text: string, local: string): boolean {
  const at = new RegExp(
    `^(?:export\\s+)?(?:declare\\s+)?(?:async\\s+)?(?:function\\*?|const|let|class|interface|type)\\s+${local}\\b`,
    "m",
  ).exec(text);
  return at !== null && /\*\/\s*$/.test(text.slice(0, at.index));
}
