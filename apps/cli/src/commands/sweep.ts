import { basename, dirname, join } from "node:path";
import type { Engine, JobOutcome, Swept } from "@prune/sweep";
import type { ResultsFile } from "@prune/sweep/advanced";
import type { Command } from "commander";
import { CliError } from "../errors.js";
import { addQueue, type QueuePlace } from "../options/queue.js";
import { collect, countTo } from "../options.js";
import { readJson } from "../read-json.js";
import { crashBefore } from "../supervisor.js";
import { percent, short } from "../terminal/numbers.js";
import { printable } from "../terminal/printable.js";
import { table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { signalOfProcess } from "./signals.js";

interface Options extends QueuePlace {
  readonly output?: string;
  readonly threads?: number;
  readonly plugin: readonly string[];
  readonly json?: boolean;
}

export function addSweep(program: Command, terminal: Terminal): void {
  const command = program
    .command("sweep")
    .summary("try many candidates, and keep the front of the best")
    .description(
      "Tries all candidates of a plan, and writes a table, the Pareto front with its models, and every recipe. What ended " +
        "is kept: a sweep that was stopped or killed goes on where it was.",
    )
    .argument("<plan>", "JSON: models, options to try, what to measure")
    .option("-o, --output <folder>", "where results go (default: beside the plan, by its name)")
    .option(
      "--threads <n>",
      "candidates at once, without a queue (default: one for each processor)",
      countTo(64),
    )
    .option(
      "--plugin <module>",
      "a module that criteria may come from; several times for several",
      collect,
      [],
    )
    .option("--json", "print results.json");
  addQueue(command)
    .addHelpText(
      "after",
      "\nExamples:\n  prune sweep plan.json -o sweep/" +
        "\n  prune sweep plan.json -o sweep/ --queue redis://queue:6379      run by `prune work` on any machine" +
        '\n  with plan.json: { "models": ["model.onnx"], "grid": { "importance": ["l2", "lamp"], "ratio": [0.2, 0.4] } }',
    )
    .action(async (path: string, options: Options) => {
      const made = await swept(path, options, terminal);
      if (made.ended === "aborted") terminal.note("prune: stopped; the same command goes on where it was");
      terminal.print(options.json ? JSON.stringify(made.results, null, 2) : printed(made));
    });
}

interface Made extends Swept {
  readonly results: ResultsFile;
  readonly folder: string;
  readonly ownOptions: (options: object, all?: object) => readonly (readonly [string, unknown])[];
}

async function swept(path: string, options: Options, terminal: Terminal): Promise<Made> {
  if (path === "-" && options.output === undefined) throw new CliError("no-output", {});
  const { checkPlan, runSweep, writeResults } = await import("@prune/sweep");
  const { ownOptions } = await import("@prune/sweep/advanced");
  const plan = checkPlan(await readJson(path));
  const folder = options.output ?? join(dirname(path), `${basename(path).replace(/\.json$/i, "")}-sweep`);
  const open = await engineOf(folder, options, terminal);
  const signal = signalOfProcess();
  let results: ResultsFile | undefined;
  const done = await runSweep(plan, {
    folder,
    base: path === "-" ? "." : dirname(path),
    engine: open,
    signal,
    onOutcome: (outcome, { done, most }) => terminal.progress(`${done} of ${most}: ${outcomeText(outcome)}`),
    async finish(found, engine) {
      results = await writeResults(folder, found, engine);
    },
  });
  return { ...done, folder, ownOptions, results: results as ResultsFile };
}

/** Threads of this process, or workers on a queue: the environment may name it, so that its password is seen by nobody. */
async function engineOf(
  folder: string,
  { plugin: plugins, threads, queue: url, queueName: name, store }: Options,
  terminal: Terminal,
): Promise<() => Promise<Engine>> {
  if (url === undefined && !process.env.PRUNE_QUEUE) {
    if (store !== undefined)
      throw new CliError("bad-option", {
        option: "--store",
        why: "it is for a sweep on several machines; add --queue",
      });
    const { embedded } = await import("@prune/sweep");
    const crash = crashBefore();
    return () => embedded({ folder, plugins, threads, crash, ...threadOfBundle() });
  }
  if (threads !== undefined)
    throw new CliError("bad-option", {
      option: "--threads",
      why: "workers have their own; give it to `prune work`",
    });
  const { queueEngine } = await import("@prune/sweep/queue");
  return () =>
    queueEngine({ url, name, store, plugins, onNote: (note) => terminal.note(`prune: ${printable(note)}`) });
}

/** Threads need a file; the bundle has its own. */
export const threadOfBundle = (): { readonly thread?: URL } =>
  import.meta.url.endsWith(".ts") ? {} : { thread: new URL("./thread.js", import.meta.url) };

export function outcomeText(outcome: JobOutcome): string {
  if (outcome.state !== "done") return printable(`${outcome.state}: ${outcome.message}`);
  return Object.entries(outcome.measures)
    .map(([name, value]) => `${name} ${valueText(name, value)}`)
    .join(", ");
}

function valueText(name: string, value: number): string {
  if (name === "agreement" || name === "accuracy") return percent(value);
  if (name === "milliseconds") return `${value.toPrecision(3)} ms`;
  return short(value, name === "bytes" || name === "gzip" ? "B" : "");
}

function printed({ plan, results, points, ran, known, folder, ownOptions }: Made): string {
  const own = (options: object) => ownOptions(options, plan.options);
  const best = results.candidates.filter(({ front }) => front);
  const rows = best.map(({ model, options, outcome }) => [
    printable(basename(model)),
    printable(
      own(options)
        .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
        .join(" "),
    ),
    ...plan.measure.map((name) => {
      const value = outcome.state === "done" ? outcome.measures[name] : undefined;
      return value === undefined ? "" : valueText(name, value);
    }),
  ]);
  const missed = points.filter(({ outcome }) => outcome.state !== "done");
  const [example] = missed;
  return [
    ...(rows.length > 0 ? [table(["model", "options", ...plan.measure], rows), ""] : []),
    `${points.length} candidates (${ran} run now, ${known} known from before), ${best.length} on the front of ${plan.front.join(" and ")}`,
    ...(example ? [`${missed.length} could not be made, such as: ${outcomeText(example.outcome)}`] : []),
    `results ${results.sha256.slice(0, 16)}`,
    `Written: ${join(folder, "sweep.html")}, results.json, front.json, front.svg, recipes/, models/`,
  ].join("\n");
}
