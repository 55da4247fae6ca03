import type { PruneReport } from "@prune/workflow";
import { change, milliseconds, percent, plusMinus } from "./terminal/numbers.js";

/** The first line: what was given for what. */
export function tradeText(report: PruneReport): string {
  const { before, after, files, latency } = report;
  const gained = [
    `MACs ${change(before.macs, after.macs)}`,
    `file ${change(files.before, files.after)}`,
    ...(latency ? [`${milliseconds(latency.before.median)} -> ${milliseconds(latency.after.median)}`] : []),
  ];
  return `${gained.join(", ")} for ${priceText(report)}`;
}

/** What the smaller model answers otherwise, as far as anything was run to see. */
function priceText({ keep, training, recovery, dataFree, lossless, removed }: PruneReport): string {
  const held = keep?.points.filter(({ holds }) => holds).sort((a, b) => a.left - b.left)[0];
  const of = held?.accuracy ?? held?.agreement;
  if (held && of)
    return held.accuracy && keep?.original.accuracy
      ? `accuracy ${percent(keep.original.accuracy.value)} -> ${plusMinus(held.accuracy)}`
      : `the original's answer on ${plusMinus(of)} of the samples`;
  const { accuracy } = training?.best ?? {};
  if (accuracy !== undefined) return `accuracy ${percent(accuracy)} on held-out samples`;
  if (recovery && !dataFree) {
    const { accuracy: labelled, after, steps } = recovery;
    if (labelled) return `accuracy ${percent(labelled.original.value)} -> ${plusMinus(labelled.after)}`;
    // Outputs that are no scores of classes have an error alone.
    return steps.every((step) => step.error === undefined || step.top1 !== undefined)
      ? `the original's answer on ${percent(after.top1)} of the samples`
      : `an error of ${percent(after.error)} on the samples`;
  }
  if (lossless && removed === 0) return "nothing: no output changes";
  return "accuracy that was not measured";
}
