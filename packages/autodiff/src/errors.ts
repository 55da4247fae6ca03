import { catalogue, type ErrorClass, type ErrorOf, type Messages } from "@prune/errors";

/** What an error of each code carries. */
export interface AutodiffErrorDetail {
  readonly "unknown-tensor": { readonly tensor: string };
  readonly "unknown-parameter": { readonly parameter: string; readonly known: readonly string[] };
  readonly "not-a-scalar": { readonly loss: string; readonly shape: string };
  readonly "no-rule": {
    readonly op: string;
    readonly node: string;
    readonly parameters: readonly string[];
    readonly why: string;
  };
  readonly "no-gradient": { readonly loss: string; readonly constants: string };
  readonly "no-classes": { readonly tensor: string; readonly shape: string };
  readonly "several-outputs": { readonly outputs: readonly string[] };
}

/** What `AutodiffError.code` can be: a key of the package's messages. */
export type AutodiffErrorCode = keyof AutodiffErrorDetail;

/** One line per thing that can go wrong: what, where, what to do. */
const messages: Messages<AutodiffErrorDetail> = {
  "unknown-tensor": ({ tensor }) => `The model has no tensor "${tensor}". Name one of its tensors.`,
  "unknown-parameter": ({ parameter, known }) =>
    `"${parameter}" is no stored float tensor of the model. Name one of ${known.slice(0, 5).join(", ")}${known.length > 5 ? "..." : ""}.`,
  "not-a-scalar": ({ loss, shape }) =>
    `The loss "${loss}" has shape [${shape}]; a loss is one number. Give its mean, or one of the losses of @prune/autodiff.`,
  "no-rule": ({ op, node, parameters, why }) =>
    `The gradient stops at ${op} (node "${node}"): ${why}. ${parameters.slice(0, 3).join(", ")}${parameters.length > 3 ? ` and ${parameters.length - 3} more lie` : " lies"} behind it. Leave these parameters out, or pass a rule: \`rules: { ...gradientRules, ${op}: ... }\`.`,
  "no-gradient": ({ loss, constants }) =>
    `The loss "${loss}" depends on none of the parameters${constants && `: ${constants} lies between, whose output does not move with its input`}. Choose another loss or other parameters.`,
  "no-classes": ({ tensor, shape }) =>
    `A loss over classes needs scores of rank 2, samples x classes; "${tensor}" is [${shape}]. Name another tensor.`,
  "several-outputs": ({ outputs }) =>
    `The model has ${outputs.length} outputs (${outputs.join(", ")}). Say which one the loss is of.`,
};

/** Everything that this package throws: `code` says which, `detail` holds the names. */
export type AutodiffError<Code extends AutodiffErrorCode = AutodiffErrorCode> = ErrorOf<
  AutodiffErrorDetail,
  Code
>;
export const AutodiffError: ErrorClass<AutodiffErrorDetail> = /* @__PURE__ */ catalogue(
  "@prune/autodiff",
  "AutodiffError",
  messages,
);
