import { mark, type OptionName, PruneError, type PruneErrorOptions } from "./prune-error.js";

/**
 * What is said for each code, from its facts: what is wrong, where, and what to do. `nameOf` writes an option as the reader
 * knows it.
 */
export type Messages<Details> = {
  readonly [Code in keyof Details]: (detail: Details[Code], nameOf: OptionName) => string;
};

/** An error of one of the codes; where the code is known, so are the facts. */
export type ErrorOf<Details, Code extends keyof Details = keyof Details> = Code extends string & keyof Details
  ? PruneError<Code, Details[Code]>
  : never;

/** The class of a package's errors. */
export interface ErrorClass<Details> {
  new <Code extends string & keyof Details>(
    code: Code,
    detail: Details[Code],
    options?: PruneErrorOptions,
  ): PruneError<Code, Details[Code]>;
  readonly prototype: ErrorOf<Details>;
  /** Whether `value` is an error of this package, and, if a code is given, of that code. */
  is<Code extends string & keyof Details = string & keyof Details>(
    value: unknown,
    code?: Code,
  ): value is ErrorOf<Details, Code>;
}

/**
 * Makes the error class of a package from its messages.
 *
 * @example
 * export type PagesError<Code extends keyof Details = keyof Details> = ErrorOf<Details, Code>;
 * export const PagesError: ErrorClass<Details> = catalogue<Details>("pages", "PagesError", {
 *   "no-page": ({ page }) => `There is no page ${page}. Give a number from 1.`,
 * });
 * throw new PagesError("no-page", { page: 0 });
 */
export function catalogue<Details>(
  owner: string,
  name: string,
  messages: Messages<Details>,
): ErrorClass<Details> {
  class Thrown<Code extends string & keyof Details> extends PruneError<Code, Details[Code]> {
    constructor(code: Code, detail: Details[Code], options?: PruneErrorOptions) {
      const text = messages[code](detail, inCode);
      super(
        { code, detail, message: options?.file === undefined ? text : `${options.file}: ${text}` },
        options,
      );
    }

    override text(nameOf: OptionName): string {
      const said = (how: OptionName): string => messages[this.code](this.detail, how);
      // Who passed it on may have added to the message.
      return this.message.replace(said(inCode), () => said(nameOf));
    }

    static override is(value: unknown, code?: string): value is never {
      return value instanceof Thrown && (code === undefined || value.code === code);
    }
  }
  // Names lie on the prototype, so that what is printed of an error are its facts.
  Object.defineProperty(Thrown, "name", { value: name });
  Object.defineProperty(Thrown.prototype, "name", { value: name, configurable: true, writable: true });
  Object.defineProperty(Thrown.prototype, "package", { value: owner });
  mark(Thrown, `${owner}#${name}`);
  return Thrown as unknown as ErrorClass<Details>;
}

/** Options as a library's user writes them. */
const inCode: OptionName = (option, value) =>
  value === undefined ? `\`${option}\`` : `\`${option}: ${value}\``;
