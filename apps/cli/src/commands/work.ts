import { hostname } from "node:os";
import { type Command, InvalidArgumentError } from "commander";
import { CliError } from "../errors.js";
import { addQueue, type QueuePlace } from "../options/queue.js";
import { collect, countTo, positive } from "../options.js";
import { printable } from "../terminal/printable.js";
import type { Terminal } from "../terminal/terminal.js";
import { signalOfProcess } from "./signals.js";
import { outcomeText, threadOfBundle } from "./sweep.js";

interface Options extends QueuePlace {
  readonly folder: string;
  readonly threads: number;
  readonly rate?: number;
  readonly memory?: number;
  readonly lock: number;
  readonly plugin: readonly string[];
}

export function addWork(program: Command, terminal: Terminal): void {
  const command = program
    .command("work")
    .summary("run candidates of sweeps that others started")
    .description(
      "Takes candidates from a queue and runs them, until SIGTERM or SIGINT: then what has begun is ended first. Any " +
        "number of workers, on any number of machines, may work on one queue.",
    );
  addQueue(command)
    .option("--folder <folder>", "the worker's own: a cache of inputs, and all that it opens", ".prune-work")
    .option("--threads <n>", "candidates at once, each on one thread", countTo(64), 1)
    .option("--rate <n>", "candidates that begin in a minute at most", positive)
    .option(
      "--memory <size>",
      "what the process may hold, such as 2GB: a candidate that needs more is ended, and left to others",
      bytes,
    )
    .option("--lock <seconds>", "silence after which others take over what this worker began", positive, 30)
    .option(
      "--plugin <module>",
      "a module that criteria may come from; several times for several",
      collect,
      [],
    )
    .addHelpText(
      "after",
      "\nExamples:\n  prune work --queue redis://queue:6379\n  PRUNE_QUEUE=redis://:secret@queue:6379 prune work --store s3://sweeps --threads 4",
    )
    .action(async ({ queue: url, queueName, lock, plugin: plugins, ...options }: Options) => {
      const { work } = await import("@prune/sweep/queue");
      if (url === undefined && !process.env.PRUNE_QUEUE)
        throw new CliError("bad-option", {
          option: "--queue",
          why: "which queue? Add --queue redis://host:6379, or set PRUNE_QUEUE",
        });
      await work({
        ...options,
        ...threadOfBundle(),
        url,
        name: queueName,
        plugins,
        lockDuration: 1000 * lock,
        signal: signalOfProcess(),
        onEvent(event) {
          if (event.kind === "ready")
            terminal.note(`prune: works as process ${process.pid} on ${hostname()}`);
          else if (event.kind === "trouble") terminal.note(`prune: ${printable(event.message)}`);
          else if (event.kind === "ended")
            terminal.note(`${event.job.slice(0, 12)} ${outcomeText(event.outcome)}`);
          else if (event.kind === "known") terminal.note(`${event.job.slice(0, 12)} ended before`);
          else terminal.note(`${event.job.slice(0, 12)} began`);
        },
      });
    });
}

/** "512MB", "2 GB" */
function bytes(text: string): number {
  const [, digits, unit = ""] = /^\s*([\d.]+)\s*([kMG]?)B?\s*$/i.exec(text) ?? [];
  const value =
    Number(digits) * { "": 1, k: 1e3, m: 1e6, g: 1e9 }[unit.toLowerCase() as "" | "k" | "m" | "g"];
  if (!(value >= 1e8)) throw new InvalidArgumentError("It must be a size such as 2GB, 100MB at least.");
  return value;
}
