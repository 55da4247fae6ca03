import type { Latency } from "@prune/runtime-ort";
import type { PruneConfig } from "@prune/workflow";
import { type Bench, most } from "@prune/workflow/advanced";
import type { Command } from "commander";
import { addOptions } from "../options/from-table.js";
import { positiveTo } from "../options.js";
import { milliseconds } from "../terminal/numbers.js";
import { table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { shownOn, workflow } from "../workflow.js";

interface Options extends Pick<PruneConfig, "sizes"> {
  readonly seconds: number;
  readonly threads?: number;
  readonly json?: boolean;
}

export function addBench(program: Command, terminal: Terminal): void {
  const command = program
    .command("bench")
    .summary("time two models, one run of each in turn")
    .description(
      "Time a model and its smaller version on the same random input, one run of each in turn, and print the median " +
        "and the spread (10th and 90th percentile).",
    )
    .argument("<model>", "the original model")
    .argument("<out>", "the smaller model");
  addOptions(command, "bench", { threads: { text: "threads inside one operator" } })
    .option("--seconds <s>", "time to spend on each model", positiveTo(most.seconds), 1)
    .addHelpText("after", "\nExample:\n  prune bench model.onnx smaller.onnx --seconds 5")
    .action(async (model: string, out: string, options: Options) => {
      const { seconds, threads = 1, sizes } = options;
      const result = await workflow.bench(model, out, {
        seconds,
        threads,
        ...(sizes && { sizes }),
        onProgress: shownOn(terminal),
      });
      terminal.print(options.json ? JSON.stringify(result, null, 2) : printed(model, out, result));
    });
}

function printed(model: string, out: string, { model: before, out: after, speedup, inputs }: Bench): string {
  const row = (name: string, { median, p10, p90, runs }: Latency): string[] => [
    name,
    milliseconds(median),
    milliseconds(p10),
    milliseconds(p90),
    String(runs),
  ];
  const rows = [row(model, before), row(out, after)];
  const fed = Object.entries(inputs).map(([name, dims]) => `${name} [${dims.join(", ")}]`);
  return `${table(["model", "median", "p10", "p90", "runs"], rows)}\n\n${speedup.toFixed(2)}x on ${fed.join(", ")}`;
}
