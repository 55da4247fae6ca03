import { catalogue, type ErrorClass, type ErrorOf, type Messages } from "@prune/errors";

/** What each error carries: the code, and the facts that its message is made from. */
export interface OnnxRecoveryErrors {
  readonly "labels-count": { readonly samples: number; readonly labels: number };
  readonly "samples-few": { readonly batches: number; readonly least: number };
  readonly "samples-misfit": { readonly batch: number; readonly input: string; readonly reason: string };
  readonly "no-numbers": { readonly output: string };
}

/** What `OnnxRecoveryError.code` can be: a key of the package's messages. */
export type OnnxRecoveryErrorCode = keyof OnnxRecoveryErrors;

/** One line per thing that can go wrong: what, where, what to do. */
const messages: Messages<OnnxRecoveryErrors> = {
  "labels-count": ({ samples, labels }) =>
    `There are ${samples} samples and ${labels} labels. Give one label per sample.`,
  "samples-few": ({ batches, least }) =>
    `Samples in ${least} batches are the least that can be fitted to, held out and judged by; got ${batches}. Give more samples, or smaller batches.`,
  "samples-misfit": ({ batch, input, reason }) =>
    `Batch ${batch} of the samples does not fit the model at "${input}": ${reason}.`,
  "no-numbers": ({ output }) => `The model's output "${output}" holds no numbers to compare.`,
};

/** Every error of this package: `code` to branch on, `detail` with the facts, `message` to read. */
export type OnnxRecoveryError<Code extends OnnxRecoveryErrorCode = OnnxRecoveryErrorCode> = ErrorOf<
  OnnxRecoveryErrors,
  Code
>;
export const OnnxRecoveryError: ErrorClass<OnnxRecoveryErrors> = /* @__PURE__ */ catalogue(
  "@prune/onnx-recovery",
  "OnnxRecoveryError",
  messages,
);
