type Nothing = Readonly<Record<never, never>>;

/** What this command refuses by itself; the libraries have errors of their own. */
const messages = {
  "no-output": (_: Nothing): string => "Where should the smaller model go? Add `-o OUT.onnx`.",
  "no-model": (_: Nothing): string => "Which model? `prune MODEL -o OUT`, or `prune --help`.",
  "unknown-command": ({ command, like }: { command: string; like: string }): string =>
    `There is no command or file "${command}". Did you mean \`prune ${like}\`?`,
  "bad-option": ({ option, why }: { option: string; why: string }): string => `${option}: ${why}.`,
  "not-a-folder": ({ path }: { path: string }): string =>
    `Can't write ${path}: a TensorFlow.js model is a folder of files. Give the name of a folder.`,
  "overwrites-input": ({ path, input }: { path: string; input: string }): string =>
    `Refused: writing ${path} would overwrite ${input}. Choose another name.`,
  "unreadable-file": ({ path, why }: { path: string; why: string }): string => `Can't read ${path}: ${why}.`,
  "unwritable-file": ({ path, why }: { path: string; why: string }): string => `Can't write ${path}: ${why}.`,
  "bad-samples": ({ path, why }: { path: string; why: string }): string =>
    `${path} can't be used as samples: ${why}.`,
  "other-form": (_: Nothing): string =>
    "The recovered model's outputs have another form than the original's. Nothing was written. This is a bug in @prune: " +
    "please report it, and use --recover none until it is mended.",
  "other-interface": ({ tensor, what }: { tensor: string; what: string }): string =>
    `The smaller model would not be used as the original is: "${tensor}": ${what}. Nothing was written. This is a bug in ` +
    "@prune: please report it with the model's structure.",
  "bad-curves": ({ path, why }: { path: string; why: string }): string =>
    `${path} can't be used as sensitivity curves: ${why}. Measure them with \`prune sensitivity MODEL --data PATH --out ${path}\`.`,
  "bad-recipe": ({ path, why }: { path: string; why: string }): string =>
    `${path} is not a recipe that can be used: ${why}. A recipe is what \`prune --recipe\` wrote.`,
  "recipe-mismatch": ({ path, why }: { path: string; why: string }): string =>
    `${path} does not belong to this model: ${why}.`,
  "bad-config": ({ path, why }: { path: string; why: string }): string =>
    `${path} is not a configuration that can be used: ${why}.`,
  "budget-missed": ({ why, target, reached }: { why: string; target: string; reached: string }): string =>
    `The budget of ${target} can't be met: ${why} (${reached}). Nothing was written.`,
  slower: ({ by, noise }: { by: string; noise: string }): string =>
    `The smaller model is slower than the original by ${by} (known to ${noise}), so nothing was written. Ask for less ` +
    "time, or measure again while nothing else runs.",
  "nothing-removed": ({ why }: { why: string }): string => `${why}. Nothing was written.`,
  "law-broken": ({ error, tolerance }: { error: number; tolerance: number }): string =>
    `The law cut = mask does not hold: relative error ${error.toExponential(1)}, at most ${tolerance} is allowed. ` +
    "Nothing was written. This is a bug in @prune or in the runtime: please report it with the model's structure.",
  lossy: ({ error, tolerance }: { error: number; tolerance: number }): string =>
    `The model without the units that change no output differs: relative error ${error.toExponential(1)}, at most ` +
    `${tolerance} is allowed. Nothing was written. This is a bug in @prune: please report it with the model's structure.`,
  unverified: ({ why }: { why: string }): string =>
    `The law cut = mask can't be checked, so nothing was written: ${why} Add --no-verify to write the model unchecked.`,
  "not-the-cut": ({ findings }: { findings: readonly string[] }): string =>
    `The model is not what the recipe says: ${findings.slice(0, 3).join("; ")}${findings.length > 3 ? `; and ${findings.length - 3} more` : ""}.`,
} as const;

type Messages = typeof messages;
export type CliErrorCode = keyof Messages;

const usage: ReadonlySet<CliErrorCode> = new Set([
  "no-output",
  "no-model",
  "unknown-command",
  "bad-option",
  "bad-config",
]);

/** Codes of the libraries that say that options are wrong. */
const misused: ReadonlySet<string> = new Set(["contradiction", "bad-option", "no-match", "unknown-option"]);

/** An error of the command itself: `code` and `detail` for programs, the message for people. */
export class CliError<C extends CliErrorCode = CliErrorCode> extends Error {
  readonly code: C;
  readonly detail: Parameters<Messages[C]>[0];
  constructor(code: C, detail: Parameters<Messages[C]>[0]) {
    super((messages[code] as (detail: unknown) => string)(detail));
    this.name = "CliError";
    this.code = code;
    this.detail = detail;
  }

  /** The same, where it says that nothing was written and something was. */
  besides(written: string): this {
    this.message = this.message.replace(/othing was written/, `othing was written but ${written}`);
    return this;
  }
}

/** What to tell of a failure, and how to end: 1 refused or failed, 2 wrong usage. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly exitCode: 1 | 2;
}

/** Errors of @prune packages carry a code and a readable message; anything else is a bug and keeps its stack. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CliError)
    return { code: error.code, message: error.message, exitCode: usage.has(error.code) ? 2 : 1 };
  if (
    error instanceof Error &&
    /^(Files|Onnx|Tfjs|Prune|Pruner|Recovery|Runtime|Samples|Mask)Error$/.test(error.name) &&
    "code" in error
  )
    return {
      code: String(error.code),
      message: error.message,
      exitCode: misused.has(String(error.code)) ? 2 : 1,
    };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: "internal", message: `This should not happen, please report it: ${text}`, exitCode: 1 };
}
