import picocolors from "picocolors";

type Colours = ReturnType<typeof picocolors.createColors>;

/** Where a command writes: results to stdout, all else to stderr. */
export interface Terminal {
  readonly colours: Colours;
  /** A line of the result. */
  print(text: string): void;
  /** A line about the result: warnings, reasons. */
  note(text: string): void;
  /** What is being done now, on one line that the next replaces; shown only to people. */
  progress(text: string): void;
}

interface Stream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Colours need a terminal and no NO_COLOR; FORCE_COLOR asks for them anyway. */
export function terminal(
  out: Stream = process.stdout,
  err: Stream = process.stderr,
  env: NodeJS.ProcessEnv = process.env,
): Terminal {
  const wanted = env.NO_COLOR ? false : env.FORCE_COLOR ? true : out.isTTY === true && env.TERM !== "dumb";
  let shown = false;
  const clear = (): void => {
    if (shown) err.write("\r\u001b[K");
    shown = false;
  };
  return {
    colours: picocolors.createColors(wanted),
    print(text) {
      clear();
      out.write(`${text}\n`);
    },
    note(text) {
      clear();
      err.write(`${text}\n`);
    },
    progress(text) {
      if (err.isTTY !== true) return;
      clear();
      if (text !== "") err.write(`${text} ...`);
      shown = text !== "";
    },
  };
}
