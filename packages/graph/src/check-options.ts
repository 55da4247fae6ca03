import { GraphError } from "./errors.js";
import { nearest } from "./nearest.js";

/**
 * The options that a function takes, each with the words that it may be: none of an option that is no text, undefined for any
 * text.
 */
export type Taken<Options> = { readonly [Name in keyof Required<Options>]: readonly string[] | undefined };

/** In place of the words of an option that may be any text, or that is checked elsewhere. */
export const anyText = undefined;

/**
 * Refuses what types refuse where there are types: options that a function doesn't have, and words that one isn't.
 * @throws {GraphError} `unknown-option`, `unknown-word`
 */
export function checkTaken<Options extends object>(
  by: string,
  options: Options,
  taken: Taken<Options>,
): void {
  const names = Object.keys(taken);
  for (const [option, given] of Object.entries(options)) {
    if (!names.includes(option))
      throw new GraphError("unknown-option", { by, option, names, meant: nearest(option, names, 2) });
    checkWord(by, option, given, taken[option as keyof Options]);
  }
}

/** Refuses a text that an option can't be; what is no text is for others to check. */
export function checkWord(
  by: string,
  option: string,
  given: unknown,
  words: readonly string[] | undefined,
): void {
  if (words && typeof given === "string" && !words.includes(given))
    throw new GraphError("unknown-word", { by, option, given, words, meant: nearest(given, words, 2) });
}
