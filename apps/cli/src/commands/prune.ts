import type { Budget } from "@prune/pruner/advanced";
import type { NewFile, PruneConfig, PruneReport } from "@prune/workflow";
import {
  type LatencyReport,
  type LosslessJobReport,
  type LosslessPart,
  losslessKeptText,
} from "@prune/workflow/advanced";
import type { Command } from "commander";
import { countedLines } from "../counted-lines.js";
import { dataFreeText } from "../data-free-text.js";
import { CliError } from "../errors.js";
import { isModelFolder, printFolder } from "../folder.js";
import { formsText } from "../forms-text.js";
import { inlinedText } from "../inlined-text.js";
import { curveFile as keepCurveFile, keepText } from "../keep/curve-file.js";
import { lawText } from "../law-text.js";
import { type FileConfig, foundConfig, isAboutSamples, readConfig } from "../options/config.js";
import { withAmount } from "../options/default-amount.js";
import { addOptions } from "../options/from-table.js";
import { recoveryText } from "../recovery-text.js";
import { isMany, type Job, jobsOf, pruneAll } from "../several.js";
import { besideOutputs, modelPath } from "../standard-input.js";
import { change, count, milliseconds, percent, short } from "../terminal/numbers.js";
import { table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { tradeText } from "../trade-text.js";
import { curveFile as trainingCurveFile } from "../training/curve-file.js";
import { trainingText } from "../training/training-text.js";
import { shownOn, workflow, workflowWith } from "../workflow.js";

interface Options extends PruneConfig {
  readonly output?: string;
  /** A file; false to look for none. */
  readonly config?: string | false;
  readonly lossless?: boolean;
  readonly recipe?: string;
  readonly report?: string;
  readonly html?: string;
  readonly json?: boolean;
}

const examples = `
Examples:
  prune model.onnx -o smaller.onnx --data photos          the smallest that answers as the original on 98 % of them
  prune model.onnx -o smaller.onnx --ratio 10%            a tenth of the units of every layer
  prune model.onnx -o smaller.onnx --target macs=0.5      no more than half of the MACs left
  prune model.onnx -o smaller.onnx --ratio 0.2 --global --importance lamp
  prune model.onnx -o smaller.onnx --layer-ratio "layer4.*=0.7" --round-to 8
  prune vit.onnx -o smaller.onnx --heads 0.25 --ignore "patch_embed*"
  prune decoder.onnx -o smaller.onnx --heads 0.5 --io cache   heads leave the cache too
  prune model.onnx -o smaller.onnx --lossless             only what changes no output
  prune model.onnx -o smaller.onnx -t macs=0.6 --data photos --importance wanda
  prune model.onnx -o smaller.onnx -t macs=0.6 --data test.npz --allocation sensitivity
  prune model.onnx -o smaller.onnx --data test.npz --keep agreement=0.98 --curve curve.svg
  prune model.onnx -o smaller.onnx -t macs=0.34 --data train.npz --labels y.npy --train 10m
  prune model.onnx -o smaller.onnx -t macs=0.8 --recover synthetic      no data at all
  prune model.onnx -o smaller.onnx --recipe recipe.json --report report.json
  prune llama-onnx/ -o smaller/ --heads 0.5 --io cache    a model folder of transformers.js, optimum or GenAI
  prune model.json -o smaller/                            a TensorFlow.js model, into a folder
  prune a.onnx "models/*.onnx" -o smaller/ -t macs=0.8    several models, into a folder
  prune inspect model.onnx                                what can be cut, and what can't

Exit codes: 0 done, 1 refused or failed (nothing was written; the reason is on stderr), 2 wrong usage.`;

/** The command itself, without a name of its own: \`prune MODEL -o OUT\`. */
export function addPrune(program: Command, terminal: Terminal): void {
  program
    .description(
      "Cut whole channels, heads and hidden units out of an ONNX or TensorFlow.js model, and prove that what is left " +
        "computes what it did: the smaller model is run against the original with the removed units masked before it is written.",
    )
    .argument(
      "[models...]",
      "the model to prune, - for standard input; or several, folders or patterns of them, into a folder",
    );
  addOptions(program, "prune", { ratio: { usual: "the samples say, or the command asks" } })
    .addHelpText("after", examples)
    .action(async (named: readonly string[], given: Options, command: Command) => {
      const verifySaid = command.getOptionValueSource("verify") === "cli";
      const { output, ...options } = given;
      if (named.length === 0) throw new CliError("no-model", {});
      if (output === undefined) throw new CliError("no-output", {});
      const jobs = jobsOf(named, { ...options, output });
      const [only] = jobs;
      if (only && !isMany(named)) return pruneOne(only, { verifySaid, terminal });
      await pruneAll(jobs, (job, own) => pruneOne(job, { verifySaid, terminal: own }), terminal);
    });
}

interface One {
  readonly verifySaid: boolean;
  readonly terminal: Terminal;
}

const noFile: FileConfig = { config: {}, plugIns: {} };

/** One model, from its file to the smaller one. */
async function pruneOne(
  { named, output: out, ...given }: Job<Omit<Options, "output">>,
  { verifySaid, terminal }: One,
): Promise<void> {
  const { json, config: asked, ...line } = given;
  const { config, ...about } = await configOf(given);
  const { lossless = false, recipe, report, html, ...options } = { ...line, ...about };
  const results = besideOutputs(terminal, [out, recipe, report, html, options.curve]);
  const model = modelPath(named);
  const { config: file, plugIns } = config === undefined ? noFile : await readConfig(config);
  if (config !== undefined && asked === undefined) terminal.note(`prune: options from ${config}`);
  const isTfjs = model.toLowerCase().endsWith(".json");
  const choice = withAmount(merged(file, options, verifySaid), { named, lossless, isTfjs });
  const job = {
    out,
    report,
    reads: config === undefined ? [] : [config],
    onProgress: shownOn(terminal),
  };
  const { importance, methods, ...own } = plugIns;
  if (isTfjs && own.backend)
    throw new CliError("bad-config", { path: config ?? "", why: "its backend is one of ONNX models" });
  const used = own.rules || own.backend ? workflowWith(own) : workflow;
  // The command line comes before the file here too.
  const ofFile = {
    ...(options.importance === undefined && importance && { importance }),
    ...(options.recover === undefined && methods && { methods }),
  };
  const { verify = true, mask = false, curve } = choice;
  if (isModelFolder(model)) {
    const asked = { ...choice, lossless, onProgress: job.onProgress };
    return printFolder([model, out], asked, { html, recipe, report, json }, results);
  }
  if (lossless && choice.ratio === undefined && choice.target === undefined) {
    if (html !== undefined)
      throw new CliError("bad-option", {
        option: "--html",
        why: "it needs a ratio or a target beside --lossless",
      });
    used.check(model, { ...choice, lossless, recipe });
    const { report: made } = await used.lossless(model, { ...job, verify, sizes: choice.sizes });
    print(made, losslessPrinted, verify);
    return;
  }
  // Only who asks for the page pays for it.
  const htmlOf = html === undefined ? undefined : (await import("../html-file.js")).htmlFile;
  const { report: made } = await used.prune(model, {
    ...choice,
    ...ofFile,
    ...job,
    lossless,
    recipe,
    writes: html === undefined ? [] : [html],
    also: (made, details) => [
      ...(curve === undefined ? [] : curveOf(curve, made)),
      ...(htmlOf === undefined || html === undefined ? [] : [htmlOf(html, made, details)]),
    ],
  });
  print(made, printed, verify && !mask);

  function print<Report extends { readonly unverified?: string }>(
    found: Report,
    text: (found: Report, terminal: Terminal) => string,
    isChecked: boolean,
  ): void {
    const shown = { ...found, model: named };
    results.print(json ? JSON.stringify(shown, null, 2) : text(found, terminal));
    if (found.unverified !== undefined && isChecked)
      terminal.note(`prune: not verified: ${found.unverified}`);
  }
}

/** `--config` may say what samples are where it is no configuration of the command; without it, one may lie here. */
async function configOf({
  config,
  data,
  dataConfig,
}: Options): Promise<{ readonly config?: string | undefined; readonly dataConfig?: string }> {
  if (config === false) return { config: undefined };
  if (config === undefined) return { config: foundConfig() };
  const describes = data !== undefined && dataConfig === undefined && (await isAboutSamples(config));
  return describes ? { config: undefined, dataConfig: config } : { config };
}

/** The command line comes before the file; a target there takes the place of the file's ratio, and the reverse. */
function merged(file: PruneConfig, { verify, ...line }: PruneConfig, verifySaid: boolean): PruneConfig {
  const { target, ratio, keep, ...others } = file;
  const amount = line.target === undefined && line.ratio === undefined && line.keep === undefined;
  return {
    ...others,
    ...(amount && target && { target }),
    ...(amount && ratio !== undefined && { ratio }),
    ...(amount && keep && { keep }),
    ...line,
    ...(line.sizes && { sizes: { ...others.sizes, ...line.sizes } }),
    ...(verifySaid && verify !== undefined && { verify }),
  };
}

export function sizes({ before, after, files }: Pick<PruneReport, "before" | "after" | "files">): string {
  const rows = [
    [
      "parameters",
      count(before.parameters),
      count(after.parameters),
      change(before.parameters, after.parameters),
    ],
    ["MACs", short(before.macs), short(after.macs), change(before.macs, after.macs)],
    ["file", short(files.before, "B"), short(files.after, "B"), change(files.before, files.after)],
  ];
  return table(["", "before", "after", ""], rows);
}

const losslessPrinted = (made: LosslessJobReport, { colours }: Terminal): string =>
  [
    sizes(made),
    ...countedLines(made.before, made.after),
    losslessText(made),
    `${colours.bold(made.out)} written`,
  ].join("\n");

function printed(result: PruneReport, { colours }: Terminal): string {
  const { groups, removed } = result;
  const units = groups.reduce((sum, { total }) => sum + total, 0);
  const lines = [
    colours.bold(tradeText(result)),
    ...(isMeasured(result) ? [] : [notMeasured(colours)]),
    sizes(result),
    ...countedLines(result.before, result.after),
    ...(result.lossless ? [losslessText(result.lossless)] : []),
    `${count(removed)} of ${count(units)} units removed (${percent(removed / units)})`,
    ...(result.budget ? [budgetText(result.budget)] : []),
    ...(result.latency ? [latencyText(result.latency, result.keep !== undefined)] : []),
    ...inlinedText(result.inlined),
    ...endsText(result.ends),
    ...formsText(result),
    lawText(result),
    ...(result.keep ? [keepText(result.keep)] : []),
    ...(result.dataFree ? [dataFreeText(result.dataFree)] : []),
    ...(result.recovery ? [recoveryText(result.recovery, result.law !== null)] : []),
    ...(result.training ? [trainingText(result.training)] : []),
    `${colours.bold(result.out)} written`,
  ];
  return lines.join("\n");
}

/** The curve of what made one: of the search, or else of the training. */
function curveOf(path: string, { keep, training }: PruneReport): NewFile[] {
  if (keep) return [keepCurveFile(path, keep)];
  return training ? [trainingCurveFile(path, training)] : [];
}

/** Whether anything was compared with the original on data. */
const isMeasured = ({ recovery, training, keep, dataFree, law }: PruneReport): boolean =>
  training !== undefined ||
  keep !== undefined ||
  dataFree?.judged !== undefined ||
  (recovery !== undefined && dataFree === undefined) ||
  law?.samples !== undefined;

/** Said first: what left was chosen by weights alone, and how well the rest does nobody has looked at. */
const notMeasured = (colours: Terminal["colours"]): string =>
  `${colours.yellow(colours.bold("accuracy not measured"))}: units left without a look at data, which can cost most of ` +
  "what the model knows\n  --data PATH measures it and wins it back; --keep agreement=0.98 --data PATH removes only what " +
  "that allows; --lossless removes only what changes no output";

function budgetText(budget: Budget): string {
  const { resource, original, target, reached, noise, why, multiple = 1, tooCoarse } = budget;
  const known = noise === undefined ? "" : ` (± ${percent(noise)})`;
  const end = `budget of ${percent(target / original)} of the ${resource}: ${percent(reached / original)} left${known}${
    tooCoarse === undefined
      ? ""
      : `; widths on ${multiple > 1 ? `multiples of ${multiple}` : "any number"}, as multiples of ${tooCoarse} can't reach it`
  }`;
  return why === undefined ? end : `${end}; ${why}`;
}

/** One line about the time of both; a second where the smaller model is the slower one. */
function latencyText({ before, after, ratio, noise, slower }: LatencyReport, kept: boolean): string {
  const ratioText = `${change(1, ratio)} ± ${percent(noise)}`;
  const told = `latency ${milliseconds(before.median)} -> ${milliseconds(after.median)} (${ratioText})`;
  return slower
    ? `${told}: slower than the original\nruntimes are fast on whole vectors: try --round-to 16${kept ? "" : ", or a --target"}`
    : told;
}

/** One line about inputs and outputs that got smaller. */
export function endsText(ends: PruneReport["ends"]): string[] {
  const [first] = ends ?? [];
  if (!ends || !first) return [];
  const others = ends.length > 1 ? `, and ${ends.length - 1} more` : "";
  return [
    `inputs and outputs that got smaller: ${first.tensor} [${first.before.join(", ")}] -> [${first.after.join(", ")}]${others}`,
  ];
}

/** How many units of each kind left, and why others had to stay. */
function losslessText({ removed: gone, refused, equal }: LosslessPart): string {
  const kinds = new Map<string, number>();
  for (const { kind, units } of gone) kinds.set(kind, (kinds.get(kind) ?? 0) + units);
  const total = [...kinds.values()].reduce((a, b) => a + b, 0);
  const list = [...kinds].map(([kind, units]) => `${units} ${kind}`).join(", ");
  const checked = equal
    ? `equal to the original within ${equal.error.toExponential(1)} (at most ${equal.tolerance}; ${equal.seeds} random inputs)`
    : "not compared with the original";
  return `${total} ${total === 1 ? "unit" : "units"} removed without loss${list && ` (${list})`}${losslessKeptText({ refused })}\n${checked}`;
}
