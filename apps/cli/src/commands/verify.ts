import { type LawReport, sampleFiles, samplesToVerify } from "@prune/workflow";
import type { Command } from "commander";
import { CliError } from "../errors.js";
import { addData, type DataOptions } from "../options/data.js";
import { type SizeOptions, sizeOption } from "../options/sizes.js";
import { whole } from "../options.js";
import type { Terminal } from "../terminal/terminal.js";
import { shownOn, workflow } from "../workflow.js";
import { lawText } from "./prune.js";

interface Options extends Omit<DataOptions, "labels">, SizeOptions {
  readonly recipe: string;
  readonly seed: number;
  readonly json?: boolean;
}

export function addVerify(program: Command, terminal: Terminal): void {
  const command = program
    .command("verify")
    .summary("check a smaller model against the original and the recipe")
    .description(
      "Rebuild the plan from the recipe on the original and check that the smaller model is what it says: parameters' " +
        "shapes and values, outputs, and the law cut = mask, with the removed units masked in two independent ways.",
    )
    .argument("<model>", "the original model")
    .argument("<out>", "the smaller model")
    .requiredOption("--recipe <file>", "what was removed");
  addData({ use: " to check the law on, in place of random inputs", most: samplesToVerify, labelled: false })(
    command,
  )
    .option("--seed <n>", "for drawing samples", whole, 0)
    .addOption(sizeOption())
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  prune verify model.onnx smaller.onnx --recipe recipe.json")
    .action(async (model: string, out: string, { recipe, seed, json, size, ...data }: Options) => {
      const samples = sampleFiles(data);
      const sizes = size && { sizes: size };
      const job = { recipe, samples, seed, ...sizes, onProgress: shownOn(terminal) };
      const result = await workflow.verify(model, out, job);
      terminal.print(json ? JSON.stringify(result, null, 2) : printed(result.law, result.zeroed));
      if (!result.holds) throw new CliError("not-the-cut", { findings: result.findings });
    });
}

function printed(law: LawReport | null, zeroed: LawReport | null): string {
  const lines = [`gated masks:       ${lawText({ law })}`];
  if (zeroed) lines.push(`zeroed parameters: ${lawText({ law: zeroed })}`);
  return lines.join("\n");
}
