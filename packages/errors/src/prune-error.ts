/**
 * How a reader calls an option: a library's user writes `recover: "none"`, a command's user `--recover none`. `value` is
 * left out where only the option is meant.
 */
export type OptionName = (option: string, value?: string) => string;

/** What an error carries besides its code and its facts. */
export interface PruneErrorOptions extends ErrorOptions {
  /** The file that the error is about; the message begins with it. */
  readonly file?: string | undefined;
}

/** What the error of one code is made from. */
export interface Facts<Code extends string, Detail> {
  readonly code: Code;
  readonly detail: Detail;
  readonly message: string;
}

/**
 * Every error that packages of @prune throw on purpose. `code` and `detail` are for programs, `message` is for people: what
 * is wrong, where, and what to do. Codes are stable, messages are not.
 *
 * Each package has a class of its own, such as `OnnxError`, made by {@link catalogue}. `instanceof` holds across copies of a
 * package: for this class with every such error, for a package's class with the errors of that package alone.
 */
export class PruneError<Code extends string = string, Detail = unknown> extends Error {
  /** The package that threw it, such as "@prune/onnx". */
  declare readonly package: string;
  readonly code: Code;
  readonly detail: Detail;
  /** The file that it is about, if that is known. */
  readonly file: string | undefined;

  protected constructor({ code, detail, message }: Facts<Code, Detail>, how: PruneErrorOptions = {}) {
    const { file, ...options } = how;
    super(message, options);
    this.code = code;
    this.detail = detail;
    this.file = file;
  }

  /** The message with options called as the reader knows them. */
  text(_nameOf: OptionName): string {
    return this.message;
  }

  /** Whether `value` is an error of this class, and, if a code is given, of that code. */
  static is(value: unknown, code?: string): value is PruneError {
    return value instanceof PruneError && (code === undefined || value.code === code);
  }
}

/**
 * Errors know each other by this mark, not by the identity of their class: a program may hold several copies of a package,
 * such as its ESM and its CommonJS form, or two versions. A class has it, and its prototype.
 */
const brand: unique symbol = Symbol.for("prune.error") as never;

interface Marked {
  readonly prototype: object;
  readonly [brand]?: string;
}

/** Lets `instanceof` hold for all errors that have the same mark; the mark "" is that of all of them. */
export function mark(type: Marked, name: string): void {
  for (const holder of [type, type.prototype]) Object.defineProperty(holder, brand, { value: name });
  Object.defineProperty(type, Symbol.hasInstance, {
    value(this: Marked, value: unknown): boolean {
      // A class that was derived from a marked one has no mark of its own: its prototype says what is of it, as usual.
      if (!Object.hasOwn(this, brand)) return Function.prototype[Symbol.hasInstance].call(this, value);
      const found = (value as Partial<Marked> | null | undefined)?.[brand];
      return found !== undefined && (this[brand] === "" || this[brand] === found);
    },
  });
}

mark(PruneError, "");
