import picocolors from "picocolors";
import { cut, printable } from "./printable.js";

type Colours = ReturnType<typeof picocolors.createColors>;

/** Where a command writes: results to stdout, all else to stderr. */
export interface Terminal {
  readonly colours: Colours;
  /** A line of the result. */
  print(text: string): void;
  /** A line about the result: warnings, reasons. */
  note(text: string): void;
  /** What is being done now: on one line that the next replaces, and without a terminal on a line now and then. */
  progress(text: string): void;
}

interface Stream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * Colours need a terminal and no NO_COLOR; FORCE_COLOR asks for them anyway.
 * @param every milliseconds between lines about progress where there is no terminal to replace them on
 */
export function terminal(
  out: Stream = process.stdout,
  err: Stream = process.stderr,
  env: NodeJS.ProcessEnv = process.env,
  every: number = Number.POSITIVE_INFINITY,
): Terminal {
  const wanted = env.NO_COLOR ? false : env.FORCE_COLOR ? true : out.isTTY === true && env.TERM !== "dumb";
  let shown = false;
  let last = performance.now();
  const clear = (): void => {
    if (shown) err.write("\r\u001b[K");
    shown = false;
  };
  return {
    colours: picocolors.createColors(wanted),
    print(text) {
      clear();
      out.write(`${printable(text, { colours: wanted })}\n`);
    },
    note(text) {
      clear();
      err.write(`${cut(printable(text, { colours: wanted }))}\n`);
    },
    progress(text) {
      if (err.isTTY !== true) {
        if (text === "" || performance.now() - last < every) return;
        last = performance.now();
        err.write(`${text} ...\n`);
        return;
      }
      clear();
      if (text !== "") err.write(`${printable(text)} ...`);
      shown = text !== "";
    },
  };
}
