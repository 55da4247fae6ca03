import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Importance } from "@prune/graph";
import { reasonOf, SweepError } from "../errors.js";
import { versionOfPackage } from "./code.js";

/** What a criterion out of a module is called in options. */
const prefix = "module:";

/** The module that a criterion is from; undefined where it is one of prune's own. */
export const moduleOf = (importance: string | undefined): string | undefined =>
  importance?.startsWith(prefix) ? importance.slice(prefix.length) : undefined;

/** A package's name: no path, no URL. */
const bare = /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/;

/** Where the module lies that this machine has installed, if it may be loaded at all. */
function located(module: string, allowed: readonly string[]): string {
  const refuse = (why: string): SweepError => new SweepError("no-plugin", { module, why });
  if (!bare.test(module)) throw refuse("a criterion is named by the name of a package");
  if (!allowed.includes(module))
    throw refuse(`this machine does not allow it. Start with \`--plugin ${module}\` if you trust it`);
  try {
    return createRequire(join(process.cwd(), "package.json")).resolve(module);
  } catch (error) {
    throw refuse(`it is not installed here (${reasonOf(error).split("\n")[0]})`);
  }
}

/** What results depend on of a module: all code of its package. */
export const versionOfPlugin = (module: string, allowed: readonly string[]): string =>
  versionOfPackage(module, located(module, allowed));

/** The criterion of a module: what its export `criterion`, or its only one, makes. */
export async function loadPlugin(module: string, allowed: readonly string[]): Promise<Importance> {
  const path = located(module, allowed);
  const loaded = (await import(pathToFileURL(path).href)) as { criterion?: unknown; default?: unknown };
  const make = loaded.criterion ?? loaded.default;
  const made = typeof make === "function" ? (make() as Partial<Importance>) : undefined;
  if (typeof made?.name !== "string" || !Array.isArray(made.needs) || typeof made.score !== "function")
    throw new SweepError("no-plugin", {
      module,
      why: "it exports no `criterion` that makes a { name, needs, score }",
    });
  return made as Importance;
}
