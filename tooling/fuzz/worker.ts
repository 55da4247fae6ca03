import { runProgram } from "../../apps/cli/src/program.js";
import type { Terminal } from "../../apps/cli/src/terminal/terminal.js";

/** What the command made of one command line. */
export interface Answer {
  /** "ok", the code of a typed error, or "internal" for a stack. */
  readonly code: string;
  readonly message: string;
}

async function answer(args: readonly string[]): Promise<Answer> {
  const printed: string[] = [];
  const noted: string[] = [];
  const plain = (text: string): string => text;
  const terminal: Terminal = {
    colours: new Proxy({} as Terminal["colours"], { get: () => plain }),
    print: (text) => void printed.push(text),
    note: (text) => void noted.push(text),
    progress: () => {},
  };
  const exitCode = await runProgram(args, terminal);
  if (exitCode === 0) return { code: "ok", message: "" };
  return failureIn(printed.join("\n")) ?? { code: "no-json", message: noted.join("\n") };
}

/** The error in what `--json` printed. */
function failureIn(text: string): Pick<Answer, "code" | "message"> | undefined {
  try {
    const { error } = JSON.parse(text) as { readonly error?: Pick<Answer, "code" | "message"> };
    return error;
  } catch {
    return undefined;
  }
}

process.on("message", (args: readonly string[]) => {
  answer(args).then(
    (result) => process.send?.(result),
    (error: Error) =>
      process.send?.({ code: "thrown", message: error.stack ?? error.message } satisfies Answer),
  );
});
process.send?.("ready");
