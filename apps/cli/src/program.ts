import { existsSync, readFileSync } from "node:fs";
import { nearest } from "@prune/graph/advanced";
import { Command, CommanderError } from "commander";
import { addApply } from "./commands/apply.js";
import { addBench } from "./commands/bench.js";
import { addCompletion } from "./commands/completion.js";
import { addEval } from "./commands/eval.js";
import { addGroups } from "./commands/groups.js";
import { addInspect } from "./commands/inspect.js";
import { addPrune } from "./commands/prune.js";
import { addSensitivity } from "./commands/sensitivity.js";
import { addSweep } from "./commands/sweep.js";
import { addTrain } from "./commands/train.js";
import { addVerify } from "./commands/verify.js";
import { addWork } from "./commands/work.js";
import { CliError, failureOf } from "./errors.js";
import { packageFolder } from "./package-folder.js";
import { printable } from "./terminal/printable.js";
import type { Terminal } from "./terminal/terminal.js";

/** Runs one command line and returns the exit code: 0, 1 refused or failed, 2 wrong usage. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = createProgram(terminal);
  const failed = (code: string, message: string): void => {
    // `verify` has said what it found by then.
    if (args.includes("--json") && code !== "not-the-cut")
      terminal.print(JSON.stringify({ error: { code, message } }, null, 2));
  };
  try {
    checkCommand(program, args);
    await program.parseAsync(args, { from: "user" });
    terminal.progress("");
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      failed("usage", error.message.replace(/^error: /, ""));
      return 2;
    }
    const { code, message, exitCode } = failureOf(error);
    failed(code, message);
    terminal.note(`prune: ${printable(message)}`);
    return exitCode;
  }
}

/** A bare word that is no file is a mistyped command, not a model. */
function checkCommand(program: Command, [first = ""]: readonly string[]): void {
  const names = [...program.commands.map((command) => command.name()), "help"];
  if (!/^[a-z-]+$/i.test(first) || first.startsWith("-") || names.includes(first) || existsSync(first))
    return;
  const [like] = nearest(first, names, 1);
  throw new CliError("unknown-command", { command: first, like });
}

const { version } = JSON.parse(readFileSync(new URL("package.json", packageFolder), "utf8")) as {
  readonly version: string;
};

function createProgram(terminal: Terminal): Command {
  const program = new Command("prune")
    .version(version)
    .helpCommand("help [command]", "show how a command is used")
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
  addTrain(program, terminal);
  addSweep(program, terminal);
  addWork(program, terminal);
  addCompletion(program, terminal);
  return program;
}
