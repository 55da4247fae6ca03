import type { Cut, SizesByName, Trace } from "@prune/graph";
import { type Model, modelToBytes, type OnnxBackend } from "@prune/onnx";
import { type BudgetOptions, samplePlans } from "@prune/pruner/advanced";
import { type OrtRuntime, RuntimeError } from "@prune/runtime-ort";
import {
  type CutStopwatch,
  checkLatencyTable,
  type LatencyTable,
  latencyPredictor,
  measureTable,
  readLatencyTable,
  stopwatch,
  stretchWithin,
} from "@prune/runtime-ort/advanced";
import type { TimingHow } from "../format.js";
import type { Job } from "../progress.js";
import type { LatencyReport } from "../reports/latency-report.js";
import { compressedSize } from "../store/compressed-size.js";
import { type Store, textFile } from "../store/store.js";
import type { Timing } from "../timing.js";

interface Subject {
  readonly model: Model;
  /** What cuts are timed against. @default the model */
  readonly whole?: Model | undefined;
  readonly backend: OnnxBackend;
  readonly runtime: OrtRuntime;
  readonly sizes: SizesByName;
}

/** Times cuts of a model in its runtime. */
export function timing(subject: Subject, how: TimingHow, store: Store, job: Job): Timing {
  const { model, whole, backend, runtime, sizes } = subject;
  const { threads = 1, latencyTable, verify, memory } = how;
  let opened: Promise<CutStopwatch> | undefined;
  let error: number | undefined;
  const open = (): Promise<CutStopwatch> =>
    (opened ??= stopwatch(model, backend, { threads, original: whole, runtime, sizes }));
  const known = new WeakMap<Cut, LatencyReport>();
  const against: Timing["against"] = async (cut, trace) => {
    const before = known.get(cut);
    if (before) return before;
    // Two models would be open at once.
    if (!opened && (await stretchWithin(whole ?? model, { memory, runtime }))) return undefined;
    try {
      const watch = await open();
      job.report({ step: "time" });
      const pace = await watch.against(cut, trace, { noise: 0.01, seconds: 2 });
      const found: LatencyReport = {
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
        gzip: async (cut, of) => compressedSize(modelToBytes(model, backend.edit(model, of, cut))),
        latency: async (cut, of) => {
          job.report({ step: "time" });
          return (await open()).measure(cut, of);
        },
      };
      // Without a profiler there is no table: whole models are timed, and MACs say where to look.
      const canProfile = latencyTable !== undefined || runtime.host.profiled !== undefined;
      if ("latency" in target && !canProfile) return { measure };
      if (!("latency" in target) && latencyTable === undefined)
        return {
          measure,
          ...(verify && { isSlower: async (cut, of) => (await against(cut, of))?.slower ?? false }),
        };
      const table = await tableOf(model, trace, await open(), { latencyTable, store, job }).catch(
        (failure: unknown) => {
          // onnxruntime-node 1.20 takes a profiler's options and writes nothing.
          if (latencyTable === undefined && RuntimeError.is(failure, "no-profile")) return undefined;
          throw failure;
        },
      );
      if (!table) return { measure };
      const predictor = latencyPredictor(table);
      error = predictor.error;
      return { measure, predictor };
    },
    against,
    async close() {
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}

interface TableHow {
  readonly latencyTable: string | undefined;
  readonly store: Store;
  readonly job: Job;
}

async function tableOf(
  model: Model,
  trace: Trace,
  watch: CutStopwatch,
  { latencyTable, store, job }: TableHow,
): Promise<LatencyTable> {
  if (latencyTable !== undefined && (await store.size(latencyTable)) !== undefined) {
    const table = readLatencyTable(new TextDecoder().decode(await store.read(latencyTable)));
    checkLatencyTable(table, watch.key);
    return table;
  }
  const table = await measureTable(model, trace, cutsOf(trace), watch, {
    onProgress: (done, total) => job.report({ step: "table", done, total }),
    ...(job.signal && { signal: job.signal }),
  });
  if (latencyTable === undefined) return table;
  await store.write({ files: [textFile(latencyTable, JSON.stringify(table))] });
  job.wrote(`the latency table ${latencyTable}`);
  return table;
}

function* cutsOf(trace: Trace): Generator<Cut> {
  for (const { cut } of samplePlans(trace)) yield cut;
}
