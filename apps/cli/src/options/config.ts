import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Importance } from "@prune/graph";
import type { OnnxBackend, Rules } from "@prune/onnx";
import type { Method } from "@prune/recovery";
import { type PruneConfig, WorkflowError } from "@prune/workflow";
import { configFault } from "@prune/workflow/advanced";
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

/** What only a module can hold: a criterion in place of its name, rules for operators or a whole backend, ways to refit layers. */
export interface PlugIns {
  readonly importance?: Importance;
  readonly rules?: Rules;
  readonly backend?: OnnxBackend;
  readonly methods?: readonly Method[];
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
  const plain: Record<string, unknown> = {};
  const plugIns: Record<string, unknown> = {};
  let fault: string | undefined;
  for (const [name, given] of Object.entries(value)) {
    const kind = kinds[name as keyof PlugIns];
    if (!kind || given === undefined || (name === "importance" && typeof given === "string"))
      plain[name] = given;
    else {
      plugIns[name] = given;
      if (!kind.is(given)) fault ??= `${name} must be ${kind.text}`;
    }
  }
  if (plugIns.rules && plugIns.backend) fault ??= "rules can't stand beside backend, which has its own";
  return { plain, plugIns: plugIns as PlugIns, fault };
}

interface Kind {
  readonly text: string;
  is(value: unknown): boolean;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
const has = (value: unknown, ...functions: readonly string[]): boolean =>
  isObject(value) &&
  typeof value.name === "string" &&
  functions.every((name) => typeof value[name] === "function");

/** What each plug-in is known by. */
const kinds: Readonly<Record<keyof PlugIns, Kind>> = {
  importance: {
    text: "the name of a criterion, or one: { name, needs, score }",
    is: (value) => has(value, "score") && Array.isArray((value as Importance).needs),
  },
  rules: {
    text: 'functions by operator, such as { ...rules, "my.domain:Op": rule }',
    is: (value) => isObject(value) && Object.values(value).every((rule) => typeof rule === "function"),
  },
  backend: {
    text: "a backend of ONNX models, such as onnx({ operators }) or extendBackend(onnx(), change) of @prune/onnx",
    is: (value) => has(value, "trace", "probe", "cut", "edit", "mask", "withSizes", "withNorms"),
  },
  methods: {
    text: "a list of ways to refit layers, each { name, fit }",
    is: (value) => Array.isArray(value) && value.length > 0 && value.every((method) => has(method, "fit")),
  },
};

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
