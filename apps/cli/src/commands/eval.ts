import { type Accuracy, type AccuracyOptions, accuracyOn, createSession, inputsOf } from "@prune/runtime-ort";
import type { Samples } from "@prune/samples";
import type { Command } from "commander";
import { CliError } from "../errors.js";
import type { DataOptions } from "../options/data.js";
import { positive } from "../options.js";
import { openData, type SampleFiles } from "../samples.js";
import { count, percent } from "../terminal/numbers.js";
import { table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { isTfjs } from "../tfjs/is-tfjs.js";

interface Options extends Omit<DataOptions, "samples"> {
  readonly images?: string;
  readonly config?: string;
  readonly batch: number;
  readonly json?: boolean;
}

export function addEval(program: Command, terminal: Terminal): void {
  program
    .command("eval")
    .summary("accuracy on labelled samples")
    .description("Top-1 accuracy of a classifier on labelled samples.")
    .argument("<model>", "the model")
    .option("--data <path>", "a folder of images (one folder per class), .npy, .npz, .json, or raw bytes")
    .option("--images <path>", "the same")
    .option("--labels <what>", "an entry of the data, or a file: .npy, .json, or a byte each")
    .option(
      "--data-config <file>",
      'JSON about the data: { "shape": [C, H, W], "mean": 0, "std": 1, "classes": [...] }',
    )
    .option("--config <file>", "the same")
    .option("--batch <n>", "samples per run, where the model leaves that open", positive, 100)
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  prune eval model.onnx --data photos --data-config norm.json" +
        "\n  prune eval model.onnx --data test.npz" +
        "\n  prune eval model.onnx --images test.images.u8 --labels test.labels.u8 --config data.json",
    )
    .action(async (model: string, options: Options) => {
      const result = await evaluate(model, labelled(options), options, (done, total) =>
        terminal.progress(`${count(done)} of ${count(total)} samples`),
      );
      terminal.print(options.json ? JSON.stringify(result, null, 2) : printed(result));
    });
}

/** --images and --config are other names of --data and --data-config. */
function labelled({ data, images, dataConfig, config, labels }: Options): SampleFiles {
  const twice = data !== undefined && images !== undefined ? ["--images", "--data"] : undefined;
  const [option, other] =
    twice ?? (dataConfig !== undefined && config !== undefined ? ["--config", "--data-config"] : []);
  if (option !== undefined)
    throw new CliError("bad-option", { option, why: `it says the same as ${other}; give one of them` });
  const path = data ?? images;
  if (path === undefined)
    throw new CliError("bad-option", { option: "--data", why: "which samples? Add --data PATH" });
  const about = dataConfig ?? config;
  return {
    data: path,
    ...(about !== undefined && { config: about }),
    ...(labels !== undefined && { labels }),
  };
}

/** Accuracy of a model, as `prune eval --json` prints it. */
export interface Evaluation {
  readonly samples: number;
  readonly correct: number;
  readonly top1: number;
  readonly classes: readonly { readonly name: string; readonly samples: number; readonly correct: number }[];
}

export async function evaluate(
  path: string,
  files: SampleFiles,
  { batch = 100 }: { readonly batch?: number } = {},
  onProgress?: (done: number, total: number) => void,
): Promise<Evaluation> {
  const options = { batch: Math.ceil(batch), ...(onProgress && { onProgress }) };
  const { samples, correct, top1, classes } = isTfjs(path)
    ? await (await import("../tfjs/eval-tfjs.js")).evaluateTfjs(path, files, options)
    : await evaluateOnnx(path, files, options);
  const named = classes.map((entry, i) => ({ name: samples.classes?.[i] ?? String(i), ...entry }));
  return { samples: samples.count, correct, top1, classes: named.filter((entry) => entry.samples > 0) };
}

/** How often a model is right, and the samples. */
export type Evaluated = Omit<Accuracy, "samples"> & { readonly samples: Samples };

async function evaluateOnnx(path: string, files: SampleFiles, options: AccuracyOptions): Promise<Evaluated> {
  const session = await createSession(path);
  try {
    const samples = await openData(files, inputsOf(session));
    return { ...(await accuracyOn(session, samples, options)), samples };
  } finally {
    await session.release();
  }
}

function printed({ samples, correct, top1, classes }: Evaluation): string {
  const rows = classes.map((entry) => [
    entry.name,
    count(entry.samples),
    count(entry.correct),
    percent(entry.correct / entry.samples),
  ]);
  const total = `${percent(top1)} top-1: ${count(correct)} of ${count(samples)}`;
  return `${table(["class", "samples", "correct", "top-1"], rows)}\n\n${total}`;
}
