import { checkWord } from "@prune/graph/advanced";
import { readModel } from "@prune/onnx";
import type { InferenceSession } from "onnxruntime-common";
import { RuntimeError, reasonOf } from "./error.js";
import { rememberGraph } from "./inputs.js";
import { newerRuntime } from "./newer-runtime.js";
import { type OrtRuntime, remember, runtimeOf } from "./runtime.js";

/** A model opened in onnxruntime; release it when it is no longer needed. */
export type Session = InferenceSession;

/** How far the runtime may rewrite the graph: `basic` folds constants and takes out what does nothing. */
export type Optimisation = (typeof optimisations)[number];

const optimisations = ["disabled", "basic", "all"] as const;

/** How a model is opened: threads, optimisations, and the runtime. */
export interface SessionOptions {
  /** Threads inside one operator; waiting threads spin, so more than one pays only on an idle machine. @default 1 */
  readonly threads?: number;
  /** Let the runtime rewrite the graph; turn it off to compare two graphs operator by operator. @default true */
  readonly optimise?: boolean | Optimisation;
  /** Write how long every operator takes to a file with this prefix, once the session's `endProfiling` is called. */
  readonly profile?: string | undefined;
  /** @default onnxruntime-node */
  readonly runtime?: OrtRuntime | undefined;
}

/** Opens a model from a path or from bytes; a model with external data needs its path. */
export async function createSession(
  source: string | Uint8Array,
  { threads = 1, optimise = true, profile, runtime }: SessionOptions = {},
): Promise<Session> {
  checkWord("createSession", "optimise", optimise, optimisations);
  const used = await runtimeOf({ runtime });
  const ort = await used.load();
  const level = typeof optimise === "string" ? optimise : optimise ? "all" : "disabled";
  const open = (graphOptimizationLevel: Optimisation): Promise<Session> => {
    const options: InferenceSession.SessionOptions = {
      ...(used.executionProviders && { executionProviders: used.executionProviders }),
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel,
      // Fatal only: an error is thrown, so its log line on stderr would say it twice.
      logSeverityLevel: 4,
      ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
    };
    return typeof source === "string"
      ? ort.InferenceSession.create(source, options)
      : ort.InferenceSession.create(source, options);
  };
  try {
    const session = await open(level).catch(async (error: unknown) => {
      // Fusions of onnxruntime 1.22 make operators for types that it has no kernel of, such as FusedMatMul of float64.
      if (level !== "all" || !/Failed to find kernel/i.test(reasonOf(error))) throw error;
      return open("basic").catch(() => {
        throw error;
      });
    });
    remember(session, ort);
    rememberGraph(session, () => {
      const { openModel = noFiles } = used.host;
      return (typeof source === "string" ? openModel(source) : readModel(source)).graph;
    });
    return session;
  } catch (error) {
    const model = typeof source === "string" ? `"${source}"` : `of ${source.length} bytes`;
    throw new RuntimeError("model-refused", { model, reason: refusal(error, source) }, { cause: error });
  }
}

function noFiles(): never {
  throw new RuntimeError("inputs-unknown", {});
}

function refusal(error: unknown, source: string | Uint8Array): string {
  const reason = reasonOf(error);
  const newer = newerRuntime(reason);
  if (newer !== undefined) return `${reason}. ${newer}`;
  if (typeof source === "string" || !/external|model_path/i.test(reason)) return `${reason}.`;
  return `${reason}. Its weights lie in other files: pass the model's path instead of its bytes.`;
}
