import { existsSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Cut, Trace } from "@prune/graph";
import { type Model, modelToBytes, type OnnxBackend } from "@prune/onnx";
import { type BudgetOptions, samplePlans, type Target } from "@prune/pruner";
import {
  checkLatencyTable,
  type Latency,
  type LatencyTable,
  latencyPredictor,
  measureTable,
  RuntimeError,
  readLatencyTable,
  type Stopwatch,
  stopwatch,
} from "@prune/runtime-ort";
import { writeText } from "./files/stage.js";

/** The smaller model timed against the original, one run of each in turn, in milliseconds of computing. */
export interface FileLatency {
  readonly before: Latency;
  readonly after: Latency;
  /** Median of the pairs: time of the smaller model / time of the original. */
  readonly ratio: number;
  /** Half the width of the ratio's 95 % interval, as a share of it. */
  readonly noise: number;
  /** By more than the noise. */
  readonly slower: boolean;
  readonly threads: number;
  /** Shapes of the inputs that both were timed on. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Where there was a table: its relative error on cut models of its own, told by the others. */
  readonly table?: { readonly error: number };
}

export interface TimingOptions {
  readonly threads?: number | undefined;
  /** A latency table: read where there is one, else measured and written. */
  readonly latencyTable?: string | undefined;
  /** Whether the smaller model is run before it is written. */
  readonly verify: boolean;
  readonly onProgress: (doing: string) => void;
}

/** What times one model's cuts while a command runs. */
export interface Timing {
  /** What a budget is measured with; a table only where it is on latency, or where there is one. */
  budget(
    target: Target | undefined,
    trace: Trace,
  ): Promise<Pick<BudgetOptions, "measure" | "predictor" | "isSlower">>;
  /** Undefined where the runtime is missing or doesn't run the model as it is. */
  against(cut: Cut, trace: Trace): Promise<FileLatency | undefined>;
  close(): Promise<void>;
  /** Whether a latency table was measured and written. */
  readonly wroteTable: boolean;
}

export function timing(model: Model, backend: OnnxBackend, options: TimingOptions): Timing {
  const { threads = 1, latencyTable, verify, onProgress } = options;
  let opened: Promise<Stopwatch> | undefined;
  let error: number | undefined;
  let wroteTable = false;
  const open = (): Promise<Stopwatch> => (opened ??= stopwatch(model, backend, { threads }));
  const known = new WeakMap<Cut, FileLatency>();
  const against: Timing["against"] = async (cut, trace) => {
    const before = known.get(cut);
    if (before) return before;
    try {
      const watch = await open();
      onProgress("timing");
      const pace = await watch.against(cut, trace, { noise: 0.01, seconds: 2 });
      const found: FileLatency = {
        ...pace,
        slower: pace.ratio * (1 - pace.noise) > 1,
        threads,
        inputs: watch.key.inputs,
        ...(error !== undefined && { table: { error } }),
      };
      known.set(cut, found);
      return found;
    } catch (failure) {
      if (failure instanceof RuntimeError) return undefined;
      throw failure;
    }
  };
  return {
    async budget(target, trace) {
      if (!target) return {};
      const measure: BudgetOptions["measure"] = {
        gzip: async (cut, of) =>
          (await promisify(gzip)(modelToBytes(model, backend.edit(model, of, cut)))).length,
        latency: async (cut, of) => {
          onProgress("timing");
          return (await open()).measure(cut, of);
        },
      };
      if (!("latency" in target) && latencyTable === undefined)
        return {
          measure,
          ...(verify && { isSlower: async (cut, of) => (await against(cut, of))?.slower ?? false }),
        };
      const { table, isNew } = await tableOf(model, trace, await open(), options);
      wroteTable = isNew && latencyTable !== undefined;
      const predictor = latencyPredictor(table);
      error = predictor.error;
      return { measure, predictor };
    },
    against,
    get wroteTable() {
      return wroteTable;
    },
    async close() {
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}

async function tableOf(
  model: Model,
  trace: Trace,
  watch: Stopwatch,
  { latencyTable, onProgress }: TimingOptions,
): Promise<{ readonly table: LatencyTable; readonly isNew: boolean }> {
  if (latencyTable !== undefined && existsSync(latencyTable)) {
    const table = readLatencyTable(readFileSync(latencyTable, "utf8"));
    checkLatencyTable(table, watch.key);
    return { table, isNew: false };
  }
  const table = await measureTable(model, trace, cutsOf(trace), watch, {
    onProgress: (done, of) => onProgress(`measuring operators, ${done} of ${of} models`),
  });
  if (latencyTable !== undefined) await writeText(latencyTable, JSON.stringify(table));
  return { table, isNew: true };
}

function* cutsOf(trace: Trace): Generator<Cut> {
  for (const { cut } of samplePlans(trace)) yield cut;
}
