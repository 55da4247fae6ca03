import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/**
 * Commands run in a process of their own, and this one waits. Runtimes are native code, which ends the process that it is
 * in when a model makes it crash, and so does a heap that is full: nobody would learn why, and a program that waits for
 * JSON would get none. A process for the law alone would leave out statistics, timing and training, would need the weights
 * a second time, and would put its pipes between the clock and what is timed. One for everything costs 40 ms of
 * processor time (a start of Node) where a prune of the smallest model takes 300, and nothing more on larger ones.
 */
export async function supervised(script: string, args: readonly string[]): Promise<number> {
  const [command] = args;
  const isAlone = command === "work" || command === "sweep";
  const flags = command === "work" && isNode ? [...singleThreaded] : [];
  let child: ChildProcess | undefined;
  const asked = passSignals(() => child, isAlone ? 0 : 200);
  let how: string | undefined;
  for (let begun = 1; ; begun++) {
    child = spawn(process.execPath, [...execArgv(), ...flags, fileURLToPath(script), ...args], {
      stdio: ["inherit", "inherit", "inherit", "ipc"],
      env: { ...process.env, [mark]: "1", ...(how !== undefined && { [crashed]: how }) },
      // A second signal means something of its own to it, so that each has to come once: from here.
      detached: isAlone,
    });
    let done: number | undefined;
    child.on("message", (code: number) => {
      done = code;
    });
    const { code, signal, error } = await ended(child);
    // Some runtimes crash while they are unloaded, when all has been said and done.
    if (done !== undefined) return done;
    if (code !== null) return code;
    if (signal !== null && asked.has(signal)) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
    how = error ? `can't be started (${error.message})` : `was ended by ${signal}`;
    // A sweep has its candidates on threads. It goes on with what its journal lacks, and finds out which one it was.
    if (command === "sweep" && signal !== null && ofRuntimes.has(signal) && begun < mostBegun) continue;
    await reportCrash(args, how, signal);
    return 1;
  }
}

/** How native code ends a process that it is in. */
const ofRuntimes: ReadonlySet<string> = new Set([
  "SIGABRT",
  "SIGSEGV",
  "SIGBUS",
  "SIGILL",
  "SIGFPE",
  "SIGTRAP",
]);

/** Processes that one sweep has at most: two for each candidate that crashes. */
const mostBegun = 200;

/** How the process before this one ended, where a runtime took it along. */
export function crashBefore(): string | undefined {
  const how = process.env[crashed];
  delete process.env[crashed];
  return how;
}

/** Whether this process is to wait for another that does the work. */
export function isSupervisor(args: readonly string[]): boolean {
  if (process.env[mark] || process.env.PRUNE_IN_ONE_PROCESS) return false;
  // These read models and run none.
  const [command] = args;
  return (
    command !== undefined &&
    !["inspect", "groups", "help", "completion"].includes(command) &&
    !args.some((arg) => ["--help", "-h", "--version", "-V"].includes(arg))
  );
}

/** Tells the process that waits how the work ended; where that one is gone, nobody waits for the work. */
export function underSupervision(): (code: number) => void {
  if (!process.env[mark] || process.send === undefined) return () => {};
  delete process.env[mark];
  process.on("disconnect", () => process.exit(1));
  process.channel?.unref();
  return (code) => void process.send?.(code);
}

/** Set for the process that does the work. */
const mark = "PRUNE_SUPERVISED";
const crashed = "PRUNE_CRASHED";

/** V8 collects garbage and compiles on threads of its own otherwise: a fifth of a worker's processor time. */
const singleThreaded = ["--single-threaded"] as const;

/** Others know no flags of V8. */
const isNode = !("bun" in process.versions || "deno" in process.versions);

/** Debuggers listen on one port. */
const execArgv = (): string[] => process.execArgv.filter((arg) => !arg.startsWith("--inspect"));

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: Error;
}

const ended = (child: ChildProcess): Promise<Ended> =>
  new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: null, signal: null, error }));
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });

/** A terminal tells both processes of Ctrl-C; others tell only the one that they know. Returns the signals that came. */
function passSignals(child: () => ChildProcess | undefined, delay: number): ReadonlySet<string> {
  const came = new Set<string>();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      came.add(signal);
      setTimeout(() => child()?.kill(signal), signal === "SIGINT" ? delay : 0);
    });
  return came;
}

async function reportCrash(args: readonly string[], how: string, signal: string | null): Promise<void> {
  const { CliError } = await import("./errors.js");
  const { message, code } = new CliError("crashed", { how, killed: signal === "SIGKILL" });
  if (args.includes("--json")) console.log(JSON.stringify({ error: { code, message } }, null, 2));
  console.error(`prune: ${message}`);
}
