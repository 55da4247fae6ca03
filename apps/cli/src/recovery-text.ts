import type { LogitReport, MomentsReport } from "@prune/onnx-recovery/advanced";
import type { Agreement, LayerReport } from "@prune/recovery";
import type { Estimate, StepReport } from "@prune/recovery/advanced";
import type { RecoveryJobReport } from "@prune/workflow/advanced";
import { percent, plusMinus } from "./terminal/numbers.js";
import { table } from "./terminal/table.js";

/** Errors by layer, and how closely the original and the small model agree. */
export function recoveryText(told: RecoveryJobReport, lawChecked: boolean): string {
  const { layers, logits = [], moments, result, samples, steps } = told;
  const undone = steps.filter((step) => step.result === "rolled back");
  const changed = [...layers, ...(moments ? [...moments.layers, ...moments.norms] : [])];
  return [
    headText(told, lawChecked),
    ...Object.entries(told.inputs ?? {}).map(
      ([name, { least, most, mean }]) =>
        `samples feed "${name}" numbers from ${short(least)} to ${short(most)}, ${short(mean)} on average`,
    ),
    ...undone.map((step) => `${rolledBack(step)} on ${samples.unseen} held-out samples`),
    ...(layers.length > 0 ? [table(["layer", "error cut", "refitted", ""], layers.map(layerRow))] : []),
    ...(moments ? [momentsText(moments)] : []),
    ...(changed.length === 0 && told.skipped.length === 0 ? ["there is no layer that it could change"] : []),
    ...skippedText(told),
    ...(logits.length > 0 && result === "recovered" ? [logitText(logits)] : []),
    ...answersText(told),
    timeText(told),
  ].join("\n");
}

function headText({ result, samples, seed, steps }: RecoveryJobReport, lawChecked: boolean): string {
  if (result === "recovered")
    return `recovered on ${samples.fitted} samples without labels (seed ${seed}); the law was ${lawChecked ? "checked before that, on the cut alone" : "not checked"}`;
  return steps.some((step) => step.result === "rolled back")
    ? "recovery rolled back, so the cut alone is written"
    : "nothing could be refitted, so the cut alone is written";
}

const short = (value: number): string => String(Number(value.toPrecision(3)));

/** "refit rolled back: top-1 agreement 3.1 % ± 1.0 lower". */
function rolledBack({ step, by, error, top1 }: StepReport): string {
  const of = (name: string, { value, standardError }: Estimate, way: string): string =>
    `${name} ${percent(Math.abs(value))} ± ${(100 * standardError).toFixed(1)} ${way}`;
  const why =
    by === "top1" && top1 ? of("top-1 agreement", top1, "lower") : error && of("error", error, "higher");
  return `${step} rolled back: ${why}`;
}

function layerRow({ layer, clipped, read, result, methods, ...whole }: LayerReport): readonly string[] {
  const error = read ?? clipped ?? whole;
  const done = result === "refitted";
  const names = [...new Set(methods.filter((method) => method))];
  const how = !done ? result : names.length > 1 ? `${names.length} methods, by group` : names.join();
  return [layer, percent(error.before), percent(done ? error.after : error.before), how];
}

/** What re-estimating did to BatchNormalizations and to layers that none follows. */
function momentsText({ norms, layers }: MomentsReport): string {
  const rows = norms.map(({ layer, before, after, result }) => [
    layer,
    percent(before),
    percent(after),
    result === "refitted" ? "running statistics" : result,
  ]);
  return table(["layer", "error before", "re-estimated", ""], [...rows, ...layers.map(layerRow)]);
}

/** As many are named in the terminal. */
const mostSkipped = 8;

function skippedText({ skipped }: RecoveryJobReport): readonly string[] {
  return [
    ...skipped.slice(0, mostSkipped).map(({ layer, reason }) => `not refitted: ${layer}: ${reason}`),
    ...(skipped.length > mostSkipped ? [`and ${skipped.length - mostSkipped} more, all in --report`] : []),
  ];
}

function logitText(logits: readonly LogitReport[]): string {
  const mean = (of: "before" | "after"): string =>
    percent(logits.reduce((sum, head) => sum + head[of] / logits.length, 0));
  return `attention logits of ${logits.length} heads refitted: mean error ${mean("before")} -> ${mean("after")}`;
}

/** Fewer say little about a model. */
const enough = 30;

/** On samples that nothing was fitted to; the largest of a row is reported for what looks like scores of classes. */
function answersText({
  before,
  after,
  outputs = [],
  accuracy,
  result,
  samples,
  steps,
}: RecoveryJobReport): readonly string[] {
  const scores = steps.every((step) => step.error === undefined || step.top1 !== undefined);
  const change = (name: string, of: (agreement: Agreement) => string): string =>
    `${name} ${of(before)} -> ${of(after)}`;
  const told = [
    ...(scores ? [change("top-1", ({ top1 }) => percent(top1))] : []),
    change("cosine", ({ cosine }) => cosine.toFixed(3)),
    ...(scores ? [change("KL", ({ kl }) => kl.toFixed(3))] : []),
    change("error", ({ error }) => percent(error)),
  ];
  return [
    `agreement with the original on ${samples.unseen} held-out samples: ${told.join(", ")}`,
    ...outputs.map(
      ({ name, ...of }) =>
        `  output "${name}": error ${percent(of.before.error)} -> ${percent(of.after.error)}`,
    ),
    ...(accuracy
      ? [
          `accuracy on them: ${plusMinus(accuracy.original)} the original, ${plusMinus(accuracy.before)} cut, ${plusMinus(accuracy.after)} ${result === "recovered" ? "recovered" : "written"}`,
        ]
      : []),
    ...(samples.unseen < enough
      ? [`${samples.unseen} samples judge little: give more, some hundreds, where there are any`]
      : []),
  ];
}

function timeText({ seconds, runtime = "onnxruntime" }: RecoveryJobReport): string {
  const share = (of: "runtime" | "solving" | "other"): string => percent(seconds[of] / (seconds.total || 1));
  return `${seconds.total.toFixed(1)} s: ${share("runtime")} in ${runtime}, ${share("solving")} solving, ${share("other")} copies and the rest`;
}
