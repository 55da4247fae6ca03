import { augmentations, most, sampleFiles, type TrainingConfig, trainingOf } from "@prune/workflow";
import { type Command, Option } from "commander";
import { CliError } from "../errors.js";
import { addData, type DataOptions } from "../options/data.js";
import { countTo, notNegative, positive, positiveTo, ratio, share, whole } from "../options.js";
import { besideOutputs } from "../standard-input.js";
import type { Terminal } from "../terminal/terminal.js";
import { curveFile } from "../training/curve-file.js";
import { trainingText } from "../training/training-text.js";
import { shownOn, workflow } from "../workflow.js";

interface Options extends DataOptions, Omit<TrainingConfig, "augment"> {
  readonly output?: string;
  readonly teacher?: string;
  readonly augment?: readonly (typeof augmentations)[number][];
  readonly checkpoint?: string;
  readonly seed: number;
  readonly threads: number;
  readonly report?: string;
  readonly curve?: string;
  readonly json?: boolean;
}

export function addTrain(program: Command, terminal: Terminal): void {
  const command = program
    .command("train")
    .summary("train a model that exists, by labels, a teacher, or both")
    .description(
      "Trains an ONNX model on samples: by their labels, by what a teacher makes of them, or both. The step that is " +
        "best on held-out samples is written; the model as it came counts as one.",
    )
    .argument("<model>", "the model")
    .option("-o, --output <file>", "where the trained model goes")
    .option(
      "--teacher <model>",
      "a model to learn from, such as the one this was cut out of; needs no labels",
    );
  addData({ use: " to train on", most: "all" })(command);
  command
    .option("--time <duration>", "when to stop: 90s, 10m, 2h")
    .option("--epochs <n>", "the same, in rounds over the samples", positiveTo(most.trainingSteps))
    .option("--steps <n>", "the same, in steps", countTo(most.trainingSteps))
    .option("--rate <x>", "highest learning rate (default: 3e-4)", positive)
    .option(
      "--batch <n>",
      "samples in a step, where the model leaves that open (default: 128)",
      countTo(most.batch),
    )
    .addOption(
      new Option("--optimiser <name>", "how gradients become steps (default: adamw)").choices([
        "sgd",
        "adamw",
      ]),
    )
    .addOption(
      new Option("--schedule <name>", "how the rate falls (default: cosine)").choices([
        "cosine",
        "steps",
        "constant",
      ]),
    )
    .option("--warm-up <share>", "share of the training in which the rate rises (default: 0.05)", share)
    .option("--weight-decay <x>", "pull on the weights (default: 0.01, sgd 5e-4)", notNegative)
    .option("--clip <x>", "the most that all gradients together may measure", positive)
    .option("--label-smoothing <share>", "share of each label that goes to all classes (default: 0)", ratio)
    .option(
      "--temperature <x>",
      "divides the scores that are learned from the teacher (default: 4)",
      positive,
    )
    .option(
      "--hard-share <share>",
      "the part of the labels where there is a teacher too (default: 0.3)",
      share,
    )
    .option("--held-out <share>", "share of the samples that says which step is best (default: 0.1)", ratio)
    .option("--patience <n>", "looks without a better step after which to stop", countTo(most.trainingSteps))
    .option("--augment <names>", `changes to images, with commas between: ${augmentations.join(", ")}`, names)
    .option("--checkpoint <file>", "keep the run here, and go on with it")
    .option("--seed <n>", "for what is drawn", whole, 1)
    .option("--threads <n>", "threads inside one operator", countTo(most.threads), 1)
    .option("--report <file>", "write the curve and how it ended")
    .option("--curve <file>", "write the curve: .json, or a plot as .svg")
    .option("--json", "print the report as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  prune train smaller.onnx -o trained.onnx --data train.npz --labels y --time 10m --augment flip,crop" +
        "\n  prune train smaller.onnx -o trained.onnx --teacher model.onnx --data photos --epochs 5" +
        "\n  prune train smaller.onnx -o trained.onnx --data train.npz --steps 2000 --checkpoint run.checkpoint",
    )
    .action(async (model: string, options: Options) => {
      const { output: out, data, dataConfig, labels, samples: most, ...rest } = options;
      const { checkpoint, json, curve, report, teacher, seed, threads, ...config } = rest;
      trainingOf(config as TrainingConfig);
      if (out === undefined) throw new CliError("no-output", {});
      const samples = sampleFiles({ data, dataConfig, labels, samples: most });
      if (samples === undefined)
        throw new CliError("bad-option", { option: "--data", why: "which samples? Add --data PATH" });
      const results = besideOutputs(terminal, [out, report, curve]);
      const made = await workflow.train(model, {
        ...(config as TrainingConfig),
        teacher,
        seed,
        threads,
        out,
        report,
        samples,
        writes: [checkpoint, curve],
        also: (trained) => (curve === undefined ? [] : [curveFile(curve, trained)]),
        ...(checkpoint !== undefined && {
          checkpoint: (await import("@prune/training/node")).checkpointFile(checkpoint),
        }),
        onProgress: shownOn(terminal),
      });
      results.print(json ? JSON.stringify(made.report, null, 2) : printed(made.report));
    });
}

const printed = (report: Parameters<typeof trainingText>[0] & { readonly out: string }): string =>
  `${trainingText(report)}\nWritten: ${report.out}, as it was after step ${report.best.step}`;

/** Checked where the training is asked for. */
const names = (text: string): readonly string[] => text.split(",").map((name) => name.trim());
