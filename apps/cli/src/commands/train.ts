import { writeFileSync } from "node:fs";
import { noEdit, readModel } from "@prune/onnx";
import { openModel, saveModel } from "@prune/onnx/node";
import { inputsOf } from "@prune/runtime-ort";
import { openSamples } from "@prune/samples/node";
import type { CurvePoint, Ending, Trained, TrainOptions } from "@prune/training";
import { type Command, InvalidArgumentError, Option } from "commander";
import { CliError } from "../errors.js";
import type { DataOptions } from "../options/data.js";
import { count, positive, ratio, share, whole } from "../options.js";
import { readJson } from "../read-json.js";
import { percent, short } from "../terminal/numbers.js";
import { table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";

interface Options extends Omit<DataOptions, "samples"> {
  readonly output?: string;
  readonly teacher?: string;
  readonly time?: number;
  readonly epochs?: number;
  readonly steps?: number;
  readonly rate: number;
  readonly batch: number;
  readonly optimiser: "sgd" | "adamw";
  readonly schedule: "cosine" | "steps" | "constant";
  readonly warmUp: number;
  readonly weightDecay?: number;
  readonly clip?: number;
  readonly labelSmoothing: number;
  readonly temperature: number;
  readonly hardShare: number;
  readonly heldOut: number;
  readonly patience?: number;
  readonly augment?: readonly string[];
  readonly checkpoint?: string;
  readonly seed: number;
  readonly threads: number;
  readonly report?: string;
  readonly json?: boolean;
}

/** What `prune train --json` prints. */
export interface TrainReport {
  readonly model: string;
  readonly out: string;
  readonly steps: number;
  readonly milliseconds: number;
  readonly ended: Ending;
  readonly best: Trained["best"];
  /** Loss and accuracy on what was held out. */
  readonly curve: readonly CurvePoint[];
  readonly parameters: number;
  readonly stops: Trained["stops"];
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
  command
    .option(
      "--data <path>",
      "samples to train on: a folder of images (of one folder per class), .npy, .npz, .json, or raw bytes",
    )
    .option(
      "--data-config <file>",
      'JSON about --data: { "shape": [C, H, W], "mean": 0, "std": 1, "classes": [...] }',
    )
    .option(
      "--labels <what>",
      "the classes of --data: an entry of it, or a file: .npy, .json, or a byte each",
    )
    .option("--time <duration>", "when to stop: 90s, 10m, 2h", duration)
    .option("--epochs <n>", "the same, in rounds over the samples", count)
    .option("--steps <n>", "the same, in steps", count)
    .option("--rate <x>", "highest learning rate", positive, 3e-4)
    .option("--batch <n>", "samples in a step, where the model leaves that open", count, 128)
    .addOption(
      new Option("--optimiser <name>", "how gradients become steps")
        .choices(["sgd", "adamw"])
        .default("adamw"),
    )
    .addOption(
      new Option("--schedule <name>", "how the rate falls")
        .choices(["cosine", "steps", "constant"])
        .default("cosine"),
    )
    .option("--warm-up <share>", "share of the training in which the rate rises", ratio, 0.05)
    .option("--weight-decay <x>", "pull on the weights (default: 0.01, sgd 5e-4)", Number)
    .option("--clip <x>", "the most that all gradients together may measure", positive)
    .option("--label-smoothing <share>", "share of each label that goes to all classes", ratio, 0)
    .option("--temperature <x>", "divides the scores that are learned from the teacher", positive, 4)
    .option("--hard-share <share>", "the part of the labels where there is a teacher too", share, 0.3)
    .option("--held-out <share>", "share of the samples that says which step is best", ratio, 0.1)
    .option("--patience <n>", "looks without a better step after which to stop", count)
    .option("--augment <names>", "changes to images, with commas between: flip, crop, cutout", names)
    .option("--checkpoint <file>", "keep the run here, and go on with it")
    .option("--seed <n>", "for what is drawn", whole, 1)
    .option("--threads <n>", "threads inside one operator", count, 1)
    .option("--report <file>", "write the curve and how it ended")
    .option("--json", "print the report as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  prune train smaller.onnx -o trained.onnx --data train.npz --labels y --time 10m --augment flip,crop" +
        "\n  prune train smaller.onnx -o trained.onnx --teacher model.onnx --data photos --epochs 5" +
        "\n  prune train smaller.onnx -o trained.onnx --data train.npz --steps 2000 --checkpoint run.checkpoint",
    )
    .action(async (model: string, options: Options) => {
      const report = await trainFile(model, options, terminal);
      if (options.report !== undefined) writeFileSync(options.report, `${JSON.stringify(report, null, 2)}\n`);
      terminal.print(options.json ? JSON.stringify(report, null, 2) : printed(report));
    });
}

async function trainFile(path: string, options: Options, terminal: Terminal): Promise<TrainReport> {
  const { output: out, data, dataConfig, labels, teacher, time, seed, threads } = options;
  if (out === undefined) throw new CliError("no-output", {});
  if (data === undefined)
    throw new CliError("bad-option", { option: "--data", why: "which samples? Add --data PATH" });
  if (time === undefined && options.epochs === undefined && options.steps === undefined)
    throw new CliError("bad-option", {
      option: "--time",
      why: "when should it stop? Add --time 10m, --epochs or --steps",
    });
  if (out === "-")
    throw new CliError("bad-option", {
      option: "--output",
      why: "a trained model goes to a file. Give its name",
    });
  for (const input of [path, teacher, data])
    if (input === out)
      throw new CliError("bad-option", {
        option: "--output",
        why: `writing ${out} would overwrite what is read`,
      });
  const model = openModel(path);
  const config = typeof dataConfig === "string" ? await readJson(dataConfig) : (dataConfig ?? {});
  const samples = await openSamples(data, inputsOf(model.graph), { config, labels });
  const { train } = await import("@prune/training");
  const made = await train(model, {
    data: samples,
    ...(teacher !== undefined && { teacher: openModel(teacher) }),
    ...(await settings(options)),
    seed,
    session: { intraOpNumThreads: threads, logSeverityLevel: 4 },
    onProgress: ({ step, of, rate, loss, point }) => {
      const held = point
        ? `, held out ${point.loss.toFixed(4)}${point.accuracy === undefined ? "" : `, ${percent(point.accuracy)}`}`
        : "";
      terminal.progress(
        `step ${step}${of === undefined ? "" : ` of ${of}`}: loss ${loss.toFixed(4)}, rate ${short(rate)}${held}`,
      );
    },
  });
  await saveModel(out, readModel(made.bytes), noEdit);
  const { steps, milliseconds, ended, best, curve, parameters, stops } = made;
  return { model: path, out, steps, milliseconds, ended, best, curve, parameters: parameters.length, stops };
}

async function settings(options: Options): Promise<Omit<TrainOptions, "data" | "seed" | "session">> {
  const { adamW, sgd } = await import("@prune/autodiff");
  const { checkpointFile } = await import("@prune/training/node");
  const training = await import("@prune/training");
  const { weightDecay, augment = [], warmUp, time, checkpoint } = options;
  const schedule = training[options.schedule]();
  const changes = { flip: training.flip(), crop: training.crop(), cutout: training.cutout() };
  return {
    ort: await import("onnxruntime-node"),
    optimiser:
      options.optimiser === "sgd"
        ? sgd({ weightDecay: weightDecay ?? 5e-4 })
        : adamW({ weightDecay: weightDecay ?? 0.01 }),
    rate: options.rate,
    schedule: warmUp > 0 ? training.warmUp(warmUp, schedule) : schedule,
    batch: options.batch,
    labelSmoothing: options.labelSmoothing,
    temperature: options.temperature,
    hardShare: options.hardShare,
    heldOut: options.heldOut,
    augment: augment.map((name) => changes[name as keyof typeof changes]),
    ...(time !== undefined && { milliseconds: time }),
    ...(options.epochs !== undefined && { epochs: options.epochs }),
    ...(options.steps !== undefined && { steps: options.steps }),
    ...(options.clip !== undefined && { clip: options.clip }),
    ...(options.patience !== undefined && { patience: options.patience }),
    ...(checkpoint !== undefined && { checkpoint: checkpointFile(checkpoint) }),
  };
}

function printed({ curve, best, ended, steps, milliseconds, out, stops }: TrainReport): string {
  const shown =
    curve.length <= 12
      ? curve
      : curve.filter((_, i) => i % Math.ceil(curve.length / 12) === 0 || i === curve.length - 1);
  const rows = shown.map(({ step, trainLoss, loss, accuracy }) => [
    String(step),
    trainLoss === undefined ? "" : trainLoss.toFixed(4),
    loss.toFixed(4),
    accuracy === undefined ? "" : percent(accuracy),
    step === best.step ? "best" : "",
  ]);
  const how =
    ended.why === "not-finite"
      ? `stopped at step ${ended.step}: ${ended.tensor} is no finite number`
      : endings[ended.why];
  const lines = stops.map(
    ({ op, parameters }) =>
      `Not trained: ${parameters.length} parameters behind ${op}, which has no gradient rule`,
  );
  return [
    table(["step", "loss", "held out", "accuracy", ""], rows),
    "",
    `${steps} steps in ${Math.round(milliseconds / 1000)} s, ${how}`,
    ...lines,
    `Written: ${out}, as it was after step ${best.step}`,
  ].join("\n");
}

const endings = {
  done: "all there were to do",
  time: "until the time was up",
  patience: "until nothing got better",
  aborted: "until it was told to stop",
};

function duration(text: string): number {
  const [, digits, unit = "s"] = /^([\d.]+)(ms|s|m|h)?$/.exec(text) ?? [];
  const value = Number(digits) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit as "s"];
  if (!(value > 0)) throw new InvalidArgumentError("It must be a duration such as 90s, 10m or 2h.");
  return value;
}

function names(text: string): readonly string[] {
  const list = text.split(",").map((name) => name.trim());
  const unknown = list.find((name) => !["flip", "crop", "cutout"].includes(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`It knows flip, crop and cutout, and not "${unknown}".`);
  return list;
}
