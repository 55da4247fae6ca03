import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { configFault, type PruneConfig, WorkflowError } from "@prune/workflow";
import type { Command } from "commander";
import { CliError } from "../errors.js";
import { readJson } from "../read-json.js";

export function addConfig(command: Command): Command {
  return command.option(
    "-c, --config <file>",
    "options from prune.config.json, or from a .js, .mjs or .ts file's default export; those given here come first",
  );
}

/** Reads and checks a configuration. */
export async function readConfig(path: string): Promise<PruneConfig> {
  const value = /\.[mc]?[jt]s$/.test(path) ? await load(path) : await readJson(path);
  const why = configFault(value);
  if (why !== undefined) throw new CliError("bad-config", { path, why });
  const { $schema: _, ...config } = value as PruneConfig & { readonly $schema?: string };
  return config;
}

async function load(path: string): Promise<unknown> {
  try {
    const { default: value } = (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown };
    return value;
  } catch (error) {
    throw new WorkflowError("unreadable-file", { path, why: (error as Error).message });
  }
}
