import { catalogue, type ErrorClass, type ErrorOf, type Messages, type OptionName } from "@prune/errors";
import { nearest } from "@prune/graph/advanced";

/** What an error of each code carries. Options are named as `{name}` in sentences. */
export interface WorkflowErrors {
  "bad-option": { readonly option: string; readonly why: string };
  "unknown-option": { readonly option: string; readonly nearest: readonly string[] };
  "unknown-format": { readonly path: string; readonly formats: string };
  "onnx-only": { readonly what: string; readonly path: string };
  "tfjs-missing": { readonly path: string; readonly packages: string };
  "unreadable-file": { readonly path: string; readonly why: string };
  "unwritable-file": { readonly path: string; readonly why: string };
  "outside-store": { readonly path: string };
  "not-a-folder": { readonly path: string };
  "overwrites-input": { readonly path: string; readonly input: string };
  "bad-samples": { readonly path: string; readonly why: string };
  "bad-curves": { readonly path: string; readonly why: string };
  "recipe-mismatch": { readonly path: string; readonly why: string };
  "nothing-removed": { readonly why: string };
  "budget-missed": { readonly why: string; readonly target: string; readonly reached: string };
  slower: { readonly by: string; readonly noise: string };
  "law-broken": {
    readonly error: number;
    readonly tolerance: number;
    readonly jumps?: boolean | undefined;
  };
  lossy: { readonly error: number; readonly tolerance: number };
  unverified: { readonly why: string };
  "config-can't-say": { readonly path: string; readonly why: string };
  "other-form": Readonly<Record<never, never>>;
  "other-interface": { readonly tensor: string; readonly what: string };
}

/** What `WorkflowError.code` can be: a key of the package's messages. */
export type WorkflowErrorCode = keyof WorkflowErrors;

/** One line per thing that can go wrong: what, where, what to do. */
const messages: Messages<WorkflowErrors> = {
  "bad-option": ({ option, why }) => `${option}: ${why}${why.endsWith("?") ? "" : "."}`,
  "unknown-option": ({ option, nearest }) =>
    `There is no option \`${option}\`${nearest.length > 0 ? `; did you mean ${nearest.map((name) => `{${name}}`).join(" or ")}?` : "."}`,
  "unknown-format": ({ path, formats }) =>
    `No format was given that reads ${path}; there is ${formats}. Add one: \`createWorkflow({ formats: [...] })\`.`,
  "onnx-only": ({ what, path }) => `${what} works on ONNX models alone, and ${path} is none.`,
  "tfjs-missing": ({ path, packages }) =>
    `${path} is a TensorFlow.js model, and TensorFlow.js is not installed. \`npm install ${packages}\``,
  "unreadable-file": ({ path, why }) => `Can't read ${path}: ${why}.`,
  "unwritable-file": ({ path, why }) => `Can't write ${path}: ${why}.`,
  "outside-store": ({ path }) => `${path} lies outside the folder that may be used.`,
  "not-a-folder": ({ path }) =>
    `Can't write ${path}: a TensorFlow.js model is a folder of files. Give the name of a folder.`,
  "overwrites-input": ({ path, input }) =>
    `Refused: writing ${path} would overwrite ${input}. Choose another name.`,
  "bad-samples": ({ path, why }) => `${path} can't be used as samples: ${why}.`,
  "bad-curves": ({ path, why }) =>
    `${path} can't be used as sensitivity curves: ${why}. Measure them with \`prune sensitivity MODEL --data PATH --out ${path}\`.`,
  "recipe-mismatch": ({ path, why }) => `${path} does not belong to this model: ${why}.`,
  "nothing-removed": ({ why }) => `${why}. Nothing was written.`,
  "budget-missed": ({ why, target, reached }) =>
    `The budget of ${target} can't be met: ${why} (${reached}). Nothing was written.`,
  slower: ({ by, noise }) =>
    `The smaller model is slower than the original by ${by} (known to ${noise}), so nothing was written. Ask for less ` +
    "time, or measure again while nothing else runs.",
  "law-broken": ({ error, tolerance, jumps }) =>
    `The law cut = mask does not hold: relative error ${error.toExponential(1)}, at most ${tolerance} is allowed. ` +
    (jumps
      ? "Nothing was written. The model compares, ranks or rounds what it computes, or draws random numbers, so that " +
        "rounding or chance alone may make the difference. Add {verify: false} to write the model unchecked."
      : "Nothing was written. This is a bug in @prune or in the runtime: please report it with the model's structure."),
  lossy: ({ error, tolerance }) =>
    `The model without the units that change no output differs: relative error ${error.toExponential(1)}, at most ` +
    `${tolerance} is allowed. Nothing was written. This is a bug in @prune: please report it with the model's structure.`,
  unverified: ({ why }) =>
    `The law cut = mask can't be checked, so nothing was written: ${why} Add {verify: false} to write the model unchecked.`,
  "config-can't-say": ({ path, why }) =>
    `${path} can't say what the network would be: ${why}. Nothing was written. Keep the cache as it is (without {io}), or ask for the same share everywhere.`,
  "other-form": () =>
    "The recovered model's outputs have another form than the original's. Nothing was written. This is a bug in @prune: " +
    "please report it, and use {recover: none} until it is mended.",
  "other-interface": ({ tensor, what }) =>
    `The smaller model would not be used as the original is: "${tensor}": ${what}. Nothing was written. This is a bug in ` +
    "@prune: please report it with the model's structure.",
};

/** A sentence with its options named as the reader knows them. */
const named = (text: string, nameOf: OptionName): string =>
  text.replace(/\{(\w+)(?:: ([^}]+))?\}/g, (_, option: string, value?: string) => nameOf(option, value));

/** What was written before a job failed, where its message says that nothing was. */
const besides = (text: string, written: string | undefined): string =>
  written === undefined ? text : text.replace(/othing was written/, `othing was written but ${written}`);

type AnyMessage = (detail: { readonly written?: string }, nameOf: OptionName) => string;

const readable = Object.fromEntries(
  Object.entries(messages as unknown as Readonly<Record<string, AnyMessage>>).map(([code, text]) => {
    const full: AnyMessage = (detail, nameOf) => besides(named(text(detail, nameOf), nameOf), detail.written);
    return [code, full];
  }),
) as unknown as Messages<WorkflowErrors>;

/** Every error of this package: `code` to branch on, `detail` with the facts, `message` to read. */
export type WorkflowError<Code extends WorkflowErrorCode = WorkflowErrorCode> = ErrorOf<WorkflowErrors, Code>;
export const WorkflowError: ErrorClass<WorkflowErrors> = /* @__PURE__ */ catalogue(
  "@prune/workflow",
  "WorkflowError",
  readable,
);

/** The same failure of a job that had written a file by then. */
export function withWritten(error: unknown, written: string | undefined): unknown {
  if (written === undefined || !WorkflowError.is(error)) return error;
  return new WorkflowError(error.code, { ...error.detail, written } as never, { cause: error });
}

/** Refuses an option; `why` may name others as `{name}` or `{name: value}`. */
export const badOption = (option: string, why: string): WorkflowError<"bad-option"> =>
  new WorkflowError("bad-option", { option: `{${option}}`, why });

/** Which of the words that there are was meant; nothing if none is near. */
export function didYouMean(given: string, words: readonly string[]): string {
  const meant = nearest(given, words, 2).map((word) => `"${word}"`);
  return meant.length > 0 ? `; did you mean ${meant.join(" or ")}?` : "";
}
