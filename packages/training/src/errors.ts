import { catalogue, type ErrorClass, type ErrorOf, type Messages } from "@prune/errors";

/** What an error of each code carries. */
export interface TrainingErrorDetail {
  readonly "no-goal": Readonly<Record<never, never>>;
  readonly "no-labels": Readonly<Record<never, never>>;
  readonly "label-range": { readonly label: number; readonly sample: number; readonly classes: number };
  readonly "classes-differ": { readonly student: string; readonly teacher: string };
  readonly "input-missing": { readonly input: string; readonly given: readonly string[] };
  readonly "too-few": { readonly samples: number; readonly batch: number; readonly heldOut: number };
  readonly "no-end": Readonly<Record<never, never>>;
  readonly "bad-option": { readonly option: string; readonly value: string; readonly want: string };
  readonly "other-checkpoint": { readonly what: string };
  readonly "bad-checkpoint": { readonly why: string };
  readonly "not-finite": { readonly step: number };
  readonly "run-failed": { readonly step: number; readonly reason: string };
}

/** What `TrainingError.code` can be: a key of the package's messages. */
export type TrainingErrorCode = keyof TrainingErrorDetail;

/** One line per thing that can go wrong: what, where, what to do. */
const messages: Messages<TrainingErrorDetail> = {
  "no-goal": () => "There is nothing to train towards. Give labels with the samples, a teacher, or a loss.",
  "no-labels": () =>
    "The loss reads labels and the samples have none. Give labels, or a teacher to learn from without.",
  "label-range": ({ label, sample, classes }) =>
    `Label ${label} of sample ${sample} is outside the model's ${classes} classes. Check that labels and model belong together.`,
  "classes-differ": ({ student, teacher }) =>
    `The student scores ${student} and the teacher ${teacher}. Give a teacher of the same classes.`,
  "input-missing": ({ input, given }) =>
    `The step needs the input "${input}", and the samples give ${given.join(", ") || "nothing"}. Add it under that name.`,
  "too-few": ({ samples, batch, heldOut }) =>
    `${samples} samples with ${heldOut} of them held out do not fill one batch of ${batch}. Give more samples, or a smaller batch.`,
  "no-end": () => "Nothing says when to stop. Give `epochs`, `steps`, or `milliseconds`.",
  "bad-option": ({ option, value, want }) => `\`${option}\` is ${value}, and must be ${want}.`,
  "other-checkpoint": ({ what }) =>
    `The checkpoint is of another run: its ${what} differs. Delete it to begin again, or give the options that it was made with.`,
  "bad-checkpoint": ({ why }) => `The checkpoint can't be read: ${why}. Delete it to begin again.`,
  "not-finite": ({ step }) =>
    `The loss is no finite number in step ${step}. Check that the samples are what the model was trained on.`,
  "run-failed": ({ step, reason }) =>
    `onnxruntime failed in step ${step}: ${reason}. A smaller batch needs less memory.`,
};

/** Everything that this package throws: `code` says which, `detail` holds the names and numbers. */
export type TrainingError<Code extends TrainingErrorCode = TrainingErrorCode> = ErrorOf<
  TrainingErrorDetail,
  Code
>;
export const TrainingError: ErrorClass<TrainingErrorDetail> = /* @__PURE__ */ catalogue(
  "@prune/training",
  "TrainingError",
  messages,
);
