import { catalogue, type ErrorClass, type ErrorOf, type Messages } from "@prune/errors";

/** What each error carries: the code, and the facts that its message is made from. */
export interface RecoveryErrors {
  readonly "bad-option": { readonly option: string; readonly value: unknown; readonly want: string };
  readonly "not-finite": { readonly what: string };
  readonly "not-a-number": { readonly output: string; readonly batch: number };
  readonly "no-rows": { readonly layer: string };
  readonly "worker-lost": { readonly reason: string };
  readonly "samples-few": { readonly batches: number; readonly least: number };
  readonly "labels-count": { readonly samples: number; readonly labels: number };
  readonly "label-range": { readonly index: number; readonly label: number; readonly classes: number };
  readonly "other-cut": { readonly layer: string; readonly left: number; readonly outputs: number };
  readonly "no-comparable-output": Readonly<Record<never, never>>;
  readonly "no-class-output": { readonly rows: number; readonly samples: number };
}

/** What `RecoveryError.code` can be: a key of the package's messages. */
export type RecoveryErrorCode = keyof RecoveryErrors;

/** One line per thing that can go wrong: what, where, what to do. */
const messages: Messages<RecoveryErrors> = {
  "bad-option": ({ option, value, want }, nameOf) =>
    `The option ${nameOf(option)} is ${want}; got ${String(value)}.`,
  "not-finite": ({ what }) =>
    `${what} hold NaN or infinity, so nothing can be fitted to them. Check the samples and the model's weights.`,
  "not-a-number": ({ output, batch }) =>
    `The original's output "${output}" holds NaN for batch ${batch} of the samples kept to judge by, so nothing can be compared with it. Check the samples.`,
  "no-rows": ({ layer }) =>
    `No sample reaches layer "${layer}". Give samples, and more than are held out of them.`,
  "worker-lost": ({ reason }) =>
    `A worker that solves equations ended (${reason}). Solve without workers: \`solver: inlineSolver()\`.`,
  "samples-few": ({ batches, least }) =>
    `Samples in ${least} batches are the least that can be fitted to, held out and judged by; got ${batches}. Give more samples, or smaller batches.`,
  "labels-count": ({ samples, labels }) =>
    `There are ${samples} samples and ${labels} labels. Give one label per sample.`,
  "label-range": ({ index, label, classes }) =>
    `Label ${label} of sample ${index} is outside the model's ${classes} classes. Check that labels and model belong together.`,
  "other-cut": ({ layer, left, outputs }) =>
    `The cut does not belong to these models: it leaves ${left} outputs of layer "${layer}", and the smaller model has ${outputs}. Give the original, the cut, and what the backend made of the two.`,
  "no-comparable-output": () =>
    "No output of the model has the same shape before and after the cut for the same samples, so nothing can tell whether a refit helps. Cut alone.",
  "no-class-output": ({ rows, samples }) =>
    `Accuracy needs an output of one row of classes per sample; the model gives ${rows} rows for ${samples} samples.`,
};

/** Every error of this package: `code` to branch on, `detail` with the facts, `message` to read. */
export type RecoveryError<Code extends RecoveryErrorCode = RecoveryErrorCode> = ErrorOf<RecoveryErrors, Code>;
export const RecoveryError: ErrorClass<RecoveryErrors> = /* @__PURE__ */ catalogue(
  "@prune/recovery",
  "RecoveryError",
  messages,
);
