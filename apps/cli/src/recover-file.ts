import type { Cut } from "@prune/graph";
import { type GraphEdit, type Model, modelToBytes, readModel } from "@prune/onnx";
import type { StepReport } from "@prune/recovery";
import {
  compare,
  type Estimate,
  type Outputs,
  type Pruned,
  type RecoverModelOptions,
  type RecoveryReport,
  recoverModel,
  run,
  sessionOf,
  type ValuesByName,
} from "@prune/runtime-ort";
import { CliError } from "./errors.js";
import type { Drawn } from "./samples.js";
import { percent, plusMinus } from "./terminal/numbers.js";
import { table } from "./terminal/table.js";

/** What recovery did; the law was checked before it, on the cut model. */
export interface Recovery extends RecoveryReport {
  readonly seed: number;
}

interface Cutting {
  readonly model: Model;
  readonly edit: GraphEdit;
  readonly cut: Cut;
}

export interface RecoverOptions extends Pick<RecoverModelOptions, "methods" | "logits"> {
  readonly seed: number;
  readonly onProgress: (doing: string) => void;
}

/** Some batches are kept to judge by. */
export function checkRecoverable({ batches, count, path }: Drawn): void {
  if (batches.length < 3)
    throw new CliError("bad-samples", {
      path,
      why: `3 batches of ${Math.ceil(count / batches.length)} are needed to win accuracy back, there are ${count} samples`,
    });
}

/** A recovered model, and what was done to it. */
export interface Recovered {
  readonly model: Model;
  readonly recovery: Recovery;
}

/** Refits the cut model to the original. */
export function recoverCut(
  { model: original, edit, cut }: Cutting,
  { batches, labels }: Pick<Drawn, "batches" | "labels">,
  options: RecoverOptions,
): Promise<Recovered> {
  options.onProgress("recovering");
  const smaller = readModel(
    modelToBytes(original, edit),
    original.external && { external: original.external },
  );
  return recoverChecked({ original, smaller, cut }, batches, {
    ...options,
    labels: classLabels(original, labels),
  });
}

/** Labels, where the model's first output looks like a row of scores for each sample. */
export const classLabels = <L>({ graph }: Model, labels: L | undefined): L | undefined =>
  graph.outputs[0]?.shape?.length === 2 ? labels : undefined;

/** Refits a smaller model to the original, and checks that the result loads and answers in the same form. */
export async function recoverChecked(
  pruned: Pruned,
  samples: readonly ValuesByName[],
  { onProgress, ...options }: RecoverOptions & { readonly labels?: Int32Array | undefined },
): Promise<Recovered> {
  const { original } = pruned;
  const { model: recovered, report } = await recoverModel(pruned, samples, {
    ...options,
    onProgress: (done, total) => onProgress(`recovering: ${done} of ${total} layers`),
  });
  const [feeds = {}] = samples;
  const { outputs } = compare(await outputsOf(recovered, feeds), await outputsOf(original, feeds));
  if (!outputs.every(({ sameShape, sameType }) => sameShape && sameType))
    throw new CliError("other-form", {});
  return {
    model: { ...recovered, ...(original.file !== undefined && { file: original.file }) },
    recovery: { seed: options.seed, ...report },
  };
}

async function outputsOf(model: Model, feeds: ValuesByName): Promise<Outputs> {
  const session = await sessionOf(model);
  try {
    return await run(session, feeds);
  } finally {
    await session.release();
  }
}

/** Errors by layer, and how alike the original and the small model answer. */
export function recoveryText(
  {
    layers,
    skipped,
    logits,
    before,
    after,
    outputs,
    accuracy,
    steps,
    result,
    samples,
    seed,
    seconds,
  }: Recovery,
  lawChecked: boolean,
): string {
  const rows = layers.map(({ layer, clipped, result: done, methods, ...whole }) => {
    const error = clipped ?? whole;
    const how = done === "refitted" ? [...new Set(methods.filter((method) => method))].join(" and ") : done;
    return [layer, percent(error.before), percent(done === "refitted" ? error.after : error.before), how];
  });
  const undone = steps.filter((step) => step.result === "rolled back");
  const head =
    result === "recovered"
      ? `recovered on ${samples.fitted} samples without labels (seed ${seed}); the law was ${lawChecked ? "checked before that, on the cut alone" : "not checked"}`
      : undone.length > 0
        ? "recovery rolled back, so the cut alone is written"
        : "nothing could be refitted, so the cut alone is written";
  return [
    head,
    ...undone.map((step) => `${rolledBack(step)} on ${samples.unseen} held-out samples`),
    table(["layer", "error cut", "refitted", ""], rows),
    ...skipped.slice(0, mostSkipped).map(({ layer, reason }) => `not refitted: ${layer}: ${reason}`),
    ...(skipped.length > mostSkipped ? [`and ${skipped.length - mostSkipped} more, all in --report`] : []),
    ...(logits.length > 0 && result === "recovered" ? [logitText(logits)] : []),
    `agreement with the original on ${samples.unseen} held-out samples: top-1 ${percent(before.top1)} -> ${percent(after.top1)}, ` +
      `cosine ${before.cosine.toFixed(3)} -> ${after.cosine.toFixed(3)}, KL ${before.kl.toFixed(3)} -> ${after.kl.toFixed(3)}`,
    ...(outputs ?? []).map(
      ({ name, ...of }) =>
        `  output "${name}": error ${percent(of.before.error)} -> ${percent(of.after.error)}, top-1 ${percent(of.before.top1)} -> ${percent(of.after.top1)}`,
    ),
    ...(accuracy
      ? [
          `accuracy on them: ${plusMinus(accuracy.original)} the original, ${plusMinus(accuracy.before)} cut, ${plusMinus(accuracy.after)} ${result === "recovered" ? "recovered" : "written"}`,
        ]
      : []),
    `${seconds.total.toFixed(1)} s: ${share(seconds, "runtime")} in onnxruntime, ${share(seconds, "solving")} solving, ${share(seconds, "other")} copies and the rest`,
  ].join("\n");
}

/** "refit rolled back: top-1 agreement 3.1 % ± 1.0 lower". */
function rolledBack({ step, by, error, top1 }: StepReport): string {
  const of = (name: string, { value, standardError }: Estimate, way: string): string =>
    `${name} ${percent(Math.abs(value))} ± ${(100 * standardError).toFixed(1)} ${way}`;
  const why =
    by === "top1" && top1 ? of("top-1 agreement", top1, "lower") : error && of("error", error, "higher");
  return `${step} rolled back: ${why}`;
}

/** As many are named in the terminal. */
const mostSkipped = 8;

const share = (seconds: Recovery["seconds"], of: "runtime" | "solving" | "other"): string =>
  percent(seconds[of] / (seconds.total || 1));

function logitText(logits: Recovery["logits"]): string {
  const mean = (of: "before" | "after"): string =>
    percent(logits.reduce((sum, head) => sum + head[of] / logits.length, 0));
  return `attention logits of ${logits.length} heads refitted: mean error ${mean("before")} -> ${mean("after")}`;
}
