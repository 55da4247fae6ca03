import { catalogue, type ErrorClass, type ErrorOf, PruneError } from "@prune/errors";
import { flagText } from "./options/from-table.js";

type Nothing = Readonly<Record<never, never>>;

/** What this command refuses by itself; the libraries have errors of their own. */
const messages = {
  "no-output": (_: Nothing): string => "Where should the smaller model go? Add `-o OUT.onnx`.",
  "no-model": (_: Nothing): string => "Which model? `prune MODEL -o OUT`, or `prune --help`.",
  "no-amount": ({ model }: { model: string }): string =>
    "How much should leave? No amount is safe unless data says so. One of\n" +
    `  prune ${model} -o OUT --data PATH          the smallest model that answers as the original does on 98 % of the samples\n` +
    `  prune ${model} -o OUT --target macs=70%    what may be left\n` +
    `  prune ${model} -o OUT --ratio 10%          a share of every layer\n` +
    `  prune ${model} -o OUT --lossless           only what changes no output`,
  "no-models": ({ path }: { path: string }): string =>
    `There are no models at ${path}: no .onnx file, and no model.json.`,
  "same-output": ({ out, models }: { out: string; models: readonly string[] }): string =>
    `${models.join(" and ")} would both be written to ${out}. Prune them in two calls.`,
  "some-failed": ({ failed, of }: { failed: number; of: number }): string =>
    `${failed} of ${of} models were not pruned.`,
  "unknown-command": ({ command, like }: { command: string; like: string | undefined }): string =>
    `There is no command or file "${command}". ${like === undefined ? "`prune --help` shows what there is." : `Did you mean \`prune ${like}\`?`}`,
  "bad-option": ({ option, why }: { option: string; why: string }): string => `${option}: ${why}.`,
  "bad-config": ({ path, why }: { path: string; why: string }): string =>
    `${path} is not a configuration that can be used: ${why}.`,
  "several-configs": ({ files }: { files: readonly string[] }): string =>
    `There are ${files.join(" and ")} here, and one is used. Name it with --config, or use none with --no-config.`,
  crashed: ({ how, killed }: { how: string; killed: boolean }): string =>
    `The process that did the work ${how}: ${
      killed
        ? "somebody stopped it, or the system did for want of memory"
        : "the runtime crashed on this model, or memory ran out"
    }. Outputs are as they were. Try the model in its runtime alone; --no-verify leaves out what runs it.`,
  "not-the-cut": ({ findings }: { findings: readonly string[] }): string =>
    `The model is not what the recipe says: ${findings.slice(0, 3).join("; ")}${findings.length > 3 ? `; and ${findings.length - 3} more` : ""}.`,
} as const;

type CliErrorDetail = { readonly [Code in keyof typeof messages]: Parameters<(typeof messages)[Code]>[0] };
export type CliErrorCode = keyof CliErrorDetail;

const usage: ReadonlySet<string> = new Set<CliErrorCode>([
  "no-output",
  "no-model",
  "no-amount",
  "no-models",
  "same-output",
  "unknown-command",
  "bad-option",
  "bad-config",
  "several-configs",
]);

/** Codes of the libraries that say that options are wrong. */
const misused: ReadonlySet<string> = new Set([
  "contradiction",
  "bad-option",
  "no-match",
  "unknown-option",
  "no-goal",
  "no-end",
  "bad-plan",
]);

/** An error of the command itself: `code` and `detail` for programs, the message for people. */
export type CliError<Code extends CliErrorCode = CliErrorCode> = ErrorOf<CliErrorDetail, Code>;
export const CliError: ErrorClass<CliErrorDetail> = catalogue("@prune/cli", "CliError", messages);

/** What to say of a failure, and how to end: 1 refused or failed, 2 wrong usage. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly exitCode: 1 | 2;
}

/** Errors of @prune packages carry a code and a readable message; anything else is a bug and keeps its stack. */
export function failureOf(error: unknown): Failure {
  if (PruneError.is(error)) {
    const misuse = error instanceof CliError ? usage.has(error.code) : misused.has(error.code);
    return { code: error.code, message: error.text(flagText), exitCode: misuse ? 2 : 1 };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: "internal", message: `This should not happen, please report it: ${text}`, exitCode: 1 };
}
