import { catalogue, type ErrorClass, type ErrorOf, type Messages } from "@prune/errors";
import { barText, curveLines, type KeepCurve } from "./keep/curve.js";

/** What an error of each code carries. */
export interface PrunerErrorDetail {
  readonly "bad-option": { readonly option: string; readonly value: unknown; readonly want: string };
  /** A pattern that fits nothing that its option is about; `names` of the model are like it, or fit it. */
  readonly "no-match": {
    readonly option: string;
    readonly pattern: string;
    readonly why: string;
    readonly names: readonly string[];
  };
  readonly contradiction: { readonly options: readonly [string, string]; readonly why: string };
  readonly "no-measure": { readonly resource: string };
  readonly "bad-sensitivity": { readonly axis: string; readonly removed: number; readonly error: number };
  readonly "bad-score": {
    readonly criterion: string;
    readonly axis: string;
    readonly unit: number;
    readonly score: number;
  };
  readonly "score-count": {
    readonly criterion: string;
    readonly axis: string;
    readonly units: number;
    readonly scores: number;
  };
  readonly "missing-need": { readonly criterion: string; readonly needs: readonly string[] };
  readonly "not-a-model": { readonly given: string };
  readonly "bad-backend": { readonly backend: string; readonly what: string };
  readonly "no-unit": { readonly unit: string; readonly names: readonly string[] };
  readonly retrained: { readonly tensor: string; readonly shape: string; readonly want: string };
  readonly "keep-missed": { readonly curve: KeepCurve };
  readonly "keep-unconfirmed": { readonly curve: KeepCurve };
  readonly "no-plan": { readonly findings: readonly string[] };
  readonly "bad-recipe": { readonly where: string; readonly want: string };
  readonly "other-model": { readonly why: string };
  readonly "recipe-mismatch": { readonly tensor: string; readonly why: string };
}

/** What `PrunerError.code` can be: a key of the package's messages. */
export type PrunerErrorCode = keyof PrunerErrorDetail;

/** One line per thing that can go wrong: what, where, what to do. */
const messages: Messages<PrunerErrorDetail> = {
  "bad-option": ({ option, value, want }, nameOf) =>
    `The option ${nameOf(option)} is ${want}; got ${String(value)}.`,
  "no-match": ({ option, pattern, why, names }, nameOf) =>
    `The option ${nameOf(option)} names "${pattern}", ${why}.${names.length > 0 ? ` Did you mean ${names.map((name) => `"${name}"`).join(" or ")}?` : ""}`,
  contradiction: ({ options: [one, other], why }, nameOf) =>
    `The options ${nameOf(one)} and ${nameOf(other)} contradict each other: ${why}. Give one of them.`,
  "no-measure": ({ resource }) =>
    `A budget of ${resource} is measured, and nothing was given to measure it with. Add \`measure: { ${resource}: (cut, trace) => Promise<number> }\`.`,
  "bad-sensitivity": ({ axis, removed, error }) =>
    `Without ${removed} units of ${axis} the error is ${error}. Errors must be finite: check the samples and what measures them.`,
  "bad-score": ({ criterion, axis, unit, score }) =>
    `The criterion "${criterion}" gave ${score} for unit ${unit} of ${axis}. Scores must be finite: check its formula and the weights.`,
  "score-count": ({ criterion, axis, units, scores }) =>
    `The criterion "${criterion}" gave ${scores} scores for the ${units} units of ${axis}. Return one score per unit, in order.`,
  "missing-need": ({ criterion, needs }) =>
    `The criterion "${criterion}" needs ${needs.join(" and ")}, and the probe has none. Give \`probe\`: \`activationProbe\` of @prune/onnx-recovery or \`tfjsActivationProbe\` of @prune/tfjs for activations, \`gradientProbe\` of @prune/training or \`tfjsGradientProbe\` of @prune/tfjs for gradients.`,
  "not-a-model": ({ given }) =>
    `\`prune\` takes a model as its backend reads it, and got ${given}. \`readModel(bytes)\` of @prune/onnx reads bytes, \`openModel(path)\` of @prune/onnx/node a file; \`prune\` of @prune/workflow/node takes the path itself.`,
  "bad-backend": ({ backend, what }) =>
    `The backend "${backend}" ${what}. \`cut\` returns a new model; \`testBackend\` of @prune/testing finds what else is wrong.`,
  "no-unit": ({ unit, names }) =>
    `There is no unit "${unit}" that could leave.${names.length > 0 ? ` Did you mean ${names.map((name) => `"${name}"`).join(" or ")}?` : " `unitText(trace, unit)` says how units are called."}`,
  retrained: ({ tensor, shape, want }) =>
    `The model to go on with is not the step's: "${tensor}" is ${shape}, not ${want}. Train \`step.model\` and resume with that.`,
  "keep-missed": ({ curve }) =>
    [
      `No smaller model that was tried keeps ${barText(curve)}. Ask for less, or give more samples to recover on. Tried:`,
      ...curveLines(curve, curve.points),
    ].join("\n  "),
  "keep-unconfirmed": ({ curve }) =>
    [
      `What kept ${barText(curve)} in the search falls short of it on samples that had no part in that, by more than chance does. ` +
        "Ask for less, or give more samples. Those samples say:",
      ...curveLines(curve, curve.confirmations),
    ].join("\n  "),
  "no-plan": ({ findings }) =>
    `No part of the plan can be cut: ${findings.slice(0, 3).join("; ")}. Report the model, or ignore the layers around it.`,
  "bad-recipe": ({ where, want }) =>
    `This is no recipe that can be read: ${where} must be ${want}. Give a file that \`prune\` wrote.`,
  "other-model": ({ why }) =>
    `The recipe belongs to another model: ${why}. Replay it on the model that it was made from, or on one with the same names and shapes.`,
  "recipe-mismatch": ({ tensor, why }) =>
    `The recipe can't be replayed at "${tensor}": ${why}. Make a new recipe for this model.`,
};

/** Everything that this package throws: `code` says which, `detail` holds the names and numbers. */
export type PrunerError<Code extends PrunerErrorCode = PrunerErrorCode> = ErrorOf<PrunerErrorDetail, Code>;
export const PrunerError: ErrorClass<PrunerErrorDetail> = /* @__PURE__ */ catalogue(
  "@prune/pruner",
  "PrunerError",
  messages,
);
