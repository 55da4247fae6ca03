import type { Budget } from "@prune/pruner";
import type { Command } from "commander";
import type { PruneConfig } from "../../config.js";
import { criterion } from "../criteria.js";
import { CliError } from "../errors.js";
import { besideOutputs, modelPath } from "../files/standard-input.js";
import { keepText } from "../keep/curve-file.js";
import {
  type LosslessFileReport,
  type LosslessPart,
  losslessFile,
  losslessText,
  pruneAfterLossless,
} from "../lossless-file.js";
import { type AllocationOptions, addAllocation } from "../options/allocation.js";
import { type AmountOptions, addAmount } from "../options/amount.js";
import { addConfig, readConfig } from "../options/config.js";
import { addCriterion, type CriterionOptions } from "../options/criterion.js";
import {
  addData,
  addRecover,
  type DataOptions,
  isAboutSamples,
  type RecoverOptions,
} from "../options/data.js";
import { addKeep, checkKeep, type KeepOptions } from "../options/keep.js";
import { addRanking, type RankingOptions } from "../options/ranking.js";
import { addSteps, type StepOptions } from "../options/steps.js";
import { addTarget, type TargetOptions } from "../options/target.js";
import { usesOfData } from "../options/uses-of-data.js";
import { whole } from "../options.js";
import { type FileReport, pruneFile } from "../prune-file.js";
import { dataFreeText } from "../recover-data-free.js";
import { recoveryText } from "../recovery-text.js";
import { change, count, milliseconds, percent, scientific, short } from "../terminal/numbers.js";
import { table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { isTfjs, refuseLossless } from "../tfjs/is-tfjs.js";
import type { FileLatency } from "../timing.js";
import { inlinedText } from "../traced.js";

interface Options
  extends AmountOptions,
    RankingOptions,
    TargetOptions,
    StepOptions,
    CriterionOptions,
    AllocationOptions,
    KeepOptions,
    DataOptions,
    RecoverOptions {
  readonly output?: string;
  readonly config?: string;
  readonly lossless?: boolean;
  readonly mask?: boolean;
  readonly seed?: number;
  readonly recipe?: string;
  readonly report?: string;
  readonly verify?: boolean;
  readonly json?: boolean;
}

const examples = `
Examples:
  prune model.onnx -o smaller.onnx                        half of the units of every layer
  prune model.onnx -o smaller.onnx --target macs=0.5      no more than half of the MACs left
  prune model.onnx -o smaller.onnx --ratio 0.2 --global --importance lamp
  prune model.onnx -o smaller.onnx --layer-ratio "layer4.*=0.7" --round-to 8
  prune vit.onnx -o smaller.onnx --heads 0.25 --ignore "patch_embed*"
  prune model.onnx -o smaller.onnx --lossless             only what changes no output
  prune model.onnx -o smaller.onnx -t macs=0.6 --data photos --importance wanda
  prune model.onnx -o smaller.onnx -t macs=0.6 --data test.npz --allocation sensitivity
  prune model.onnx -o smaller.onnx --data test.npz --keep agreement=0.98 --curve curve.svg
  prune model.onnx -o smaller.onnx -t macs=0.8 --recover synthetic      no data at all
  prune model.onnx -o smaller.onnx --recipe recipe.json --report report.json
  prune model.json -o smaller/                            a TensorFlow.js model, into a folder
  prune inspect model.onnx                                what can be cut, and what can't

Exit codes: 0 done, 1 refused or failed (nothing was written; the reason is on stderr), 2 wrong usage.`;

/** The command itself, without a name of its own: \`prune MODEL -o OUT\`. */
export function addPrune(program: Command, terminal: Terminal): void {
  program
    .description(
      "Cut whole channels, heads and hidden units out of an ONNX or TensorFlow.js model, and prove that what is left " +
        "computes what it did: the smaller model is run against the original with the removed units masked before it is written.",
    )
    .argument("[model]", "the model to prune; - is standard input")
    .option(
      "-o, --output <file>",
      "where the smaller model goes; - is standard output; a folder for a model.json",
    );
  const data = addData({ use: " to score by, and to win accuracy back with after the cut" });
  for (const add of [addCriterion, addAmount, addTarget, addAllocation, addRanking, addSteps, addConfig])
    add(program);
  for (const add of [data, addRecover, addKeep]) add(program);
  program
    .option(
      "--lossless",
      "remove what changes no output; all that is removed, unless a ratio or target is given",
    )
    .option("--mask", "set what would leave to zero and keep the size")
    .option("--seed <n>", "for random and for drawing samples (default: 0)", whole)
    .option("--recipe <file>", "write what was removed, in the original's coordinates")
    .option("--report <file>", "write sizes, layers, what is frozen and why, and the law")
    .option("--no-verify", "don't run the smaller model before writing it")
    .option("--json", "print the report as JSON")
    .addHelpText("after", examples)
    .action(async (named: string | undefined, given: Options, command: Command) => {
      if (named === undefined) throw new CliError("no-model", {});
      const { output, json, ...line } = given;
      const { config, ...about } = configOf(line);
      const { lossless = false, ...options } = { ...line, ...about };
      if (output === undefined) throw new CliError("no-output", {});
      const { recipe, report } = options;
      const results = besideOutputs(terminal, [output, recipe, report, options.curve]);
      const model = modelPath(named);
      const file = config === undefined ? {} : await readConfig(config);
      const isSaid = command.getOptionValueSource("verify") === "cli";
      const { amount, data, how } = split(merged(file, options, isSaid));
      const { importance: name = "l2", seed = 0, reduction, normaliser } = how;
      const { verify = true, allocation, keep, keepBy, curve, ...rest } = amount;
      if (lossless && isTfjs(model)) refuseLossless();
      checkTiming(rest, isTfjs(model));
      const importance = criterion(name, { seed, reduction, normaliser });
      const { samples, recover, methods, dataFree } = usesOfData(
        { ...data, lossless, mask: rest.mask ?? false, tfjs: isTfjs(model) },
        { name, importance, allocation, keep: keep !== undefined },
      );
      const kept = {
        ...(keep && { keep }),
        ...(keepBy && { keepBy }),
        ...(curve !== undefined && { curve }),
      };
      checkKeep(kept, {
        ratio: rest.ratio,
        target: rest.target,
        mask: rest.mask ?? false,
        lossless,
        tfjs: isTfjs(model),
        data: samples !== undefined,
      });
      if (lossless) checkLossless(rest, options);
      if (lossless && rest.ratio === undefined && rest.target === undefined) {
        const made = await losslessFile(model, {
          out: output,
          report,
          reads: [config],
          verify,
          onProgress: terminal.progress,
        });
        results.print(
          json ? JSON.stringify({ ...made, model: named }, null, 2) : losslessPrinted(made, terminal),
        );
        if (made.unverified !== undefined && verify) terminal.note(`prune: not verified: ${made.unverified}`);
        return;
      }
      const pruneTfjs = isTfjs(model) ? (await import("../tfjs/prune-tfjs.js")).pruneTfjs : undefined;
      const result: Result = await (pruneTfjs ?? (lossless ? pruneAfterLossless : pruneFile))(model, {
        ...rest,
        ...(rest.target === undefined && !keep && { ratio: rest.ratio ?? 0.5 }),
        ...(keep && { keep: { keep, keepBy, curve } }),
        verify,
        samples,
        recover,
        methods,
        dataFree,
        allocateBy:
          allocation === undefined || allocation === "sensitivity" ? allocation : { curves: allocation },
        seed,
        out: output,
        reads: [config],
        importance,
        onProgress: terminal.progress,
      });
      results.print(json ? JSON.stringify({ ...result, model: named }, null, 2) : printed(result, terminal));
      if (result.unverified !== undefined && verify && !rest.mask)
        terminal.note(`prune: not verified: ${result.unverified}`);
    });
}

type Result = FileReport & { readonly lossless?: LosslessPart };

/** A recipe can't tell what is folded into other weights; what ranks and limits needs something to prune. */
function checkLossless(amount: PruneConfig, { recipe }: Pick<Options, "recipe">): void {
  const option = "--lossless";
  if (recipe !== undefined)
    throw new CliError("bad-option", {
      option,
      why: "a recipe can't tell what is folded; prune in two steps",
    });
  if (amount.mask) throw new CliError("bad-option", { option, why: "it can't be combined with --mask" });
  const beside = new Set(["report", "$schema"]);
  const other = Object.keys(amount).find((name) => !beside.has(name));
  if (other !== undefined && amount.ratio === undefined && amount.target === undefined)
    throw new CliError("bad-option", { option, why: `"${other}" needs a ratio or a target beside it` });
}

/** What is timed, and in what: a table is for a target, both for the runtime of ONNX models. */
function checkTiming({ latencyTable, threads, target }: PruneConfig, tfjs: boolean): void {
  const option = latencyTable !== undefined ? "--latency-table" : "--threads";
  if (tfjs && (latencyTable !== undefined || threads !== undefined))
    throw new CliError("bad-option", { option, why: "it needs an ONNX model" });
  if (latencyTable !== undefined && target === undefined)
    throw new CliError("bad-option", { option, why: "it needs a --target, which it chooses widths for" });
}

/** `--config` may say what samples are where it is no configuration of the command. */
function configOf({ config, data, dataConfig }: Options): Pick<Options, "config" | "dataConfig"> {
  const describes =
    config !== undefined && data !== undefined && dataConfig === undefined && isAboutSamples(config);
  return describes ? { dataConfig: config } : { ...(config !== undefined && { config }) };
}

type Given = Omit<Options, "output" | "json" | "config" | "lossless">;

/** What is scored by, what samples are, and all the rest: how much leaves, from where. */
function split({ importance, seed, reduction, normaliser, ...other }: PruneConfig) {
  const { data, dataConfig, labels, samples, recover, ...amount } = other;
  return {
    how: { importance, seed, reduction, normaliser },
    data: { data, dataConfig, labels, samples, recover },
    amount,
  };
}

/** The command line comes before the file; a target there takes the place of the file's ratio, and the reverse. */
function merged(file: PruneConfig, line: Given, verifySaid: boolean): PruneConfig {
  const { layerRatio: layerRatios, headRatio: headRatios, scope: scopes, verify, ...rest } = line;
  const { target, ratio, keep, ...others } = file;
  const amount = line.target === undefined && line.ratio === undefined && line.keep === undefined;
  return {
    ...others,
    ...(amount && target && { target }),
    ...(amount && ratio !== undefined && { ratio }),
    ...(amount && keep && { keep }),
    ...rest,
    ...(layerRatios && { layerRatios }),
    ...(headRatios && { headRatios }),
    ...(scopes && { scopes }),
    ...(verifySaid && verify !== undefined && { verify }),
  };
}

export function sizes({ before, after, files }: Pick<FileReport, "before" | "after" | "files">): string {
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

const losslessPrinted = (made: LosslessFileReport, { colours }: Terminal): string =>
  [sizes(made), losslessText(made), `${colours.bold(made.out)} written`].join("\n");

function printed(result: Result, { colours }: Terminal): string {
  const { groups, removed } = result;
  const units = groups.reduce((sum, { total }) => sum + total, 0);
  const lines = [
    ...(isMeasured(result) ? [] : [notMeasured(colours)]),
    sizes(result),
    ...(result.lossless ? [losslessText(result.lossless)] : []),
    `${count(removed)} of ${count(units)} units removed (${percent(removed / units)})`,
    ...(result.budget ? [budgetText(result.budget)] : []),
    ...(result.latency ? [latencyText(result.latency, result.keep !== undefined)] : []),
    ...inlinedText(result.inlined),
    lawText(result),
    ...(result.keep ? [keepText(result.keep)] : []),
    ...(result.dataFree ? [dataFreeText(result.dataFree)] : []),
    ...(result.recovery ? [recoveryText(result.recovery, result.law !== null)] : []),
    `${colours.bold(result.out)} written`,
  ];
  return lines.join("\n");
}

/** Whether anything was compared with the original on data. */
const isMeasured = ({ recovery, keep, dataFree, law }: Result): boolean =>
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
function latencyText({ before, after, ratio, noise, slower }: FileLatency, kept: boolean): string {
  const ratioText = `${change(1, ratio)} ± ${percent(noise)}`;
  const told = `latency ${milliseconds(before.median)} -> ${milliseconds(after.median)} (${ratioText})`;
  return slower
    ? `${told}: slower than the original\nruntimes are fast on whole vectors: try --round-to 16${kept ? "" : ", or a --target"}`
    : told;
}

/** One line about the law. */
export function lawText({ law }: Pick<FileReport, "law">): string {
  if (!law) return "not verified";
  const inputs = `${law.method}, ${law.samples === undefined ? `${law.seeds} random inputs` : `${law.samples} samples`}`;
  const error = `${law.holds ? "cut = mask within" : "cut and mask differ by"} ${scientific(law.error)} (at most ${law.tolerance}; ${inputs})`;
  const noise = law.noise === undefined ? "" : `; the runtime's own noise is ${scientific(law.noise)}`;
  const alike =
    law.anchors === undefined ? "" : `; compared where both decide alike, at ${law.anchors} tensors`;
  return `${error}${alike}${noise}${law.vacuous ? "; vacuous: the mask changes no output on these inputs" : ""}`;
}
