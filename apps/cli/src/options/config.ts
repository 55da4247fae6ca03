import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Importance } from "@prune/graph";
import type { Rules } from "@prune/onnx";
import { configFault, type PruneConfig, WorkflowError } from "@prune/workflow";
import { CliError } from "../errors.js";
import { packageFolder } from "../package-folder.js";
import { readJson } from "../read-json.js";

const usual = ["ts", "mts", "js", "mjs", "json"].map((ending) => `prune.config.${ending}`);

/** The configuration that lies in the working directory, if one does. */
export function foundConfig(): string | undefined {
  const found = usual.filter((name) => existsSync(name));
  if (found.length > 1) throw new CliError("several-configs", { files: found });
  return found[0];
}

/** What only a module can hold: a criterion in place of its name, and rules for operators. */
export interface PlugIns {
  readonly importance?: Importance;
  readonly rules?: Rules;
}

export interface FileConfig {
  readonly config: PruneConfig;
  readonly plugIns: PlugIns;
}

/** Reads and checks a configuration. */
export async function readConfig(path: string): Promise<FileConfig> {
  const isModule = /\.[mc]?[jt]s$/.test(path);
  const value = isModule ? await load(path) : await readJson(path);
  const { plain, plugIns, fault } = isModule ? split(value) : { plain: value, plugIns: {}, fault: undefined };
  const why = fault ?? configFault(plain);
  if (why !== undefined) throw new CliError("bad-config", { path, why });
  const { $schema: _, ...config } = plain as PruneConfig;
  return { config, plugIns };
}

interface Split {
  readonly plain: unknown;
  readonly plugIns: PlugIns;
  readonly fault: string | undefined;
}

function split(value: unknown): Split {
  if (typeof value !== "object" || value === null) return { plain: value, plugIns: {}, fault: undefined };
  const { importance, rules, ...plain } = value as Record<string, unknown>;
  const isNamed = importance === undefined || typeof importance === "string";
  const fault =
    !isNamed && !isCriterion(importance)
      ? "importance must be the name of a criterion, or one: { name, needs, score }"
      : rules !== undefined && !isTable(rules)
        ? 'rules must be functions by operator, such as { ...rules, "my.domain:Op": rule }'
        : undefined;
  return {
    plain: { ...plain, ...(isNamed && importance !== undefined && { importance }) },
    plugIns: {
      ...(!isNamed && { importance: importance as Importance }),
      ...(rules !== undefined && { rules: rules as Rules }),
    },
    fault,
  };
}

const isCriterion = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Importance).name === "string" &&
  Array.isArray((value as Importance).needs) &&
  typeof (value as Importance).score === "function";

const isTable = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  Object.values(value).every((rule) => typeof rule === "function");

/** The default export. What is TypeScript is read by jiti, which only it loads: Node 20 can't by itself. */
async function load(path: string): Promise<unknown> {
  try {
    if (!/ts$/.test(path))
      return ((await import(pathToFileURL(resolve(path)).href)) as { default?: unknown }).default;
    const { createJiti } = await import("jiti");
    // A configuration may import `defineConfig` where this package is not installed beside it.
    const alias = { "@prune/cli/config": fileURLToPath(new URL("config.js", packageFolder)) };
    return await createJiti(import.meta.url, { alias, fsCache: false, moduleCache: false }).import(
      resolve(path),
      {
        default: true,
      },
    );
  } catch (error) {
    throw new WorkflowError("unreadable-file", { path, why: (error as Error).message });
  }
}

/** Whether a file that --config names is about samples, which it may be where the command needs no configuration. */
export async function isAboutSamples(path: string): Promise<boolean> {
  if (!path.endsWith(".json")) return false;
  const value = await readJson(path);
  return typeof value === "object" && value !== null && "shape" in value;
}
