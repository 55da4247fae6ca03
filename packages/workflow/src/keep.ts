import { type KeepOptions, type KeptModel, keep, type PruneOptions } from "@prune/pruner";
import type { ValuesByName } from "@prune/runtime-ort";
import { badOption, WorkflowError } from "./errors.js";
import type { Judge, Opened, Recovered } from "./format.js";
import type { AskedPrune } from "./options/asked.js";
import { forBudget, type Job } from "./progress.js";
import type { KeepReport } from "./reports/keep-report.js";
import type { Drawn } from "./samples/draw-samples.js";

export interface KeptCut<Model> extends KeptModel<Model, Recovered<Model>> {
  readonly keep: KeepReport;
}

/** Samples that candidates are recovered on at most, of half of all; the others judge, and confirm. */
const recoveredOn = 1024;

/** What `keep` needs of a format: `judge` and `recover`. */
type Judging<Model> = Pick<Opened<Model>, "model" | "judge" | "recover" | "classLabels">;

/** Searches for the smallest model that holds what is asked, on samples that no candidate is recovered on; others confirm it. */
export async function keepCut<Model>(
  opened: Judging<Model>,
  options: Omit<PruneOptions<Model>, "ratio" | "target">,
  { keep: what, recover, methods, seed }: Pick<AskedPrune, "keep" | "recover" | "methods" | "seed">,
  samples: Drawn,
  job: Job,
): Promise<KeptCut<Model>> {
  const { model } = opened;
  const { keep: hold, by } = what as NonNullable<AskedPrune["keep"]>;
  const { fit, judge, confirm } = parts(samples);
  if (!opened.judge) throw badOption("keep", "it needs an ONNX model");
  if (hold.accuracy !== undefined && !judge.labels)
    throw badOption("keep: accuracy", "it needs labels; add {labels: FILE}");
  const labelsOf = (labels: Int32Array | undefined): Int32Array | undefined =>
    opened.classLabels ? opened.classLabels(labels) : labels;
  const judging = async ({ batches, labels }: Part): Promise<KeepOptions<Model>["judge"]> => {
    const own = hold.accuracy === undefined ? labelsOf(labels) : labels;
    const beside = await opened.judge?.({ batches, labels: own }, job);
    return (small, cut) => (beside as Judge<Model>).of(small, cut);
  };
  let tried = 0;
  const each = forBudget(job, () => tried + 1);
  each.report({ step: "original" });
  const found = await keep<Model, Recovered<Model>>(model, {
    ...options,
    keep: hold,
    resource: by,
    judge: await judging(judge),
    confirm: async (small, cut) => {
      job.report({ step: "confirm" });
      return (await judging(confirm))(small, cut);
    },
    ...(recover && {
      recover: async (smaller) => {
        const how = { methods, seed, labels: labelsOf(fit.labels) };
        return (await opened.recover?.(smaller, { ...samples, ...fit }, how, each)) as Recovered<Model>;
      },
    }),
    onPoint: () => {
      tried++;
      each.report({ step: "cut" });
    },
    ...(job.signal && { signal: job.signal }),
  });
  return {
    ...found,
    keep: {
      ...found.curve,
      samples: { recovery: recover ? fit.count : 0, judging: judge.count, confirming: confirm.count },
    },
  };
}

type Part = Pick<Drawn, "batches" | "labels" | "count">;

/** Whole batches: those to recover on, half at most, those that the search judges by, and as many that confirm. */
function parts({ batches, labels, count, path }: Drawn): Record<"fit" | "judge" | "confirm", Part> {
  const size = Math.ceil(count / batches.length);
  const first = Math.min(Math.floor(batches.length / 2), Math.ceil(recoveredOn / size));
  if (first < 3)
    throw new WorkflowError("bad-samples", {
      path,
      why: `{keep} needs 6 batches of ${size}, three to recover on and the others to judge by, and the data has ${count} in all`,
    });
  const second = Math.ceil((batches.length + first) / 2);
  const part = (from: number, to: number): Part => {
    const [start, end] = [countOf(batches.slice(0, from)), countOf(batches.slice(0, to))];
    return { batches: batches.slice(from, to), labels: labels?.slice(start, end), count: end - start };
  };
  return { fit: part(0, first), judge: part(first, second), confirm: part(second, batches.length) };
}

/** Samples in batches: along the first dim of the first input. */
const countOf = (batches: readonly ValuesByName[]): number =>
  batches.reduce((sum, feeds) => sum + (Object.values(feeds)[0]?.dims[0] ?? 1), 0);
