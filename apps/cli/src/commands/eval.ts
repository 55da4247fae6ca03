import { type Accuracy, accuracy, createSession, type SampleConfig } from "@prune/runtime-ort";
import type { Command } from "commander";
import { readBytes, readJson } from "../files.js";
import { positive } from "../options.js";
import { count, percent } from "../terminal/numbers.js";
import { table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";

interface Options {
  readonly images: string;
  readonly labels: string;
  readonly config: string;
  readonly batch: number;
  readonly json?: boolean;
}

export function addEval(program: Command, terminal: Terminal): void {
  program
    .command("eval")
    .summary("accuracy on labelled images")
    .description("Top-1 accuracy of a classifier on raw images and labels.")
    .argument("<model>", "the model")
    .requiredOption("--images <file>", "N x C x H x W bytes")
    .requiredOption("--labels <file>", "N bytes, a class each")
    .requiredOption("--config <file>", 'JSON: { "shape": [C, H, W], "mean": 0, "std": 1, "classes": [...] }')
    .option("--batch <n>", "images per run, where the model leaves that open", positive, 100)
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample:\n  prune eval model.onnx --images test.images.u8 --labels test.labels.u8 --config data.json",
    )
    .action(async (model: string, options: Options) => {
      const result = await evaluate(model, options, (done, total) =>
        terminal.progress(`${count(done)} of ${count(total)} images`),
      );
      terminal.print(options.json ? JSON.stringify(result, null, 2) : printed(result));
    });
}

/** Accuracy of a model, as `prune eval --json` prints it. */
export interface Evaluation {
  readonly samples: number;
  readonly correct: number;
  readonly top1: number;
  readonly classes: readonly { readonly name: string; readonly samples: number; readonly correct: number }[];
}

export async function evaluate(
  model: string,
  { images, labels, config, batch = 100 }: Omit<Options, "batch" | "json"> & { readonly batch?: number },
  onProgress?: (done: number, total: number) => void,
): Promise<Evaluation> {
  const settings = readJson(config) as SampleConfig & { readonly classes?: readonly string[] };
  const data = [readBytes(images), readBytes(labels)] as const;
  const session = await createSession(model);
  const found: Accuracy = await accuracy(session, ...data, settings, {
    batch: Math.ceil(batch),
    ...(onProgress && { onProgress }),
  });
  await session.release();
  const { samples, correct, top1, classes } = found;
  const named = classes.map((entry, i) => ({ name: settings.classes?.[i] ?? String(i), ...entry }));
  return { samples, correct, top1, classes: named.filter((entry) => entry.samples > 0) };
}

function printed({ samples, correct, top1, classes }: Evaluation): string {
  const rows = classes.map((entry) => [
    entry.name,
    count(entry.samples),
    count(entry.correct),
    percent(entry.correct / entry.samples),
  ]);
  const total = `${percent(top1)} top-1: ${count(correct)} of ${count(samples)}`;
  return `${table(["class", "images", "correct", "top-1"], rows)}\n\n${total}`;
}
