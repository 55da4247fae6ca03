import type { JobProgress, JobStep } from "@prune/workflow";
import { layersDone } from "./layers-done.js";
import { count } from "./numbers.js";

const steps: Readonly<Record<JobStep, string>> = {
  trace: "tracing",
  activations: "gathering activations",
  original: "running the original",
  sensitivity: "measuring sensitivity",
  basis: "finding the principal directions of streams",
  depth: "judging the model without its blocks",
  score: "scoring",
  gates: "learning gates",
  cut: "cutting",
  law: "checking that the cut equals the mask",
  time: "timing",
  table: "measuring operators",
  recover: "recovering",
  "recover-data-free": "recovering without data",
  train: "training",
  judge: "judging",
  confirm: "confirming",
  lossless: "looking for units that change no output",
  equal: "checking that the outputs are equal",
  replay: "replaying the recipe",
  measure: "timing",
  evaluate: "evaluating",
  write: "writing",
};

/** Steps whose progress is a share, with what was seen last. */
const inShares: ReadonlySet<JobStep> = new Set(["train", "gates"]);

/** Events of a job in words, and about how long the layers take that are left to recover. */
export function progressText(): (progress: JobProgress) => string {
  let recovering = layersDone();
  return ({ step, done, total, detail, budget }) => {
    if (step !== "recover" || done === undefined || done <= 1) recovering = layersDone();
    const text =
      done === undefined || total === undefined
        ? (detail ?? steps[step])
        : `${counted(step, done, total)}${inShares.has(step) && detail !== undefined ? `: ${detail}` : ""}`;
    return budget === undefined ? text : `budget ${budget}: ${text}`;
  };

  function counted(step: JobStep, done: number, total: number): string {
    if (inShares.has(step)) return `${steps[step]}, ${Math.round((100 * done) / total)} %`;
    if (step === "recover") return recovering(done, total);
    if (step === "evaluate") return `${count(done)} of ${count(total)} samples`;
    const things = { activations: "batches", sensitivity: "points", table: "models" }[step as "table"] ?? "";
    const separator = step === "table" ? "," : ":";
    return `${steps[step]}${separator} ${done} of ${total} ${things}`.trim();
  }
}
