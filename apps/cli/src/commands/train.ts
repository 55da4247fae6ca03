import type { PruneConfig, TrainingConfig } from "@prune/workflow";
import { sampleFiles, training, trainingOf } from "@prune/workflow/advanced";
import type { Command } from "commander";
import { CliError } from "../errors.js";
import { addOptions, optionOf } from "../options/from-table.js";
import { besideOutputs } from "../standard-input.js";
import type { Terminal } from "../terminal/terminal.js";
import { curveFile } from "../training/curve-file.js";
import { trainingText } from "../training/training-text.js";
import { shownOn, workflow } from "../workflow.js";

interface Options
  extends TrainingConfig,
    Pick<PruneConfig, "data" | "dataConfig" | "labels" | "samples" | "seed" | "threads" | "curve"> {
  readonly output?: string;
  readonly teacher?: string;
  readonly checkpoint?: string;
  readonly report?: string;
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
    .argument("<model>", "the model");
  addOptions(command, "train", {
    output: { text: "where the trained model goes", more: "" },
    data: {
      text: "samples to train on: a folder of images (of one folder per class), .npy, .npz, .json, or raw N x C x H x W bytes",
    },
    samples: { usual: "all" },
    seed: { text: "for what is drawn", usual: "1" },
    threads: { text: "threads inside one operator" },
    report: { text: "write the curve and how it ended" },
    curve: { text: "write the curve: .json, or a plot as .svg" },
  });
  for (const [name, field] of Object.entries(training.properties ?? {}))
    command.addOption(
      optionOf(name, {
        group: "recovery",
        text: inPassing(field.description ?? ""),
        ...(field.usual !== undefined && { usual: field.usual }),
        field: name === "time" ? { type: "string" } : field,
        commands: ["train"],
        ...(name === "time" && { line: { value: "duration" } }),
      }),
    );
  command
    .option(
      "--teacher <model>",
      "a model to learn from, such as the one this was cut out of; needs no labels",
    )
    .option("--checkpoint <file>", "keep the run here, and go on with it")
    .addHelpText(
      "after",
      "\nExamples:\n  prune train smaller.onnx -o trained.onnx --data train.npz --labels y --time 10m --augment flip,crop" +
        "\n  prune train smaller.onnx -o trained.onnx --teacher model.onnx --data photos --epochs 5" +
        "\n  prune train smaller.onnx -o trained.onnx --data train.npz --steps 2000 --checkpoint run.checkpoint",
    )
    .action(async (model: string, options: Options) => {
      const { output: out, data, dataConfig, labels, samples: most, ...rest } = options;
      const { checkpoint, json, curve, report, teacher, seed = 1, threads = 1, ...config } = rest;
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

/** A sentence as a phrase. */
const inPassing = (text: string): string =>
  `${text.charAt(0).toLowerCase()}${text.slice(1)}`.replace(/\.$/, "");
