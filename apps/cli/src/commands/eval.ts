import type { PruneConfig } from "@prune/workflow";
import { type Evaluation, most, type StoredSamples } from "@prune/workflow/advanced";
import type { Command } from "commander";
import { CliError } from "../errors.js";
import { addOptions } from "../options/from-table.js";
import { countTo } from "../options.js";
import { count, percent } from "../terminal/numbers.js";
import { table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { shownOn, workflow } from "../workflow.js";

interface Options extends Pick<PruneConfig, "data" | "dataConfig" | "labels"> {
  readonly images?: string;
  readonly config?: string;
  readonly batch: number;
  readonly json?: boolean;
}

export function addEval(program: Command, terminal: Terminal): void {
  const command = program
    .command("eval")
    .summary("accuracy on labelled samples, perplexity on text")
    .description(
      "Top-1 accuracy of a classifier on labelled samples, or perplexity of a language model on text.",
    )
    .argument("<model>", "the model")
    .argument("[smaller]", "another, such as what was pruned of it, on the same samples");
  addOptions(command, "eval", {
    data: {
      text: "labelled samples: a folder of images (one folder per class), .npy, .npz, .json, or raw bytes; or text: .txt, .jsonl",
    },
  })
    .option("--images <path>", "the same as --data")
    .option("--config <file>", "the same as --data-config")
    .option("--batch <n>", "samples per run, where the model leaves that open", countTo(most.batch), 100)
    .addHelpText(
      "after",
      "\nExamples:\n  prune eval model.onnx --data photos --data-config norm.json" +
        "\n  prune eval model.onnx --data test.npz" +
        "\n  prune eval model.onnx smaller.onnx --data corpus.txt" +
        "\n  prune eval model.onnx --images test.images.u8 --labels test.labels.u8 --config data.json",
    )
    .action(async (model: string, smaller: string | undefined, options: Options) => {
      const { batch } = options;
      // What is pruned has its tokenizer from the whole model, wherever it lies.
      const samples = { ...labelled(options), model };
      const evaluated = (path: string): Promise<Evaluation> =>
        workflow.evaluate(path, samples, { batch, onProgress: shownOn(terminal) });
      const before = await evaluated(model);
      const after = smaller === undefined ? undefined : await evaluated(smaller);
      terminal.print(
        options.json
          ? JSON.stringify(after ? { model: before, smaller: after } : before, null, 2)
          : after
            ? [`${model}\n${printed(before)}`, `${smaller}\n${printed(after)}`, compared(before, after)].join(
                "\n\n",
              )
            : printed(before),
      );
    });
}

/** --images and --config are other names of --data and --data-config. */
function labelled({ data, images, dataConfig, config, labels }: Options): StoredSamples {
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

function printed({ samples, correct, top1, classes, perplexity, tokens }: Evaluation): string {
  if (perplexity !== undefined)
    return `perplexity ${perplexity.toPrecision(5)}, ${percent(top1)} of the next tokens right: ${count(tokens ?? 0)} tokens, ${count(samples)} samples`;
  const rows = classes.map((entry) => [
    entry.name,
    count(entry.samples),
    count(entry.correct),
    percent(entry.correct / entry.samples),
  ]);
  const total = `${percent(top1)} top-1: ${count(correct)} of ${count(samples)}`;
  return `${table(["class", "samples", "correct", "top-1"], rows)}\n\n${total}`;
}

function compared(before: Evaluation, after: Evaluation): string {
  if (before.perplexity !== undefined && after.perplexity !== undefined)
    return `perplexity ${before.perplexity.toPrecision(5)} -> ${after.perplexity.toPrecision(5)}`;
  return `top-1 ${percent(before.top1)} -> ${percent(after.top1)}`;
}
