import type { JobProgress, JobStep } from "@prune/workflow";
import type { Making } from "../page.js";

const texts: Readonly<Record<JobStep, string>> = {
  trace: "Tracing",
  activations: "Reading activations",
  original: "Running the original",
  sensitivity: "Measuring sensitivity",
  basis: "Finding the principal directions of streams",
  depth: "Judging the model without its blocks",
  score: "Scoring",
  gates: "Learning gates",
  cut: "Cutting",
  law: "Checking that the cut equals the mask",
  time: "Timing both models",
  table: "Measuring operators",
  recover: "Refitting layers to the original",
  "recover-data-free": "Winning accuracy back without data",
  train: "Training",
  judge: "Judging on held-out samples",
  confirm: "Confirming on other samples",
  lossless: "Looking for what changes no output",
  equal: "Comparing outputs",
  replay: "Replaying the recipe",
  measure: "Measuring",
  evaluate: "Judging",
  write: "Writing",
};

/** An event of a job as a line for people, with how far it is. */
export function wordsOf({ step, done, total, detail }: JobProgress): Making {
  const text = texts[step] ?? step;
  if (done === undefined || total === undefined || total === 0) return { text };
  return { text: `${text}: ${detail ?? `${done} of ${total}`}`, share: done / total };
}
