import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
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

/** Reads and checks a configuration. */
export async function readConfig(path: string): Promise<PruneConfig> {
  const value = /\.[mc]?[jt]s$/.test(path) ? await load(path) : await readJson(path);
  const why = configFault(value);
  if (why !== undefined) throw new CliError("bad-config", { path, why });
  const { $schema: _, ...config } = value as PruneConfig;
  return config;
}

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
