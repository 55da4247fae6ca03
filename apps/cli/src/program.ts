import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { addApply } from "./commands/apply.js";
import { addBench } from "./commands/bench.js";
import { addEval } from "./commands/eval.js";
import { addGroups } from "./commands/groups.js";
import { addInspect } from "./commands/inspect.js";
import { addPrune } from "./commands/prune.js";
import { addSensitivity } from "./commands/sensitivity.js";
import { addVerify } from "./commands/verify.js";
import { failureOf } from "./errors.js";
import type { Terminal } from "./terminal/terminal.js";

/** Runs one command line and returns the exit code: 0, 1 refused or failed, 2 wrong usage. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await createProgram(terminal).parseAsync(args, { from: "user" });
    terminal.progress("");
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { code, message, exitCode } = failureOf(error);
    // `verify` has told what it found by then.
    if (args.includes("--json") && code !== "not-the-cut")
      terminal.print(JSON.stringify({ error: { code, message } }, null, 2));
    terminal.note(`prune: ${message}`);
    return exitCode;
  }
}

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  readonly version: string;
};

function createProgram(terminal: Terminal): Command {
  const program = new Command("prune")
    .version(version)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd().replace(/^error: /, "prune: ")),
    })
    .showHelpAfterError("`prune --help` shows what there is.");
  addPrune(program, terminal);
  addInspect(program, terminal);
  addGroups(program, terminal);
  addVerify(program, terminal);
  addApply(program, terminal);
  addBench(program, terminal);
  addEval(program, terminal);
  addSensitivity(program, terminal);
  return program;
}
