import type { Cut, SizesByName, Trace } from "@prune/graph";
import type { BudgetOptions } from "@prune/pruner/advanced";
import type { Pace, PairOptions } from "@prune/runtime-ort/advanced";
import { isGraphModel, type TfjsBackend, type TfjsModel } from "@prune/tfjs";
import { bytesOf, filesOfModel } from "../made.js";
import type { Job } from "../progress.js";
import type { LatencyReport } from "../reports/latency-report.js";
import { compressedSize } from "../store/compressed-size.js";
import type { NewModel } from "../store/store.js";
import type { Timing } from "../timing.js";
import { onSameFeeds } from "./bench.js";
import { withSizes } from "./feeds.js";
import { type Runner, runnerOf } from "./run.js";
import type { TfjsRuntime } from "./tfjs-runtime.js";

interface Subject {
  readonly model: TfjsModel;
  readonly trace: Trace;
  readonly backend: Pick<TfjsBackend, "cut">;
  readonly runtime: TfjsRuntime;
  /** Sizes of what the model leaves open, by name. */
  readonly sizes: SizesByName;
  /** The files that a model is written as. */
  readonly filesOf: (model: TfjsModel) => Promise<NewModel>;
}

/** A cut beside the original, and what both ran on. */
interface Paced extends Pace {
  readonly inputs: LatencyReport["inputs"];
}

/**
 * Measures cuts of a TensorFlow.js model. Whole models are timed, one run of each in turn: the runtime has no profile of
 * operators that a table could be made of, and MACs say where to look.
 */
export function timing({ model, trace, backend, runtime, sizes, filesOf }: Subject, job: Job): Timing {
  let opened: Promise<Runner> | undefined;
  const pace = async (cut: Cut, of: Trace, options: PairOptions): Promise<Paced> => {
    job.report({ step: "time" });
    const { measurePairInTurn } = await import("@prune/runtime-ort/advanced");
    opened ??= Promise.resolve(runnerOf(model, runtime, trace));
    const original = await opened;
    const made = cut.isEmpty ? model : backend.cut(model, of, cut);
    const other = await runnerOf(made, runtime, trace);
    try {
      const { timed, inputs } = await onSameFeeds(
        { runtime, original, other, inputs: withSizes(original.inputs, trace, sizes) },
        // One thread computes.
        (runs) => measurePairInTurn(runs, { clock: "cpu", ...options }),
      );
      return { ...timed, inputs };
    } finally {
      other.dispose();
      if (made !== model && !isGraphModel(made)) made.dispose();
    }
  };
  let usual: number | undefined;
  const known = new WeakMap<Cut, LatencyReport>();
  return {
    async budget(target) {
      if (!target) return {};
      const measure: BudgetOptions["measure"] = {
        async gzip(cut, of) {
          let size = 0;
          for (const file of filesOfModel(await filesOf(backend.cut(model, of, cut))))
            size += await compressedSize(bytesOf(file));
          return size;
        },
        async latency(cut, of) {
          const { before, ratio, noise } = await pace(cut, of, { noise: 0.005, seconds: 2 });
          usual ??= before.median;
          // Of the original there is nothing to compare with.
          return cut.isEmpty ? { value: usual, noise: 0 } : { value: usual * ratio, noise };
        },
      };
      return { measure };
    },
    async against(cut, of) {
      const before = known.get(cut);
      if (before) return before;
      try {
        const found = await pace(cut, of, { noise: 0.01, seconds: 1 });
        const report = { ...found, slower: found.ratio * (1 - found.noise) > 1, threads: 1 };
        known.set(cut, report);
        return report;
      } catch {
        // Models are checked elsewhere; what doesn't run here has no time.
        return undefined;
      }
    },
    async close() {
      (await opened?.catch(() => undefined))?.dispose();
    },
  };
}
