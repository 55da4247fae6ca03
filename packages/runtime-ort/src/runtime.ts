import type { GraphEdit, Model } from "@prune/onnx";
import type * as common from "onnxruntime-common";
import { RuntimeError, reasonOf } from "./error.js";
import type { Profiled } from "./latency/profile.js";

/** The module of a runtime: onnxruntime-node, onnxruntime-web, or anything with the same API. */
export type Ort = Pick<typeof common, "InferenceSession" | "Tensor" | "env">;

/** What only some machines can do for a runtime; a browser does without. */
export interface OrtHost {
  /** Opens the model at a path. */
  readonly openModel?: (path: string) => Model;
  /** Lends an edited model to `use` as files, where bytes would be too many to hold beside what the runtime makes of them. */
  readonly withFiles?: <T>(model: Model, edit: GraphEdit, use: (path: string) => Promise<T>) => Promise<T>;
  /** Opens a model with the runtime's profiler in it. */
  readonly profiled?: (runtime: OrtRuntime, model: string | Uint8Array, threads: number) => Promise<Profiled>;
  /** Bytes of memory that nothing uses. */
  readonly freeMemory?: () => number;
  /** The processors, in words. @default "unknown" */
  readonly machine?: () => string;
}

/** ONNX Runtime in one of its forms: what sessions are opened by. */
export interface OrtRuntime {
  /** What reports call it. @default "onnxruntime" */
  readonly name?: string;
  /** The module; it is loaded at the first use. Throws `runtime-missing` if it can't be. */
  load(): Promise<Ort>;
  /** @default the runtime's own choice */
  readonly executionProviders?: readonly string[];
  readonly host: OrtHost;
}

/** Where a runtime computes. */
export interface OrtRuntimeOptions {
  /** What reports call it, such as "onnxruntime-web". */
  readonly name?: string;
  /** What operators run on, such as `["wasm"]` or `["webgpu", "wasm"]`. @default the runtime's own choice */
  readonly executionProviders?: readonly string[];
  /** @default a machine without files, as a browser is */
  readonly host?: OrtHost;
}

/**
 * A runtime out of its module, or out of what loads it: `ortRuntime(await import("onnxruntime-web"))`. In Node,
 * `nodeRuntime()` of `@prune/runtime-ort/node` brings files and the profiler along.
 */
export function ortRuntime(
  ort: Ort | (() => Promise<Ort>),
  { name, executionProviders, host = {} }: OrtRuntimeOptions = {},
): OrtRuntime {
  let loaded: Promise<Ort> | undefined;
  const load = typeof ort === "function" ? ort : async () => ort;
  return {
    load() {
      loaded ??= start(load).catch((error: unknown) => {
        loaded = undefined;
        throw error;
      });
      return loaded;
    },
    ...(name !== undefined && { name }),
    ...(executionProviders && { executionProviders }),
    host,
  };
}

async function start(load: () => Promise<Ort>): Promise<Ort> {
  try {
    const ort = await load();
    ort.env.logLevel = "error";
    return ort;
  } catch (error) {
    throw new RuntimeError("runtime-missing", { reason: firstLine(error) }, { cause: error });
  }
}

const firstLine = (error: unknown): string => reasonOf(error).split("\n")[0] ?? "";

let usual: Promise<OrtRuntime> | undefined;

/** By a name that bundlers for browsers don't follow: a page gives its own runtime. */
const nodeEntry = "@prune/runtime-ort/node";

/** The runtime that is asked for, or else the one that is installed: onnxruntime-node before onnxruntime-web. */
export async function runtimeOf({
  runtime,
}: {
  readonly runtime?: OrtRuntime | undefined;
}): Promise<OrtRuntime> {
  if (runtime) return runtime;
  usual ??= import(/* @vite-ignore */ /* webpackIgnore: true */ nodeEntry)
    .then(({ availableRuntime }: { availableRuntime: () => Promise<OrtRuntime> }) => availableRuntime())
    .catch((error: unknown) => {
      usual = undefined;
      throw new RuntimeError("runtime-missing", { reason: firstLine(error) }, { cause: error });
    });
  return usual;
}

/** Which module a session is of: its feeds are tensors of the same. */
const modules = new WeakMap<object, Ort>();

export const remember = (session: object, ort: Ort): void => void modules.set(session, ort);

/** The module that a session is of; onnxruntime-node for one that was opened elsewhere. */
export const moduleOf = async (session: object): Promise<Ort> =>
  modules.get(session) ?? (await runtimeOf({})).load();
